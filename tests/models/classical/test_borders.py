"""The kernels of regions and borders against slow references."""

from __future__ import annotations

import numpy as np

from scenewright.models.classical import _borders
from tests.models.surfaces.surface_builders import roof


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


def test_steps_and_colors_along_a_border() -> None:
    rays = np.linspace(-0.4, 0.4, 12).astype(np.float32)
    labels = np.repeat((rays > 0).astype(np.int32)[None], 12, axis=0)
    inverse = np.where(labels == 0, 0.5, 0.52)
    planes = np.zeros((12, 12, 3), np.float32)
    planes[..., 2] = inverse
    color = np.zeros((12, 12, 3), np.float32)
    color[labels == 1] = (0.6, 0.3, 0.4)
    limits = np.array([0.001, 0.02, 0.5, 1], np.float32)
    pairs, sums = np.empty((288, 2), np.int32), np.empty((288, 4), np.float32)
    count = _borders.measure_borders(labels, planes, color, rays, rays, limits, pairs, sums)
    assert count == 12 and (sums[:count, 0] == 1).all()
    np.testing.assert_allclose(sums[:count, 1], 0.02 / (4 * 0.001 + 0.02 * 0.52), rtol=1e-4)
    np.testing.assert_allclose(sums[:count, 3], np.sqrt(0.3**2 + 0.3**2 + 0.4**2), rtol=1e-5)


def test_sums_of_regions_are_those_of_a_plain_loop() -> None:
    labels, planes, rays = roof(-1.0)
    labels[3:5, 6:9] = -1
    color = np.random.default_rng(0).random((40, 40, 3)).astype(np.float32)
    sums = np.zeros((2, _borders.NUM_REGION_SUMS))
    _borders.measure_regions(labels, planes, color, rays, rays, sums)
    for label in range(2):
        rows, columns = np.nonzero(labels == label)
        x, y = rays[columns].astype(float), rays[rows].astype(float)
        m = planes[rows, columns].astype(float)
        d = m[:, 0] * x + m[:, 1] * y + m[:, 2]
        moments = [np.ones(len(x)), x, y, d, x * x, x * y, y * y, x * d, y * d, d * d]
        np.testing.assert_allclose(
            sums[label, :10], [v.sum() for v in moments], rtol=1e-4, atol=1e-9
        )
        cell = float(rays[1] - rays[0]) ** 2
        area = np.minimum(np.linalg.norm(m, axis=1) / d, 8) * cell / d**2
        np.testing.assert_allclose(sums[label, 10], area.sum(), rtol=1e-4)
        colors = color[rows, columns]
        np.testing.assert_allclose(sums[label, 11:14], colors.sum(axis=0), rtol=1e-5)
        np.testing.assert_allclose(sums[label, 14], (colors[:, 0] ** 2).sum(), rtol=1e-5)


def test_labels_grow_ring_by_ring_over_even_depth_only() -> None:
    rays = np.linspace(-0.1, 0.1, 9).astype(np.float32)
    inverse = np.full((9, 9), 0.5, np.float32)
    inverse[:, 6:] = 0.8
    inverse[0, 4] = 0
    planes = np.zeros((9, 9, 3), np.float32)
    planes[:, 0, 2] = 0.5
    labels = np.full((9, 9), -1, np.int32)
    labels[:, 0] = 7
    _borders.fill_labels(labels, inverse, planes, rays, rays, 0.05, 3)
    assert (labels[:, :4] == 7).all() and (labels[:, 4:] == -1).all()
    assert (planes[:, :4, 2] == 0.5).all()
    _borders.fill_labels(labels, inverse, planes, rays, rays, 0.05, 99)
    assert (labels[1:, :6] == 7).all() and labels[0, 4] == -1 and (labels[:, 6:] == -1).all()
