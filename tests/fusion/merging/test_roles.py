"""Floor, walls and ceiling among the objects, in rooms and where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import Scene
from scenewright.core.instance import ROLES
from scenewright.fusion import FusionConfig, OnlineSegmenter, VoteConfig
from scenewright.fusion.merging.features import PAIR_NAMES
from scenewright.fusion.merging.objects import FEATURES, OBJECT_NAMES
from scenewright.fusion.merging.regions import upright
from scenewright.fusion.merging.roles import find_roles
from scenewright.models.trees import save_trees
from scenewright.worlds import SyntheticCapture, film_room
from tests.builders import known
from tests.fusion.merging.merging_builders import VOXEL, graph_of, no_graph, stump

Plane = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
"""Low corner, high corner, normal; meters."""

SIZE = (3.0, 2.6, 2.4)


def sheet(low: Sequence[float], high: Sequence[float]) -> NDArray[np.int64]:
    """Coordinates of the voxels between two corners; equal coordinates give one layer."""
    ranges = [
        np.arange(round(a / VOXEL), max(round(b / VOXEL), round(a / VOXEL) + 1))
        for a, b in zip(low, high, strict=True)
    ]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)


def room_planes() -> dict[str, Plane]:
    """The six sides of a box room whose floor is at height 0; normals point inward."""
    x, y, z = SIZE
    return {
        "floor": ((0, 0, 0), (x, y, 0), (0, 0, 1)),
        "ceiling": ((0, 0, z), (x, y, z), (0, 0, -1)),
        "wall west": ((0, 0, 0.02), (0, y, z), (1, 0, 0)),
        "wall east": ((x, 0, 0.02), (x, y, z), (-1, 0, 0)),
        "wall south": ((0.02, 0, 0.02), (x, 0, z), (0, 1, 0)),
        "wall north": ((0.02, y, 0.02), (x, y, z), (0, -1, 0)),
    }


def box_planes(low: Sequence[float], high: Sequence[float]) -> list[Plane]:
    """The five visible sides of a box; normals point outward."""
    (a, b, c), (x, y, z) = low, high
    return [
        ((a, b, z), (x, y, z), (0, 0, 1)),
        ((a, b, c), (a, y, z), (-1, 0, 0)),
        ((x, b, c), (x, y, z), (1, 0, 0)),
        ((a, b, c), (x, b, z), (0, -1, 0)),
        ((a, y, c), (x, y, z), (0, 1, 0)),
    ]


def roles_of(
    objects: Sequence[Sequence[Plane]],
    *,
    turn: NDArray[np.floating] | None = None,
    noise: float = 0.0,
    knows_up: bool = True,
) -> tuple[str, ...]:
    """Roles of objects that are made of planes, with noisy normals.

    Args:
        objects: The planes of each.
        turn: (3, 3) rotation of the frame in which roles are looked for.
        noise: Standard deviation of the normals' components.
        knows_up: See `find_roles`.
    """
    planes = [(number, plane) for number, one in enumerate(objects) for plane in one]
    coords = [sheet(low, high) for _, (low, high, _) in planes]
    region = np.repeat([number for number, _ in planes], [len(c) for c in coords])
    normals = np.repeat([plane[2] for _, plane in planes], [len(c) for c in coords], axis=0)
    rng = np.random.default_rng(0)
    voxels, first = np.unique(np.concatenate(coords), axis=0, return_index=True)
    mixed = normals[first] + noise * rng.standard_normal((len(first), 3))
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    points = (voxels + 0.5) * VOXEL
    turn = np.eye(3) if turn is None else turn
    graph = graph_of(
        voxels,
        region[first],
        points=np.ascontiguousarray(points @ turn.T, np.float32),
        normals=np.ascontiguousarray(mixed @ turn.T, np.float32),
    )
    return find_roles(graph, graph.sums, graph.bounds, knows_up=knows_up)


CUPBOARD = box_planes((0.4, 0.4, 0.02), (1.2, 0.9, 1.6))
CHEST = box_planes((1.8, 1.5, 0.02), (2.6, 2.1, 0.6))
ROOM: list[Sequence[Plane]] = [*([plane] for plane in room_planes().values()), CUPBOARD, CHEST]
ROOM_ROLES = ("floor", "ceiling", "wall", "wall", "wall", "wall", "object", "object")


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_sides_of_a_room_have_their_roles_and_furniture_has_none(noise: float) -> None:
    assert roles_of(ROOM, noise=noise) == ROOM_ROLES
    assert set(ROOM_ROLES) < set(ROLES)


def test_patches_of_one_wall_are_all_wall() -> None:
    low, high, normal = room_planes()["wall west"]
    halves: list[Plane] = [
        (low, (high[0], 1.3, high[2]), normal),
        ((low[0], 1.32, low[2]), high, normal),
    ]
    others = [[plane] for name, plane in room_planes().items() if name != "wall west"]
    found = roles_of([*([half] for half in halves), *others])
    assert found == ("wall", "wall", "floor", "ceiling", "wall", "wall", "wall")


def test_furniture_pictures_and_table_tops_are_objects() -> None:
    picture: Plane = ((0.06, 1, 1.2), (0.06, 1.5, 1.8), (1, 0, 0))
    counter: Plane = ((0.3, 0.3, 0.02), (0.3, 2.3, 0.9), (1, 0, 0))
    # High enough for a wall, but furniture stands behind it.
    screen: Plane = ((0.3, 1.2, 0.02), (2.7, 1.2, 1.9), (0, 1, 0))
    # Nothing is behind it, but it ends far below the ceiling.
    front: Plane = ((0.04, 0.3, 0.02), (0.04, 2.0, 1.5), (1, 0, 0))
    tabletop: Plane = ((0.8, 0.8, 0.74), (2.2, 1.6, 0.74), (0, 0, 1))
    extra = [[plane] for plane in (picture, counter, screen, front, tabletop)]
    found = roles_of([*ROOM, *extra])
    assert found[:8] == ROOM_ROLES
    assert found[8:] == ("object", "object", "surface", "object", "object")


def test_a_door_in_a_wall_is_an_object() -> None:
    door: Plane = ((-0.04, 0.6, 0.02), (-0.04, 1.5, 2.02), (1, 0, 0))
    assert roles_of([*ROOM, [door]]) == (*ROOM_ROLES, "object")
    # A patch in the plane of the wall is wall.
    low, high, normal = room_planes()["wall west"]
    patch: Plane = ((0, 0.6, 0.02), (0, 1.5, 2.02), (1, 0, 0))
    rest: list[Plane] = [
        (low, (0, 0.58, high[2]), normal),
        ((0, 1.52, 0.02), high, normal),
        ((0, 0.58, 2.04), (0, 1.52, high[2]), normal),
    ]
    others = [[plane] for name, plane in room_planes().items() if name != "wall west"]
    assert roles_of([rest, [patch], *others])[:2] == ("wall", "wall")


def test_a_large_plane_within_the_room_is_a_surface() -> None:
    stage: Plane = ((0.3, 0.3, 0.6), (2.7, 2.3, 0.6), (0, 0, 1))
    assert roles_of([*ROOM, [stage]]) == (*ROOM_ROLES, "surface")


@pytest.mark.parametrize("up", [(0, 0.6, 0.8), (1, 0, 0), (0, 0, -1)])
def test_a_tilted_world_has_the_same_roles_upright(up: tuple[float, float, float]) -> None:
    away = upright(np.array(up)).T
    assert roles_of(ROOM, turn=upright(np.array(up)) @ away) == ROOM_ROLES
    # Where z is not up, the roles are not these.
    assert roles_of(ROOM, turn=away) != ROOM_ROLES


def test_without_gravity_planes_are_surfaces_and_none_is_a_floor() -> None:
    assert roles_of(ROOM, knows_up=False) == ("surface",) * 6 + ("object", "object")


def test_a_room_without_floor_and_ceiling_in_view() -> None:
    walls = [[plane] for name, plane in room_planes().items() if name.startswith("wall")]
    assert roles_of([*walls, CUPBOARD]) == ("wall",) * 4 + ("object",)


def test_a_single_object_has_no_role() -> None:
    assert roles_of([CHEST]) == ("object",)
    assert find_roles(no_graph(), *(getattr(no_graph(), name) for name in ("sums", "bounds"))) == ()


def test_outdoors_the_ground_is_the_floor_and_nothing_is_a_ceiling() -> None:
    ground: Plane = ((-4, -4, 0), (4, 4, 0), (0, 0, 1))
    fence: Plane = ((-4, 3.5, 0.02), (4, 3.5, 1.8), (0, -1, 0))
    assert roles_of([[ground], [fence], CUPBOARD]) == ("floor", "wall", "object")
    # A slope of 35 degrees is neither level nor upright.
    angle = np.deg2rad(35)
    slope = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    assert roles_of([[ground]], turn=slope) == ("surface",)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_every_object_has_one_known_role(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    planes: list[Sequence[Plane]] = []
    for _ in range(count):
        low = rng.uniform(-1, 1, 3)
        high = low + rng.uniform(0, 1.5, 3) * (rng.permutation(3) > 0)
        normal = rng.standard_normal(3)
        planes.append([(tuple(low), tuple(high), tuple(normal))])
    found = roles_of(planes)
    assert len(found) <= count and set(found) <= set(ROLES)


def write_trees(path: Path) -> str:
    """Reference of trees that join nothing and take every object for real."""
    pair = stump(PAIR_NAMES.index("touch"), 0.0, -9.0, -9.0)
    whole = stump(OBJECT_NAMES.index("area"), 0.0, 3.0, 3.0)
    path.write_bytes(save_trees({"pair": pair, "whole": whole}, {}, features=FEATURES))
    return f"file:{path}"


def segmented(room: SyntheticCapture, merging: str, *, turn: NDArray[np.float64]) -> Scene:
    """The scene of a turned room by its true masks, none of which are joined."""
    config = FusionConfig(voxel_size=0.04, method=VoteConfig(merging=merging))
    segmenter = OnlineSegmenter(config, up=turn[:3, :3] @ room.up)
    for index, frame in enumerate(room):
        assert frame.world_from_cam is not None
        moved = replace(frame, world_from_cam=turn @ frame.world_from_cam)
        segmenter.update(moved, room.masks(index))
    segmenter.finish()
    return segmenter.result()


@pytest.fixture(scope="module")
def film() -> SyntheticCapture:
    """An orbit in a furnished room."""
    return film_room(3, num_frames=16, width=160, height=120)


@pytest.mark.parametrize("degrees", [0, 50])
def test_roles_of_a_filmed_room(film: SyntheticCapture, degrees: int, tmp_path: Path) -> None:
    turn = np.eye(4)
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
    turn[:3, 3] = [1.0, -2.0, 0.5]
    scene = segmented(film, write_trees(tmp_path / "apart.safetensors"), turn=turn)
    cloud = known(scene.points)
    truth = film.truth_points()
    upright_points = (cloud.points - turn[:3, 3]) @ turn[:3, :3]
    true_id = known(truth.instance_id)[cKDTree(truth.points).query(upright_points)[1]]
    roles: dict[str, list[str]] = {}
    for row in scene.instances:
        members = known(cloud.instance_id) == row.id
        label = film.labels[int(np.bincount(true_id[members]).argmax())]
        if label == "wall" and upright_points[members, 2].max() < 0.75 * upright_points[:, 2].max():
            label = "low wall"
        roles.setdefault(label, []).append(row.role)
    assert roles.pop("floor") == ["floor"]
    # A wall that was seen no higher than furniture may be any large surface.
    assert len(roles["wall"]) >= 3 and set(roles.pop("wall")) == {"wall"}
    assert set(roles.pop("low wall", [])) <= {"wall", "surface"}
    assert set(roles.pop("ceiling", ["ceiling"])) == {"ceiling"}
    others = [role for found in roles.values() for role in found]
    assert len(others) > 8 and not {"floor", "ceiling"} & set(others)
    assert others.count("object") > 0.8 * len(others)
