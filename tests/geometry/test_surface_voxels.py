"""Voxels that surfaces pass through."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.surface_voxels import UnitCube, occupancy_grid, surface_voxels


def box_triangles(low: tuple[float, ...], high: tuple[float, ...]) -> np.ndarray:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    corners = np.array(low) + corners * (np.array(high) - np.array(low))
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return np.array([corners[list(t)] for q in quads for t in (q[:3], (q[0], q[2], q[3]))])


def test_a_full_cube_has_its_six_sides() -> None:
    voxels = surface_voxels(box_triangles((-0.5,) * 3, (0.5,) * 3), resolution=8)
    assert len(voxels) == 8**3 - 6**3
    assert ((voxels == 0) | (voxels == 7)).any(axis=1).all()
    assert np.array_equal(voxels, np.unique(voxels, axis=0))


def test_dense_points_of_a_triangle_are_all_in_its_voxels() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        triangle = rng.uniform(-0.5, 0.5, (1, 3, 3))
        grid = occupancy_grid(surface_voxels(triangle, resolution=16), resolution=16)
        share = rng.dirichlet((1, 1, 1), 20_000)
        hit = np.unique(((share @ triangle[0] + 0.5) * 16).astype(int), axis=0)
        assert grid[tuple(hit.T)].all()
        # Points also find nearly all voxels: the test marks none that are far away.
        assert grid.sum() <= 1.15 * len(hit) + 6


def test_a_triangle_smaller_than_a_voxel_marks_one() -> None:
    triangle = np.full((1, 3, 3), 0.3) + np.eye(3) * 1e-3
    assert surface_voxels(triangle, resolution=64).tolist() == [[51, 51, 51]]


def test_corners_outside_are_moved_to_the_border() -> None:
    voxels = surface_voxels(box_triangles((-0.7,) * 3, (0.5,) * 3), resolution=4)
    assert voxels.min() == 0 and voxels.max() == 3


def test_the_cube_around_a_shape() -> None:
    points = np.array([[1.0, 2, 3], [3, 3, 4]], np.float32)
    cube = UnitCube.around(points)
    assert cube == UnitCube((2.0, 2.5, 3.5), 2.0)
    assert np.allclose(cube.normalized(points), [[-0.5, -0.25, -0.25], [0.5, 0.25, 0.25]])


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match=r"triangles: expected shape \(T, 3, 3\), got \(2, 3\)"):
        surface_voxels(np.zeros((2, 3)))
    with pytest.raises(ConventionError, match="resolution: expected 1 to 1024, got 0"):
        surface_voxels(np.zeros((1, 3, 3)), resolution=0)
    with pytest.raises(ConventionError, match="expected finite vertices, got none"):
        UnitCube.around(np.zeros((0, 3)))
    with pytest.raises(ConventionError, match="expected finite vertices, got NaN"):
        UnitCube.around(np.array([[0, 0, np.nan]]))
    with pytest.raises(ConventionError, match="expected an extent above 0, got a single point"):
        UnitCube.around(np.ones((4, 3)))
    with pytest.raises(ConventionError, match="Voxel coordinates: expected 0 to 63, got 0 to 64"):
        occupancy_grid(np.array([[0, 0, 64]]))
