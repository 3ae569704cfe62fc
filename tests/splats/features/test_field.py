"""The field of features and its optimizer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.splats.features.contrast import contrastive_loss
from scenewright.splats.features.field import FeatureField


def test_gradient_of_surfels_is_the_central_difference_of_the_loss() -> None:
    rng = np.random.default_rng(3)
    start = rng.normal(size=(12, 4)).astype(np.float32)
    ids = rng.integers(0, 12, (30, 3)).astype(np.int32)
    ids[::4, 2] = -1
    weights = rng.uniform(0.1, 0.4, ids.shape).astype(np.float32)
    classes = rng.integers(0, 3, 30).astype(np.int32)
    field = FeatureField(start)
    features, lengths = field.draw(ids, weights)
    loss = contrastive_loss(features, classes, num_classes=3)
    field.add_pixel_gradient(loss.gradient, features, lengths, ids=ids, weights=weights)
    field.add_surfel_gradient(np.ones((1, 4), np.float32), np.array([5], np.int32))

    def value(unit: NDArray[np.float64]) -> float:
        shown_weights = np.where(ids >= 0, weights, 0).astype(np.float64)
        pixels = np.einsum("nt,ntd->nd", shown_weights, unit[ids])
        pixels /= np.linalg.norm(pixels, axis=1, keepdims=True)
        loss_here = contrastive_loss(
            pixels, classes, num_classes=3, spread=loss.spread.astype(np.float64)
        )
        return loss_here.value + float(unit[5].sum())

    unit = field.unit.astype(np.float64)
    numeric = np.zeros_like(unit)
    for i in np.ndindex(unit.shape):
        step = np.zeros_like(unit)
        step[i] = 1e-5
        numeric[i] = (value(unit + step) - value(unit - step)) / 2e-5
    assert np.abs(numeric - field._gradient).max() < 2e-5


def test_only_touched_surfels_move_and_they_move_against_the_gradient() -> None:
    rng = np.random.default_rng(0)
    field = FeatureField(rng.normal(size=(6, 3)).astype(np.float32))
    before = field.unit.copy()
    pull = np.array([[1.0, 0, 0]], np.float32)
    for _ in range(3):
        field.add_surfel_gradient(-pull, np.array([2], np.int32))
        field.step(0.05)
    others = [0, 1, 3, 4, 5]
    assert np.array_equal(field.unit[others], before[others])
    assert field.unit[2, 0] > before[2, 0]
    assert field.trained.tolist() == [False, False, True, False, False, False]
    assert np.allclose(np.linalg.norm(field.unit, axis=1), 1, atol=1e-6)
