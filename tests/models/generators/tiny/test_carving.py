"""Cameras fitted to points, and what they look through."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

from scenewright.models.generators.tiny.carving import below_ground, fitted_camera, free_voxels

FOCAL, SIDE = 60.0, 64


def picture_of_a_wall(*, step: bool = True) -> NDArray[np.float64]:
    """(64, 64, 3) points of a wall 3 m away, with a ball in front of it, x right, y away, z up."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    rays = np.stack(
        [(columns - SIDE / 2) / FOCAL, np.ones_like(rows), (SIDE / 2 - rows) / FOCAL], axis=2
    )
    depth = np.full((SIDE, SIDE), 3.0)
    if step:
        away = np.hypot(rows - SIDE / 2, columns - SIDE / 2)
        depth = np.where(away < 16, 2.0 - 0.5 * np.sqrt(np.maximum(1 - (away / 16) ** 2, 0)), depth)
    points: NDArray[np.float64] = rays * depth[..., None]
    return points


def test_the_camera_follows_from_the_points() -> None:
    points = picture_of_a_wall()
    points[:8] = np.nan
    camera = fitted_camera(points)
    assert camera is not None
    expected = np.array([[FOCAL, SIDE / 2, 0, 0], [0, SIDE / 2, -FOCAL, 0], [0, 1, 0, 0]])
    assert camera == pytest.approx(expected, abs=0.05)
    assert fitted_camera(picture_of_a_wall(step=False)) is None
    assert fitted_camera(np.full((8, 8, 3), np.nan)) is None


def test_free_voxels_are_in_front_of_what_is_seen() -> None:
    points = picture_of_a_wall()
    camera = fitted_camera(points)
    assert camera is not None
    free = free_voxels(points, camera, np.array([0.0, 2.0, 0.0, 1.6]))
    middle = free[16, :, 16]
    # The ball begins at 1.5 m, voxel (1.5 - 1.2) / 0.05 = 6.
    assert middle[:4].all() and not middle[6:].any()
    # Beside the ball the wall is seen, 3 m away, so that all is free.
    assert free[2, 1:20, 16].all() and not free[0, 0, 0].any()
    points[:] = np.nan
    assert not free_voxels(points, camera, np.array([0.0, 2.0, 0.0, 1.6])).any()


def test_nothing_reaches_below_the_lowest_points() -> None:
    points = np.full((20, 20, 3), np.nan)
    points[:10] = np.stack(
        np.meshgrid(np.arange(10.0), np.arange(20.0), [0.25], indexing="ij"), -1
    )[:, :, 0]
    cube = np.array([5.0, 5.0, 0.0, 2.0])
    below = below_ground(points, cube)
    assert below[:, :, :20].all() and not below[:, :, 20:].any()
    assert not below_ground(points[:2], cube).any(), "too few points"
