"""Search for rigid alignments from rotations all around, many at a time."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

SIGMAS: Final = np.geomspace(1.0, 0.02, 8)
"""Widths of the Gaussian weight, as shares of the radius of the scene."""
_DESCENT_ITERATIONS: Final = 12
_NUM_RESULTS: Final = 5
_SAME: Final = 1e-3
"""Results whose Chamfer distances differ by less than this share count as one."""


def search_rotations(predicted: Array, truth: Array, *, radius: float) -> list[Array]:
    """The best of the placements that start from the 60 rotations of the icosahedron.

    The centers of mass are put together. Each start descends the Chamfer distance, once at once and
    once after nearest neighbors were fitted with shrinking Gaussian weights. All pairs of points
    are compared, so the sets should be small.

    Args:
        predicted: (N, 3).
        truth: (M, 3).
        radius: The widest Gaussian, in the unit of the points.

    Returns:
        Up to five (4, 4) truth_from_predicted, the best first.
    """
    center, target = predicted.mean(axis=0), truth.mean(axis=0)
    batch = _Batch(predicted - center, truth - target)
    turns = Rotation.create_group("I").as_matrix()
    descent = [np.inf] * _DESCENT_ITERATIONS
    found, values = [], []
    for widths in (descent, [*(SIGMAS * radius), *descent]):
        rotations, offsets = turns, np.zeros((len(turns), 3))
        for width in widths:
            rotations, offsets = batch.step(rotations, offsets, width)
        found += [
            _joined(rotation, offset, center, target)
            for rotation, offset in zip(rotations, offsets, strict=True)
        ]
        values += batch.chamfer(rotations, offsets).tolist()
    return _distinct(found, values)


class _Batch:
    """S placements of the same two point sets."""

    def __init__(self, predicted: Array, truth: Array) -> None:
        self.predicted, self.truth = predicted, truth
        counts = (len(predicted), len(truth))
        self.shares = np.concatenate([np.full(count, 1 / count) for count in counts])

    def squared(self, rotations: Array, offsets: Array) -> tuple[Array, Array]:
        """(S, N, 3) moved predicted points, and (S, N, M) squared distances to the truth."""
        moved = self.predicted @ rotations.transpose(0, 2, 1) + offsets[:, None]
        lengths = (moved**2).sum(axis=2)[..., None] + (self.truth**2).sum(axis=1)
        return moved, np.maximum(lengths - 2 * (moved @ self.truth.T), 0)

    def chamfer(self, rotations: Array, offsets: Array) -> Array:
        """(S,) sums of the two mean squared distances."""
        _, squared = self.squared(rotations, offsets)
        values: Array = squared.min(axis=2).mean(axis=1) + squared.min(axis=1).mean(axis=1)
        return values

    def step(self, rotations: Array, offsets: Array, width: float) -> tuple[Array, Array]:
        """Fits nearest neighbors in both directions; a width weights them by a Gaussian."""
        _, squared = self.squared(rotations, offsets)
        to_truth, to_predicted = squared.argmin(axis=2), squared.argmin(axis=1)
        weights = np.broadcast_to(self.shares, (len(rotations), len(self.shares)))
        if np.isfinite(width):
            nearest = np.concatenate([squared.min(axis=2), squared.min(axis=1)], axis=1)
            # A tiny share of the equal weights keeps the fit defined where all pairs are far.
            weights = np.exp(-nearest / (2 * width**2)) + 1e-9 * weights
        count, size = len(rotations), self.predicted.shape
        ours = np.broadcast_to(self.predicted, (count, *size))
        theirs = np.broadcast_to(self.truth, (count, *self.truth.shape))
        source = np.concatenate([ours, self.predicted[to_predicted]], axis=1)
        goal = np.concatenate([self.truth[to_truth], theirs], axis=1)
        return _fit_all(source, goal, weights)


def _fit_all(source: Array, goal: Array, weights: Array) -> tuple[Array, Array]:
    """(S, 3, 3) rotations and (S, 3) translations of S sets of weighted pairs (S, K, 3)."""
    shares = (weights / weights.sum(axis=1, keepdims=True))[..., None]
    middle, goal_middle = (shares * source).sum(axis=1), (shares * goal).sum(axis=1)
    spread = ((goal - goal_middle[:, None]) * shares).transpose(0, 2, 1)
    u, _, vt = np.linalg.svd(spread @ (source - middle[:, None]))
    handedness = np.ones((len(u), 3))
    handedness[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotations = (u * handedness[:, None]) @ vt
    return rotations, goal_middle - (rotations @ middle[..., None])[..., 0]


def _joined(rotation: Array, offset: Array, center: Array, target: Array) -> Array:
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = target + offset - rotation @ center
    return matrix


def _distinct(found: list[Array], values: list[float]) -> list[Array]:
    """The best results, leaving out those as good as the one before."""
    kept: list[Array] = []
    last = -np.inf
    for index in np.argsort(values, kind="stable").tolist():
        if values[index] > last + _SAME * abs(last) or not kept:
            kept.append(found[index])
            last = values[index]
        if len(kept) == _NUM_RESULTS:
            break
    return kept
