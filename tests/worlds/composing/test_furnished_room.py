"""Placing objects in a room: free floor, walls, surfaces."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.worlds.composing import _room_shell
from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing._furnished_room import FurnishedRoom, Zone, footprint
from scenewright.worlds.composing._rigid_scene import RigidScene
from scenewright.worlds.objects.model import Material, ObjectModel, Part
from tests.worlds.composing.composing_builders import brick

WHITE = Material((0.9, 0.9, 0.9))
SQUARE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


@pytest.fixture
def room() -> FurnishedRoom:
    """An empty room of 4 x 3 m."""
    outline = _room_shell.outline((4.0, 3.0, 2.5))
    scene = RigidScene()
    for body in _room_shell.slab_bodies(outline, WHITE, None):
        scene.add(body)
    for wall in outline.walls:
        scene.add(_room_shell.wall_bodies(wall, outline.height, (), WHITE, WHITE)[0])
    return FurnishedRoom(outline, scene, np.random.default_rng(0))


def shifted(corners: NDArray[np.float64], x: float, y: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = corners + np.array((x, y))
    return result


def table(height: float = 0.7) -> ObjectModel:
    top = (-0.5, -0.3, 0.5, 0.3, height, 1.0)
    model = brick(1.0, 0.6, height)
    return ObjectModel("table", model.parts, carriers=(top,))


def test_zones_overlap_unless_they_share_an_edge_only() -> None:
    zone = Zone(SQUARE, 3)
    assert zone.overlaps(shifted(SQUARE, 0.9, 0.9))
    assert not zone.overlaps(shifted(SQUARE, 1.0, 0.0)) and not zone.overlaps(
        shifted(SQUARE, 5.0, 0.0)
    )
    diamond = SQUARE @ np.array([(1, 1), (-1, 1)]) / np.sqrt(2)
    assert zone.overlaps(shifted(diamond, 1.0, 0.0)) and not zone.overlaps(
        shifted(diamond, 1.25, 0.0)
    )


def test_footprints_are_rotated_and_enlarged() -> None:
    corners = footprint(brick(1.0, 0.6, 0.2), 2.0, 1.0, np.pi / 2, margin=0.1)
    np.testing.assert_allclose(np.ptp(corners, axis=0), (0.8, 1.2), atol=1e-6)
    np.testing.assert_allclose(corners.mean(axis=0), (2.0, 1.0), atol=1e-6)


def test_objects_do_not_overlap_each_other_or_the_walls(room: FurnishedRoom) -> None:
    body = room.place(brick(1.0, 0.6, 0.5), 0.0, 0.0, 0.0)
    assert body is not None and body.supported_by == 1
    assert body.bounds[0, 2] == pytest.approx(0, abs=1e-6)
    assert room.place(brick(0.4, 0.4, 0.4), 0.6, 0.0, 0.0) is None, "too close to the first"
    assert room.place(brick(0.4, 0.4, 0.4), 1.95, 0.0, 0.0) is None, "in the wall"
    near = (body.instance_id,)
    assert room.place(brick(0.2, 0.2, 0.2), 0.61, 0.0, 0.0, ignore=near) is not None
    room.keep_free(shifted(SQUARE * 0.5, -1.5, 0.0))
    assert room.place(brick(0.2, 0.2, 0.2), -1.5, 0.0, 0.0) is None


def test_furniture_at_a_wall_has_its_back_15_mm_from_it(room: FurnishedRoom) -> None:
    wall = room.outline.walls[0]
    body = room.place_at_wall(brick(0.8, 0.4, 1.0), wall=wall)
    assert body is not None
    back = (body.pose @ [0.0, 0.2, 0.0, 1.0])[:2]
    normal = wall.point(0.0, 1.0) - wall.point(0.0, 0.0)
    assert float((back - wall.middle) @ normal) == pytest.approx(0.015, abs=1e-6)
    opposite = room.wall_opposite(body)
    assert opposite is room.outline.walls[2]


def test_openings_keep_furniture_away(room: FurnishedRoom) -> None:
    wall = room.outline.walls[0]
    room.openings.append((wall, _room_shell.Opening("door", 0.0, 3.9, 0.0, 2.0)))
    assert room.place_at_wall(brick(0.8, 0.4, 1.0), wall=wall) is None


def test_small_objects_stand_on_surfaces_without_overlap(room: FurnishedRoom) -> None:
    carrier = room.place(table(), 0.0, 0.0, 0.4)
    assert carrier is not None
    (surface,) = room.surfaces
    placed: list[Body] = []
    for _ in range(6):
        body = room.place_on(surface, brick(0.2, 0.2, 0.1), tries=20)
        if body is not None:
            placed.append(body)
    assert len(placed) >= 3
    assert all(body.supported_by == carrier.instance_id for body in placed)
    assert all(body.bounds[0, 2] == pytest.approx(0.7, abs=1e-5) for body in placed)
    assert surface.used == pytest.approx(len(placed) * 0.04 / 0.6, rel=1e-6)
    assert room.place_on(surface, brick(0.1, 0.1, 1.2)) is None, "too tall for the clear height"
    assert room.place_on(surface, brick(1.2, 0.1, 0.1)) is None, "too wide"


def test_stacks_have_the_widest_at_the_bottom(room: FurnishedRoom) -> None:
    boxes = []
    for size in (0.3, 0.6, 0.45):
        part = brick(size, size, 0.2).parts[0]
        half = size / 2 - 0.01
        boxes.append(
            ObjectModel(
                "box",
                (Part("body", part.mesh, WHITE),),
                carriers=((-half, -half, half, half, 0.2, 1),),
            )
        )
    room.place_stack([None, *boxes])
    stacked = room.scene.bodies[-3:]
    widths = [float(np.ptp(body.model.bounds[:, 0])) for body in stacked]
    assert widths == pytest.approx([0.6, 0.45, 0.3])
    assert [body.supported_by for body in stacked[1:]] == [b.instance_id for b in stacked[:2]]


def test_pictures_hang_on_a_wall_at_eye_height(room: FurnishedRoom) -> None:
    body = room.place_hanging(brick(0.5, 0.03, 0.4))
    assert body is not None
    carrier = room.scene.bodies[(body.supported_by or 0) - 1]
    assert carrier.model.label == "wall"
    assert 1.4 < body.bounds[:, 2].mean() < 1.7
    assert float(body.manifold.min_gap(carrier.manifold, 0.1)) < 1e-5
