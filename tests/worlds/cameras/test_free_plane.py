"""Free parts of a level plane, and loops through them."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds import (
    Probe,
)
from scenewright.worlds.cameras.free_plane import FreePlane, free_loop, free_plane
from scenewright.worlds.cameras.trajectories import walk
from scenewright.worlds.composing import World
from tests.worlds.film_builders import SIZE, small_world


def test_a_room_without_space() -> None:
    world = small_world()
    # The table stands in the middle, and is larger than all that may be walked on.
    blocked = World(world.objects, size=(0.3, 0.3, 2.4))
    with pytest.raises(ConventionError, match="World to film: expected free space for a camera"):
        walk(Probe(blocked), seed=0)


def test_free_cells_are_an_inset_rectangle_above_the_furniture(probe: Probe) -> None:
    plane = free_plane(probe, 1.6, sway=0.0, clearance=0.3)
    x, y = SIZE[0] / 2 - 0.3, SIZE[1] / 2 - 0.3
    inside = np.array([(0.0, 0.0), (x - 0.2, y - 0.2), (-x + 0.2, -y + 0.2)])
    outside = np.array([(x + 0.05, 0.0), (0.0, -y - 0.05), (9.0, 9.0)])
    assert plane.is_free(inside).all() and not plane.is_free(outside).any()


def test_the_floor_below_furniture_cannot_be_walked_on(probe: Probe) -> None:
    plane = free_plane(probe, 1.6, sway=0.0, clearance=0.3)
    walkable = free_plane(probe, 1.6, sway=0.0, clearance=0.3, floor=True)
    table = np.array([(0.3, 0.1)])
    assert plane.is_free(table).all() and not walkable.is_free(table).any()
    assert (walkable.free <= plane.free).all()


def test_the_most_open_point_of_a_rectangle_is_near_its_center() -> None:
    free = np.zeros((40, 30), np.bool_)
    free[5:35, 5:25] = True
    plane = FreePlane(np.zeros(2), free)
    center, angles, reach = plane.most_open_point()
    np.testing.assert_allclose(center, (2.0, 1.5), atol=0.45)
    # Every ray ends inside the rectangle.
    ends = center + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert plane.is_free(ends).all() and reach.min() > 0.5
    with pytest.raises(ConventionError, match="got no free point at the height of the camera"):
        FreePlane(np.zeros(2), np.zeros((4, 4), np.bool_)).most_open_point()


def test_loops_stay_in_free_cells_and_are_evenly_spaced() -> None:
    free = np.ones((40, 30), np.bool_)
    free[15:25, 10:20] = False
    plane = FreePlane(np.zeros(2), free)
    loop = free_loop(plane, np.random.default_rng(0), num_points=200)
    assert plane.is_free(loop).all()
    steps = np.linalg.norm(np.diff(loop, axis=0, append=loop[:1]), axis=1)
    assert steps.max() < 1.3 * np.median(steps)
    with pytest.raises(ConventionError, match=r"got 0\.09 m2 of connected free floor"):
        free_loop(FreePlane(np.zeros(2), free[:3, :3]), np.random.default_rng(0), num_points=9)
