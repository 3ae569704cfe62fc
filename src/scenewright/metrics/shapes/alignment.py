"""Rigid alignments of a predicted scene with the true one, before shapes are compared.

Published tables of generated scenes depend strongly on the alignment, so results are reported under
several. All of them rotate and translate, none of them scales. `align_icp` and its variant with
several starts are the common choice; `align_robust` anneals a Gaussian weight on nearest neighbors
from many starts (the idea of FilterReg, Gao and Tedrake, CVPR 2019, with a shrinking kernel) and
ends with a descent of the Chamfer distance itself. Its numbers are not those of FilterReg with the
fixed wide kernel that published tables used: that moves even a perfect prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from scenewright.geometry.rigid_fit import fit_rigid
from scenewright.geometry.transforms import invert_rigid, transform_points
from scenewright.metrics.shapes._rotation_search import SIGMAS, search_rotations
from scenewright.metrics.shapes.point_sets import as_points

Points = NDArray[np.float64]
Matrix = NDArray[np.float64]

ICP_ITERATIONS: Final = 50
NUM_YAW_STARTS: Final = 24
MAX_POINTS: Final = 2048
"""Points of each scene that an alignment uses; more are drawn from evenly."""

_COARSE_POINTS: Final = 128
"""Points of each scene in the search over starts."""
_MIDDLE_POINTS: Final = 512
"""Points of each scene on the way from the best starts to the result."""
_DESCENT_ITERATIONS: Final = 60
_FIRST_ITERATIONS: Final = 15
"""Iterations from each of the best starts; only the best of them is carried on to the end."""
_TOLERANCE: Final = 1e-7
"""An iteration is the last if the mean squared distance falls by less than this share."""
_CLEARLY_BETTER: Final = 0.98
"""Another start replaces the given placement only if it is better by this factor."""


class _Nearest(NamedTuple):
    """Nearest neighbors of N predicted and M true points."""

    forward: Points
    """(N,) distance to the truth."""
    to_truth: NDArray[np.int64]
    backward: Points
    """(M,) distance to the prediction."""
    to_predicted: NDArray[np.int64]

    @property
    def chamfer(self) -> float:
        return float((self.forward**2).mean() + (self.backward**2).mean())


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two clouds with their search trees."""

    predicted: Points
    truth: Points
    tree: KDTree
    predicted_tree: KDTree

    @classmethod
    def of(cls, predicted: Points, truth: Points, *, limit: int) -> _Pair:
        few, true_few = _thinned(predicted, limit), _thinned(truth, limit)
        return cls(few, true_few, KDTree(true_few), KDTree(few))

    def nearest(self, matrix: Matrix) -> _Nearest:
        """The nearest neighbors in both directions under a transform."""
        forward, to_truth = self.tree.query(transform_points(self.predicted, matrix))
        # A rigid transform keeps distances, so the tree of the predicted points stays as it is.
        back = transform_points(self.truth, invert_rigid(matrix))
        backward, to_predicted = self.predicted_tree.query(back)
        return _Nearest(forward, to_truth, backward, to_predicted)

    def chamfer(self, matrix: Matrix) -> float:
        """Sum of the two mean squared distances under a transform."""
        return self.nearest(matrix).chamfer

    def fit(self, nearest: _Nearest, weights: Points) -> Matrix:
        """The rigid transform of weighted pairs in both directions."""
        source = np.concatenate([self.predicted, self.predicted[nearest.to_predicted]])
        target = np.concatenate([self.truth[nearest.to_truth], self.truth])
        return fit_rigid(source, target, weights=weights)


def align_none(predicted: ArrayLike, truth: ArrayLike, *, up: ArrayLike = (0, 0, 1)) -> Matrix:
    """(4, 4) identity, for a comparison without alignment."""
    as_points("predicted points", predicted)
    as_points("true points", truth)
    return np.eye(4)


def align_icp(predicted: ArrayLike, truth: ArrayLike, *, up: ArrayLike = (0, 0, 1)) -> Matrix:
    """Point-to-point ICP from the given placement, at most `ICP_ITERATIONS` iterations.

    Each predicted point is paired with the nearest true point, whatever the distance.

    Args:
        predicted: (N, 3).
        truth: (M, 3).
        up: Unused; all alignments have the same signature.

    Returns:
        (4, 4) truth_from_predicted, rotation and translation.

    Raises:
        ShapeError: A cloud is empty.
    """
    pair = _prepared(predicted, truth)
    return _icp(pair, np.eye(4))[0]


def align_icp_yaw(predicted: ArrayLike, truth: ArrayLike, *, up: ArrayLike = (0, 0, 1)) -> Matrix:
    """ICP from `NUM_YAW_STARTS` rotations about the vertical; the lowest residual wins.

    Args:
        predicted: (N, 3).
        truth: (M, 3).
        up: (3,) direction against gravity.

    Returns:
        (4, 4) truth_from_predicted.
    """
    pair = _prepared(predicted, truth)
    coarse = _Pair.of(pair.predicted, pair.truth, limit=_MIDDLE_POINTS)
    axis = np.asarray(up, np.float64) / np.linalg.norm(np.asarray(up, np.float64))
    center = pair.predicted.mean(axis=0)
    best, least = np.eye(4), np.inf
    for step in range(NUM_YAW_STARTS):
        turn = Rotation.from_rotvec(axis * (2 * np.pi * step / NUM_YAW_STARTS)).as_matrix()
        matrix, residual = _icp(coarse, _about(turn, center, center))
        if residual < least * (_CLEARLY_BETTER if step else 1):
            best, least = matrix, residual
    return _icp(pair, best)[0]


def align_robust(predicted: ArrayLike, truth: ArrayLike, *, up: ArrayLike = (0, 0, 1)) -> Matrix:
    """Alignment that finds large rotations and ends at a minimum of the Chamfer distance.

    Starts are the given placement and rotations all around with the centers put together. From each
    of them, nearest neighbors in both directions are fitted with Gaussian weights whose width
    shrinks from the radius of the scene to 0.02 of it. The best then descend along the Chamfer
    distance (closest pairs in both directions, fitted with equal weights), which never rises. The
    result is therefore never worse than the given placement, and exactly the identity for equal
    clouds.

    Args:
        predicted: (N, 3).
        truth: (M, 3).
        up: Unused; all alignments have the same signature.

    Returns:
        (4, 4) truth_from_predicted.

    Raises:
        ShapeError: A cloud is empty.
    """
    pair = _prepared(predicted, truth)
    coarse = _Pair.of(pair.predicted, pair.truth, limit=_COARSE_POINTS)
    middle = _Pair.of(pair.predicted, pair.truth, limit=_MIDDLE_POINTS)
    radius = max(_radius(pair.truth), _radius(pair.predicted), 1e-12)
    best, least = _descend(middle, np.eye(4), _FIRST_ITERATIONS)
    given, value = _descend(middle, _anneal(middle, np.eye(4), radius), _FIRST_ITERATIONS)
    if value < least:
        best, least = given, value
    for start in search_rotations(coarse.predicted, coarse.truth, radius=radius):
        matrix, value = _descend(middle, start, _FIRST_ITERATIONS)
        if value < least * _CLEARLY_BETTER:
            best, least = matrix, value
    best, _ = _descend(middle, best, _DESCENT_ITERATIONS)
    matrix, value = _descend(pair, best, _DESCENT_ITERATIONS)
    return matrix if value < pair.chamfer(np.eye(4)) else np.eye(4)


Alignment = Callable[..., Matrix]

ALIGNMENTS: Final[Mapping[str, Alignment]] = MappingProxyType(
    {
        "none": align_none,
        "icp": align_icp,
        "icp-yaw": align_icp_yaw,
        "robust": align_robust,
    }
)
"""Alignments by the names that reports use."""


def _prepared(predicted: ArrayLike, truth: ArrayLike) -> _Pair:
    ours, theirs = as_points("predicted points", predicted), as_points("true points", truth)
    return _Pair.of(ours, theirs, limit=MAX_POINTS)


def _thinned(points: Points, limit: int) -> Points:
    """At most `limit` of the points, evenly spread over their order."""
    if len(points) <= limit:
        return points
    return points[np.linspace(0, len(points) - 1, limit).round().astype(np.int64)]


def _radius(points: Points) -> float:
    return float(np.linalg.norm(points - points.mean(axis=0), axis=1).max())


def _about(rotation: Matrix, center: Points, target: Points) -> Matrix:
    """The transform that rotates about a point and moves that point to another."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = target - rotation @ center
    return matrix


def _icp(pair: _Pair, start: Matrix) -> tuple[Matrix, float]:
    """ICP and the mean squared distance that it ends with."""
    matrix, residual = start, np.inf
    for _ in range(ICP_ITERATIONS):
        distance, index = pair.tree.query(transform_points(pair.predicted, matrix))
        now = float((distance**2).mean())
        if now >= residual * (1 - _TOLERANCE):
            break
        residual = now
        matrix = fit_rigid(pair.predicted, pair.truth[index])
    distance, _ = pair.tree.query(transform_points(pair.predicted, matrix))
    return matrix, float((distance**2).mean())


def _anneal(pair: _Pair, start: Matrix, radius: float) -> Matrix:
    """Weighted fits with a shrinking width."""
    matrix = start
    for sigma in SIGMAS * radius:
        nearest = pair.nearest(matrix)
        distances = np.concatenate([nearest.forward, nearest.backward])
        weights = np.exp(-(distances**2) / (2 * sigma**2))
        if not weights.sum() > _TOLERANCE:
            break
        matrix = pair.fit(nearest, weights)
    return matrix


def _descend(pair: _Pair, start: Matrix, iterations: int) -> tuple[Matrix, float]:
    """Descends the Chamfer distance from a placement; returns the best placement and its value."""
    counts = (len(pair.predicted), len(pair.truth))
    shares = np.concatenate([np.full(count, 1 / count) for count in counts])
    matrix, nearest = start, pair.nearest(start)
    for _ in range(iterations):
        following = pair.fit(nearest, shares)
        found = pair.nearest(following)
        if found.chamfer >= nearest.chamfer * (1 - _TOLERANCE):
            break
        matrix, nearest = following, found
    return matrix, nearest.chamfer
