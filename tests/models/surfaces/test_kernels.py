"""The kernels of the plane grid against slow references."""

from __future__ import annotations

import numpy as np

from scenewright.models.surfaces import _kernels
from tests.models.surfaces.surface_builders import wavy_inverse

GAP = 0.05


def test_fit_planes_is_least_squares() -> None:
    inverse, radius = wavy_inverse(), 3
    planes = np.zeros((*inverse.shape, 3), np.float32)
    spread = np.full(inverse.shape, np.inf, np.float32)
    _kernels.fit_planes(inverse, radius, GAP, 0.0, planes, spread)
    assert np.isinf(spread[1::2]).all() and np.isinf(spread[:, 1::2]).all()
    num_fitted = 0
    for r, c in zip(*np.nonzero(np.isfinite(spread)), strict=True):
        y, x = np.mgrid[max(0, r - radius) : r + radius + 1, max(0, c - radius) : c + radius + 1]
        inside = (y < inverse.shape[0]) & (x < inverse.shape[1])
        y, x = y[inside], x[inside]
        near = np.abs(inverse[y, x] - inverse[r, c]) <= GAP * inverse[r, c]
        y, x = y[near], x[near]
        matrix = np.stack([x - c, y - r, np.ones(len(x))], axis=1)
        best, *_ = np.linalg.lstsq(matrix, inverse[y, x].astype(np.float64), rcond=None)
        misfit = np.sqrt(np.mean((matrix @ best - inverse[y, x]) ** 2))
        np.testing.assert_allclose(planes[r, c], best, atol=2e-5)
        np.testing.assert_allclose(spread[r, c], misfit, atol=2e-5)
        num_fitted += 1
    assert num_fitted > 80


def test_every_pixel_gets_the_plane_of_its_own_side() -> None:
    inverse, radius = wavy_inverse(), 3
    rows, columns = inverse.shape
    rays_x = _kernels.rays_of(columns, 100.0, columns / 2, 1)
    rays_y = _kernels.rays_of(rows, 100.0, rows / 2, 1)
    fits = np.zeros((*inverse.shape, 3), np.float32)
    spread = np.full(inverse.shape, np.inf, np.float32)
    _kernels.fit_planes(inverse, radius, GAP, 0.0, fits, spread)
    planes = np.empty_like(fits)
    _kernels.choose_planes(inverse, fits, spread, radius, 0.001, rays_x, rays_y, planes)
    predicted = planes[..., 0] * rays_x + planes[..., 1] * rays_y[:, None] + planes[..., 2]
    known = inverse > 0
    assert np.abs(predicted - inverse)[known].max() < 0.006  # the step is 0.3
    assert (planes[~known] == 0).all()


def test_reduce_depth_keeps_the_nearest_surface() -> None:
    depth = np.array([[1.0, 1.0, 0, 0], [1.02, 3.0, 0, 0]], np.float32)
    out = np.empty((1, 2), np.float32)
    _kernels.reduce_depth(depth, 2, GAP, out)
    np.testing.assert_allclose(out, [[(1 + 1 + 1 / 1.02) / 3, 0]], rtol=1e-6)


def test_reduce_color_splits_lightness_and_opponents() -> None:
    image = np.array([[[255, 0, 0], [255, 255, 0]]] * 2, np.uint8)
    out = np.empty((1, 1, 3), np.float32)
    _kernels.reduce_color(image, 2, out)
    np.testing.assert_allclose(out[0, 0], [0.5, 0.5, 0.75], atol=1e-6)


def test_rays_go_through_the_centers_of_blocks() -> None:
    np.testing.assert_allclose(_kernels.rays_of(7, 10.0, 4.0, 2), [-0.3, -0.1, 0.1], atol=1e-6)
