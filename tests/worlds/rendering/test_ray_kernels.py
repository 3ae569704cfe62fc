"""The kernels that set up rays, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.rendering import ray_kernels
from tests.worlds.rendering_builders import CAMERA, FRONT


def test_primary_rays_go_through_pixel_centers() -> None:
    first, rows = 7, 3
    num = rows * CAMERA.width
    start, rays = np.empty((num, 3), np.float32), np.empty((num, 3), np.float32)
    ray_kernels.primary_rays(
        FRONT, CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy, first, CAMERA.width, start, rays
    )
    np.testing.assert_allclose(start, np.broadcast_to(FRONT[:3, 3], start.shape), atol=1e-6)
    in_camera = rays @ FRONT[:3, :3]
    np.testing.assert_allclose(in_camera[:, 2], 1, atol=1e-6)
    u = in_camera[:, 0] * CAMERA.fx + CAMERA.cx
    v = in_camera[:, 1] * CAMERA.fy + CAMERA.cy
    np.testing.assert_allclose(
        u.reshape(rows, -1), np.tile(np.arange(160) + 0.5, (rows, 1)), atol=1e-3
    )
    np.testing.assert_allclose(v.reshape(rows, -1)[:, 0], first + np.arange(rows) + 0.5, atol=1e-3)


def test_hits_are_recorded_with_normals_that_face_the_camera() -> None:
    start = np.array([(0, 0, 5), (1, 0, 5), (2, 0, -5)], np.float32)
    rays = np.array([(0, 0, -1), (0, 0, -1), (0, 0, 1)], np.float32)
    prim, far = np.array([0, -1, 0], np.int32), np.array([5, 99, 5], np.float32)
    normals = np.array([(0, 0, 1)], np.float32)
    depth, hit, facing = (np.empty(shape, np.float32) for shape in (3, (3, 3), (3, 3)))
    ray_kernels.record_hits(prim, far, rays, normals, start, depth, hit, facing)
    assert depth.tolist() == [5, 0, 5]
    np.testing.assert_array_equal(hit, [(0, 0, 0), (1, 0, 5), (2, 0, 0)])
    np.testing.assert_array_equal(facing, [(0, 0, 1), (0, 0, 0), (0, 0, -1)])


def secondary(kernel: object, targets: np.ndarray, prim: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rays of a kernel from level points at the origin, in a row 8 pixels wide."""
    assert callable(kernel)
    num = len(prim)
    hit = np.zeros((num, 3), np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (num, 1))
    start, towards = np.empty((num, 3), np.float32), np.empty((num, 3), np.float32)
    reach, where = np.empty(num, np.float32), np.empty((num, 2), np.int32)
    count = kernel(prim, hit, normals, targets, 8, 0, start, towards, reach, where)
    return start[:count], towards[:count], reach[:count], where[:count]


def test_shadow_rays_end_at_points_of_a_light_and_skip_lights_below() -> None:
    lights = np.zeros((2, ray_kernels.TILE**2, 4), np.float32)
    lights[0] = (1.0, 0.0, 2.0, 1.0)
    lights[1] = (0.0, 0.0, -1.0, 0.0)
    prim = np.zeros(8, np.int32)
    prim[4] = -1
    start, towards, reach, where = secondary(ray_kernels.shadow_rays, lights, prim)
    assert where.tolist() == [[0, 0], [2, 0], [6, 0]], "every second pixel samples the sun below"
    np.testing.assert_allclose(start + towards * reach[:, None], [(1.0, 0.0, 2.0)] * 3, atol=1e-6)
    assert (start[:, 2] > 0).all(), "rays start above the surface"


def test_occlusion_rays_stay_above_the_surface_and_have_a_fixed_length() -> None:
    rng = np.random.default_rng(0)
    sphere = rng.normal(size=(ray_kernels.TILE**2, 3))
    sphere = (sphere / np.linalg.norm(sphere, axis=1, keepdims=True)).astype(np.float32)
    prim = np.zeros(16, np.int32)
    _, towards, reach, where = secondary(ray_kernels.occlusion_rays, sphere, prim)
    assert len(where) == 8 and (where[:, 1] == -1).all()
    assert (towards[:, 2] > 0).all()
    lengths = np.linalg.norm(towards, axis=1) * reach
    assert lengths == pytest.approx(np.full(8, 0.6), rel=1e-5)
