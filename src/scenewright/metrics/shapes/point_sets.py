"""Measures of generated scenes on point sets, as the papers on scene generation define them.

The Chamfer distance is squared and summed over both directions, and the F-score has a threshold in
the unit of the normalized scene; `meshes` holds the measures in meters. The definitions are those
of the evaluations of MIDI (Huang et al., CVPR 2025) and SceneGen (Meng et al., 3DV 2026).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError, ShapeError

F_THRESHOLD: Final = 0.1
"""Threshold of the F-score, in the unit of a scene whose longest extent is `SCENE_EXTENT`."""
SCENE_EXTENT: Final = 1.96
"""Longest extent of a normalized scene."""
OBJECT_EXTENT: Final = 1.9
"""Longest extent of a normalized object: from -0.95 to 0.95."""
_TINY: Final = 1e-8
"""Added to denominators by the published evaluations."""


@dataclass(frozen=True)
class PointSetDistance:
    """Agreement of a predicted point set with the true one.

    Attributes:
        predicted_to_truth: Mean squared distance of predicted points to the nearest true one.
        truth_to_predicted: Mean squared distance of true points to the nearest predicted one.
        f_score: Harmonic mean of precision and recall, 0 to 1, by threshold.
    """

    predicted_to_truth: float
    truth_to_predicted: float
    f_score: Mapping[float, float]

    @property
    def chamfer(self) -> float:
        """Sum of the two mean squared distances."""
        return self.predicted_to_truth + self.truth_to_predicted


def compare_point_sets(
    predicted: ArrayLike, truth: ArrayLike, *, thresholds: Sequence[float] = (F_THRESHOLD,)
) -> PointSetDistance:
    """Chamfer distance and F-scores of two point sets.

    Args:
        predicted: (N, 3), at least one.
        truth: (M, 3), at least one.
        thresholds: A point counts for the F-score if it is closer than this to the other set;
            a distance equal to the threshold does not count.

    Raises:
        ShapeError: A set is empty.
        ConventionError: A threshold is not above 0, or a value is not finite.
    """
    ours, theirs = as_points("predicted points", predicted), as_points("true points", truth)
    for threshold in thresholds:
        if not threshold > 0:
            raise ConventionError("threshold", expected="above 0", got=f"{threshold:g}")
    forward, _ = KDTree(theirs).query(ours)
    backward, _ = KDTree(ours).query(theirs)
    return PointSetDistance(
        float((forward**2).mean()),
        float((backward**2).mean()),
        {threshold: _f_score(forward, backward, threshold) for threshold in thresholds},
    )


def box_iou(predicted: ArrayLike, truth: ArrayLike) -> float:
    """Intersection over union of the boxes along the axes around two point sets, 0 to 1.

    Boxes without a volume have an IoU of 0.

    Args:
        predicted: (N, 3), at least one.
        truth: (M, 3), at least one.
    """
    ours, theirs = as_points("predicted points", predicted), as_points("true points", truth)
    low = np.maximum(ours.min(axis=0), theirs.min(axis=0))
    high = np.minimum(ours.max(axis=0), theirs.max(axis=0))
    shared = float(np.prod(np.clip(high - low, 0, None)))
    volumes = float(np.prod(np.ptp(ours, axis=0)) + np.prod(np.ptp(theirs, axis=0)))
    return shared / (volumes - shared + _TINY)


def stretch_to_cube(points: ArrayLike) -> NDArray[np.float64]:
    """Stretches each axis of a point set to [-0.95, 0.95] on its own.

    This is the normalization of objects in published tables. It hides errors of proportion. An axis
    without extent goes to -0.95.

    Args:
        points: (N, 3), at least one.
    """
    values = as_points("points", points)
    low, extent = values.min(axis=0), np.ptp(values, axis=0)
    shares = (values - low) / np.where(extent > 0, extent, 1)
    stretched: NDArray[np.float64] = shares * OBJECT_EXTENT - OBJECT_EXTENT / 2
    return stretched


def fit_in_cube(points: ArrayLike) -> NDArray[np.float64]:
    """Centers a point set and scales its longest extent to [-0.95, 0.95]; proportions are kept.

    Args:
        points: (N, 3), at least one.
    """
    values = as_points("points", points)
    longest = float(np.ptp(values, axis=0).max())
    middle = (values.min(axis=0) + values.max(axis=0)) / 2
    fitted: NDArray[np.float64] = (values - middle) * (
        OBJECT_EXTENT / longest if longest > 0 else 1.0
    )
    return fitted


def scene_normalization(points: ArrayLike) -> NDArray[np.float64]:
    """The similarity that centers a scene and scales its longest extent to `SCENE_EXTENT`.

    Args:
        points: (N, 3) points of all objects, at least one.

    Returns:
        (4, 4) normalized_from_scene.
    """
    values = as_points("points", points)
    longest = float(np.ptp(values, axis=0).max())
    scale = SCENE_EXTENT / longest if longest > 0 else 1.0
    matrix = np.diag([scale, scale, scale, 1.0])
    matrix[:3, 3] = -scale * (values.min(axis=0) + values.max(axis=0)) / 2
    return matrix


def as_points(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Checks that a value is (N, 3), finite, and at least one point."""
    points: NDArray[np.float64] = as_array(name, value, shape=(None, 3), dtype=np.float64)
    if not len(points):
        raise ShapeError(name, expected="at least one", got="none")
    check_finite(name, points)
    return points


def _f_score(
    forward: NDArray[np.float64], backward: NDArray[np.float64], threshold: float
) -> float:
    precision, recall = float((forward < threshold).mean()), float((backward < threshold).mean())
    return 2 * precision * recall / (precision + recall + _TINY)
