"""Floor plans, walls and openings."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.composing._room_shell import (
    THICKNESS,
    Opening,
    block,
    outline,
    slab_bodies,
    wall_bodies,
)
from scenewright.worlds.objects.closed_meshes import mesh_volume
from scenewright.worlds.objects.model import Material

WHITE = Material((0.9, 0.9, 0.9))


def test_a_block_fills_its_corners() -> None:
    mesh = block((1.0, 2.0, 3.0), (1.5, 2.4, 3.3))
    np.testing.assert_allclose(mesh.vertices.min(axis=0), (1.0, 2.0, 3.0), atol=1e-6)
    assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(0.5 * 0.4 * 0.3, rel=1e-5)


@pytest.mark.parametrize(("notch", "area", "num_walls"), [(None, 20.0, 4), ((2.0, 1.0), 18.0, 6)])
def test_floor_plans(notch: tuple[float, float] | None, area: float, num_walls: int) -> None:
    plan = outline((5.0, 4.0, 2.5), notch)
    assert plan.size == pytest.approx((5.0, 4.0, 2.5))
    assert plan.area == pytest.approx(area)
    assert len(plan.walls) == num_walls
    assert sum(wall.length for wall in plan.walls) == pytest.approx(18.0)
    corner = np.array([(2.4, 1.9)])
    assert plan.contains(np.zeros((1, 2))) and plan.contains(corner) == (notch is None)
    assert not plan.contains(np.array([(0.0, 0.0), (2.6, 0.0)]))


@pytest.mark.parametrize("notch", [None, (2.0, 1.0)])
def test_walls_face_the_room(notch: tuple[float, float] | None) -> None:
    plan = outline((5.0, 4.0, 2.5), notch)
    for wall in plan.walls:
        np.testing.assert_allclose(wall.point(0.0, 0.0), wall.middle)
        assert plan.contains(wall.point(0.0, 0.1)[None])
        assert not plan.contains(wall.point(0.0, -0.1)[None])
        apart = np.linalg.norm(wall.point(0.5, 0.0) - wall.point(-0.5, 0.0))
        assert apart == pytest.approx(1.0)


def test_walls_close_the_room_without_overlap() -> None:
    plan = outline((5.0, 4.0, 2.5), (2.0, 1.0))
    bodies = [wall_bodies(wall, plan.height, (), WHITE, WHITE)[0] for wall in plan.walls]
    total = sum(body.solid.volume for body in bodies)
    # The ring between the outline and the outline enlarged by the thickness.
    ring = (5.0 + 2 * THICKNESS) * (4.0 + 2 * THICKNESS) - 2.0 * 1.0 - plan.area
    assert total == pytest.approx(ring * plan.height, rel=1e-3)
    for i, body in enumerate(bodies):
        for other in bodies[:i]:
            assert float((body.manifold ^ other.manifold).volume()) < 1e-5


def test_openings_are_cut_and_filled_with_thin_parts() -> None:
    wall = outline((5.0, 4.0, 2.5)).walls[0]
    (closed,) = wall_bodies(wall, 2.5, (), WHITE, WHITE)
    window = Opening("window", 0.3, 1.0, 0.95, 2.1)
    door = Opening("door", -1.5, 0.9, 0.0, 2.0)
    bodies = wall_bodies(wall, 2.5, (window, door), WHITE, WHITE)
    hole = THICKNESS * (1.0 * 1.15 + 0.9 * 2.0)
    assert closed.solid.volume - bodies[0].solid.volume == pytest.approx(hole, rel=1e-3)
    filled = sum(body.solid.volume for body in bodies[1:])
    assert 0.3 * hole < hole - filled < hole
    names = {body.model.label: {part.name for part in body.model.parts} for body in bodies}
    assert names == {
        "wall": {"wall"}, "door": {"door", "door handle"}, "window": {"window frame"},
    }  # fmt: skip
    assert all(body.is_stuff for body in bodies)


def test_floor_and_ceiling_reach_over_the_walls() -> None:
    plan = outline((5.0, 4.0, 2.5))
    floor, ceiling = slab_bodies(plan, WHITE, (0.9, 0.9, 0.9))
    np.testing.assert_allclose(floor.bounds[1, 2], 0, atol=1e-6)
    np.testing.assert_allclose(ceiling.bounds[0, 2], 2.5, atol=1e-6)
    np.testing.assert_allclose(np.ptp(floor.bounds[:, 0]), 5.0 + 2 * THICKNESS, atol=1e-5)
    assert len(slab_bodies(plan, WHITE, None)) == 1
