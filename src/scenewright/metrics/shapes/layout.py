"""Errors of the arrangement of a scene that depend little on the shapes of its objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from scenewright.core.checks import as_direction
from scenewright.core.errors import ConventionError
from scenewright.metrics.shapes.point_sets import as_points

NUM_YAW_POINTS: Final = 400
_YAW_STEP_DEG: Final = 5.0
_FINE_STEP_DEG: Final = 0.5
_AS_GOOD: Final = 1.1
"""Turns whose distance is at most this multiple of the least fit the shape equally well."""

Points = NDArray[np.float64]


@dataclass(frozen=True)
class PlacementError:
    """How far the placement of one object is from the true one.

    Attributes:
        center: Distance of the box centers, as a share of the diameter of the true scene.
        yaw: Rotation about the vertical, radians, 0 or more; the smallest one where several fit
            the shape equally well.
        log_scale: Natural logarithm of predicted over true size (root mean square distance of the
            surface from its center of mass); 0 is right, 0.69 twice as large.
    """

    center: float
    yaw: float
    log_scale: float


def measure_placement(
    predicted: ArrayLike,
    truth: ArrayLike,
    *,
    diameter: float,
    turns: int = 1,
    up: ArrayLike = (0, 0, 1),
) -> PlacementError:
    """Compares the placement of one object with the true one.

    The yaw is that which lays the predicted shape, at its own center and scaled to equal size, best
    on the true one. A shape that fits in several ways, such as a square table, has the error of the
    nearest.

    Args:
        predicted: (N, 3) points on the object, in the frame of the truth.
        truth: (M, 3) points on the true object.
        diameter: Diameter of the true scene.
        turns: Known order of the rotational symmetry about the vertical; 0 = any angle.
        up: (3,) direction against gravity.

    Raises:
        ConventionError: The diameter is not above 0, or the order is negative.
    """
    ours, theirs = as_points("predicted points", predicted), as_points("true points", truth)
    if not diameter > 0:
        raise ConventionError("diameter", expected="above 0", got=f"{diameter:g}")
    if turns < 0:
        raise ConventionError("turns", expected="0 or more", got=str(turns))
    offset = (ours.min(axis=0) + ours.max(axis=0) - theirs.min(axis=0) - theirs.max(axis=0)) / 2
    size, true_size = _size(ours), _size(theirs)
    known = size > 0 and true_size > 0
    return PlacementError(
        float(np.linalg.norm(offset)) / diameter,
        _yaw(ours, theirs, turns, as_direction("up", up)) if known else float("nan"),
        float(np.log(size / true_size)) if known else float("nan"),
    )


def _size(points: Points) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _yaw(predicted: Points, truth: Points, turns: int, up: NDArray[np.float64]) -> float:
    if turns == 0:
        return 0.0
    ours, theirs = _unit(predicted), _unit(truth)
    trees = (KDTree(ours), KDTree(theirs))
    coarse = np.arange(-180.0, 180.0, _YAW_STEP_DEG)
    values = np.array([_distance(ours, theirs, trees, angle, up) for angle in coarse])
    fitting = coarse[values <= _AS_GOOD * values.min()]
    nearest = float(fitting[np.argmin(np.abs(fitting))])
    fine = nearest + np.arange(-_YAW_STEP_DEG, _YAW_STEP_DEG + _FINE_STEP_DEG / 2, _FINE_STEP_DEG)
    around = [_distance(ours, theirs, trees, angle, up) for angle in fine]
    angle = float(fine[int(np.argmin(around))])
    period = 360.0 / turns
    return float(np.deg2rad(abs(angle - period * np.round(angle / period))))


def _unit(points: Points) -> Points:
    """Evenly chosen points around their center of mass, of unit size."""
    steps = np.linspace(0, len(points) - 1, min(len(points), NUM_YAW_POINTS))
    centered = points - points.mean(axis=0)
    chosen: Points = centered[steps.round().astype(np.int64)] / _size(points)
    return chosen


def _distance(
    ours: Points, theirs: Points, trees: tuple[KDTree, KDTree], angle: float, up: Points
) -> float:
    turn = Rotation.from_rotvec(up * np.deg2rad(angle)).as_matrix()
    forward, _ = trees[1].query(ours @ turn.T)
    backward, _ = trees[0].query(theirs @ turn)
    return float((forward**2).mean() + (backward**2).mean())
