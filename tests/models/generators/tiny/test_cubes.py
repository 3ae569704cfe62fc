"""Cubes of objects, and grids in other cubes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from scenewright.geometry.layouts import similarity
from scenewright.models.generators.tiny.cubes import (
    FRONT,
    ROOM,
    cube_map,
    moved_grid,
    object_cube,
    seen_voxels,
)
from tests.models.generators.tiny.tiny_builders import table_grid


def test_cubes_are_around_what_is_seen_and_reach_behind_it() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform((-0.1, 0.3, 0.0), (0.1, 0.35, 0.4), (2000, 3))
    cube = object_cube(points)
    assert cube is not None and cube[3] == pytest.approx(ROOM * 0.4, rel=0.03)
    assert cube[[0, 2]] == pytest.approx([0.0, 0.2], abs=0.01)
    assert cube[1] - cube[3] / 2 == pytest.approx(0.3 - FRONT * cube[3], abs=0.005)
    assert object_cube(points[:5]) is None


def test_seen_voxels_hold_points() -> None:
    cube = np.array([1.0, 0.0, 0.0, 2.0])
    seen = seen_voxels(np.array([[0.01, -0.99, 0.0], [5.0, 0.0, 0.0]]), cube)
    assert np.argwhere(seen).tolist() == [[0, 0, 16]]


def test_grids_move_with_their_cubes() -> None:
    grid = table_grid()
    same = cube_map(np.eye(4), np.array([0.0, 0.0, 0.0, 1.0]))
    assert np.array_equal(moved_grid(grid, same), grid)
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    pose = similarity(0.5, quarter, np.array([0.2, 0.1, 0.0]))
    turned = moved_grid(grid, cube_map(pose, np.array([0.2, 0.1, 0.0, 0.5])))
    assert np.array_equal(turned, np.rot90(grid, 1, (0, 1)))
    beside = moved_grid(grid, cube_map(pose, np.array([2.0, 0.1, 0.0, 0.5])))
    assert not beside.any()
