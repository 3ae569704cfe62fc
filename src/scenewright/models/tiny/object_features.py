"""Numbers that describe the shape, size, place and color of one object, without weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.color_names import COLOR_WORDS, color_shares
from scenewright.geometry.boxes import fit_box

_LAYERS, _CELLS, _SLICES, _PAIRS = 4, 4, 12, 10
NUM_POINTS = 1024
"""Points of an object that are used."""
NUM_FEATURES = 10 + _SLICES + 2 * 6 + _LAYERS * _CELLS**2 + _PAIRS + 3 + len(COLOR_WORDS) + 1
JITTER = 0.004
"""Noise that is added to points before they are described, in training and in use, so that exact
points do not look different from measured ones; standard deviation, meters."""
LEAST_POINTS = 30
"""Objects with fewer points are not described."""


def object_features(
    points: NDArray[np.floating],
    colors: NDArray[np.uint8] | None,
    *,
    floor: float,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Describes an object by its points.

    The description does not change if the object is turned about the vertical.

    Args:
        points: (N, 3) on its surface, z up, meters; at least `LEAST_POINTS`.
        colors: (N, 3) uint8 RGB, or None.
        floor: Height of the floor, meters.
        seed: Random seed of the points that are used.

    Returns:
        (NUM_FEATURES,) float32.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(points))[:NUM_POINTS]
    kept = np.asarray(points, np.float64)[chosen]
    box = fit_box(kept.astype(np.float32), up=np.array([0.0, 0.0, 1.0]))
    local = (kept - box.center) @ box.rotation
    upright = int(np.abs(box.rotation[2]).argmax())
    flat = [axis for axis in range(3) if axis != upright]
    flat.sort(key=lambda axis: -box.size[axis])
    size = np.maximum(box.size[[*flat, upright]], 1e-3)
    local = local[:, [*flat, upright]]
    local[:, 2] *= np.sign(box.rotation[2, upright])
    unit = np.clip(local / size, -0.5, 0.5)
    bottom = float(kept[:, 2].min() - floor)
    parts = [
        np.log(size),
        [np.log(np.prod(size)) / 3, np.log(size[1] / size[0]), np.log(size[2] / size[0])],
        [np.clip(bottom, -0.2, 2.5), np.clip(bottom + size[2], 0, 3), bottom > 0.05, bottom > 0.3],
        _histogram(unit[:, 2], _SLICES),
        _radii(unit),
        _folded(unit),
        _pair_distances(unit * (size / size.max()), rng),
        _spread(local),
        np.zeros(len(COLOR_WORDS)) if colors is None else color_shares(colors[chosen]),
        [float(colors is None)],
    ]
    features = np.concatenate([np.asarray(part, np.float64).ravel() for part in parts])
    return features.astype(np.float32)


def _histogram(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Share of values in [-0.5, 0.5] per bin."""
    bins = np.clip(((values + 0.5) * count).astype(int), 0, count - 1)
    shares: NDArray[np.float64] = np.bincount(bins, minlength=count) / len(values)
    return shares


def _radii(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean and spread of the distance from the vertical axis in six layers."""
    radius = np.linalg.norm(unit[:, :2], axis=1)
    layer = np.clip(((unit[:, 2] + 0.5) * 6).astype(int), 0, 5)
    found = np.zeros((2, 6))
    for number in range(6):
        own = radius[layer == number]
        if len(own):
            found[:, number] = own.mean(), own.std()
    return found.ravel()


def _folded(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the points per cell of a quarter of the plan, in layers."""
    plan = np.clip((np.abs(unit[:, :2]) * 2 * _CELLS).astype(int), 0, _CELLS - 1)
    layer = np.clip(((unit[:, 2] + 0.5) * _LAYERS).astype(int), 0, _LAYERS - 1)
    cell = (layer * _CELLS + plan[:, 0]) * _CELLS + plan[:, 1]
    shares: NDArray[np.float64] = np.bincount(cell, minlength=_LAYERS * _CELLS**2) / len(unit)
    return np.sqrt(shares)


def _pair_distances(points: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Histogram of distances between random points (Osada et al., 2002), as a share of 1.7."""
    other = points[rng.permutation(len(points))]
    distance = np.linalg.norm(points - other, axis=1) / 1.7
    return _histogram(np.clip(distance, 0, 1) - 0.5, _PAIRS)


def _spread(local: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard deviations along the main axes, relative to the largest."""
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(local.T)), 0))
    spread: NDArray[np.float64] = values / max(float(values[-1]), 1e-9)
    return spread
