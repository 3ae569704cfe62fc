"""Pixels to points and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import Camera
from scenewright.geometry.projection import project, unproject, unproject_pixels
from tests.geometry.geometry_builders import make_camera, make_pose, rough_depth


@pytest.mark.parametrize("seed", range(5))
def test_projecting_the_points_gives_the_pixels_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera, pose = make_camera(), make_pose(rng, spread=3.0)
    depth = rough_depth(rng, camera.size)
    points = unproject(depth, camera, world_from_cam=pose)
    assert points.shape == (*camera.size, 3) and points.dtype == np.float64
    assert np.array_equal(np.isfinite(points).all(axis=2), depth > 0)
    assert np.array_equal(np.isnan(points).all(axis=2), depth == 0)
    v, u = np.nonzero(depth)
    image = (points[v, u] - pose[:3, 3]) @ pose[:3, :3] @ camera.K.T
    assert np.allclose(image[:, 2], depth[v, u], atol=1e-9)
    assert np.allclose(image[:, 0] / image[:, 2], u + 0.5, atol=1e-7)
    assert np.allclose(image[:, 1] / image[:, 2], v + 0.5, atol=1e-7)


def test_the_middle_of_the_picture_lies_on_the_optical_axis() -> None:
    camera = Camera.from_focal(5, 5, 1.5, 1.5, width=3, height=3)
    points = unproject(np.full((3, 3), 2.0), camera, world_from_cam=np.eye(4))
    assert points[1, 1].tolist() == [0, 0, 2]
    assert points[0, 2] == pytest.approx([0.4, -0.4, 2])


@given(st.integers(0, 47), st.integers(0, 63), st.floats(0.1, 20.0))
def test_a_pixel_projects_to_its_own_center(row: int, column: int, depth: float) -> None:
    camera = Camera.from_focal(50.0, 55.0, 30.0, 25.0, width=64, height=48)
    point = unproject_pixels(np.array([row]), np.array([column]), np.array([depth]), camera)
    assert point[0, 2] == depth
    assert project(point, camera)[0] == pytest.approx((column + 0.5, row + 0.5), abs=1e-9)
