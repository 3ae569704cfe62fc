"""The kernels of the depth-edge masks against slow references."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.models.classical import _borders
from scenewright.models.classical._merging import RegionGraph, merge_regions
from scenewright.models.classical._rules import plane_misfit
from scenewright.models.surfaces import _kernels, patches

GAP = 0.05


def wavy_inverse(seed: int = 0) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:20, :24]
    inverse = 0.8 + 0.004 * rows - 0.003 * columns + rng.normal(0, 0.001, rows.shape)
    inverse[:, 14:] += 0.3
    inverse[3:6, 3:6] = 0
    return inverse.astype(np.float32)


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


def test_sort_links_is_sorted_up_to_a_bin_and_leaves_out_infinite_ones() -> None:
    weights = np.random.default_rng(1).uniform(0, 3, 500).astype(np.float32)
    weights[::7] = np.inf
    order = np.empty(500, np.int32)
    count = patches.sort_links(weights, order)
    assert sorted(order[:count]) == np.flatnonzero(np.isfinite(weights)).tolist()
    assert (np.diff(weights[order[:count]]) > -1 / 256).all()


def test_plane_misfit_is_least_squares_and_sums_add_up() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-0.5, 0.5, (2, 60))
    d = 0.4 + 0.2 * x - 0.1 * y + rng.normal(0, 0.01, 60)
    rows = np.stack([np.ones(60), x, y, d, x * x, x * y, y * y, x * d, y * d, d * d], axis=1)
    matrix = np.stack([x, y, np.ones(60)], axis=1)
    _, residual, *_ = np.linalg.lstsq(matrix, d, rcond=None)
    total = rows[:25].sum(axis=0) + rows[25:].sum(axis=0)
    np.testing.assert_allclose(plane_misfit(total[None]), residual, rtol=1e-8)


def roof(sign: float) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Two planes at 90 degrees that meet in a vertical crease 2 m away, seen frontally."""
    rays = np.linspace(-0.4, 0.4, 40).astype(np.float32)
    labels = np.repeat((rays > 0).astype(np.int32)[None], 40, axis=0)
    # z = 2 + sign * |x|: sign 1 bulges towards the camera, -1 is a dent.
    left, right = np.array([sign, 0, 1.0]) / 2, np.array([-sign, 0, 1.0]) / 2
    planes = np.where(labels[..., None] == 0, left, right).astype(np.float32)
    return labels, planes, rays


def test_bend_tells_bulges_from_dents() -> None:
    limits = np.array([0.001, 0.006, 0.5, 2], np.float32)
    for sign in (1.0, -1.0):
        labels, planes, rays = roof(sign)
        pairs = np.empty((2 * labels.size, 2), np.int32)
        sums = np.empty((2 * labels.size, 4), np.float32)
        color = np.zeros_like(planes)
        count = _borders.measure_borders(labels, planes, color, rays, rays, limits, pairs, sums)
        assert count == 40
        assert (pairs[:count] == (0, 1)).all()
        # Two normals at 45 degrees to the line of sight: 2 sin 45.
        np.testing.assert_allclose(sums[:count, 2], sign * np.sqrt(2), rtol=1e-2)
        np.testing.assert_allclose(sums[:count, 3], 0)


def test_merging_measures_whole_borders() -> None:
    regions = np.ones((4, 15))
    pairs = np.array([[0, 1], [0, 2], [1, 2], [2, 3]], np.int32)
    # 0-1 is clearly open; 0-2 leaks; but 2 meets 0 and 1 together along a closed border.
    sums = np.array([[1, 0.1, 0, 0], [1, 0.8, 0, 0], [9, 18, 0, 0], [1, 2, 0, 0]], np.float32)
    graph = RegionGraph.from_pixel_pairs(regions, pairs, sums)
    merged = merge_regions(graph, lambda g: g.borders[:, 1] / g.borders[:, 0])
    assert merged.region_of.tolist() == [0, 0, 1, 2]
    np.testing.assert_array_equal(merged.regions[:, 0], [2, 1, 1])
    np.testing.assert_allclose(merged.borders[0, :2], [10, 18.8], rtol=1e-6)
