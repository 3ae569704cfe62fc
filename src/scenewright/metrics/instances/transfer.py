"""Transfers predictions from reconstructed points to the points of the ground truth.

The two methods give different numbers. `transfer_nearest` copies the label of the nearest point;
`transfer_aligned` is the method of OnlineAnySeg's evaluator, which assigns unsegmented points up to
15 cm away to the nearest instance. State beside every number which one was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from scenewright.core.checks import as_array, as_rigid, check_finite
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.geometry.rigid_fit import fit_rigid
from scenewright.geometry.transforms import transform_points
from scenewright.metrics.instances.labels import InstancePrediction

ICP_MAX_ITERATIONS: Final = 30
ICP_TOLERANCE: Final = 1e-6
"""ICP stops when both the matched share and the RMSE (meters) change by less than this."""

ALIGNED_MAX_DISTANCE: Final = 0.15
KEEP_SHARE: Final = 0.75
KEEP_VERTICES: Final = 100


@dataclass(frozen=True, eq=False)
class AlignedTransfer:
    """Predictions over V ground-truth vertices, and how they were transferred.

    Attributes:
        prediction: The K kept instances over the V vertices.
        nearest: (V,) index of the reconstructed point that each vertex copies, -1 = none.
        kept: (K,) indices of the kept instances among the I.
        recon_from_truth: (4, 4) rigid transform that was applied to the vertices.
    """

    prediction: InstancePrediction
    nearest: NDArray[np.int64]
    kept: NDArray[np.int64]
    recon_from_truth: NDArray[np.float64]


def transfer_nearest(
    labels: ArrayLike,
    points: ArrayLike,
    *,
    truth_points: ArrayLike,
    max_distance: float = 0.05,
) -> NDArray[np.int32]:
    """Gives each ground-truth point the label of the nearest reconstructed point.

    Unlabeled points are included, so background stays background.

    Args:
        labels: (N,) instance id of each reconstructed point, 0 = none.
        points: (N, 3) reconstructed points, meters.
        truth_points: (V, 3) meters, same frame.
        max_distance: Meters. A point without a neighbor within this distance gets 0.

    Returns:
        (V,) int32 instance ids, 0 = none.
    """
    cloud = _as_points("points", points)
    ids = as_array("labels", labels, shape=(len(cloud),), dtype=np.int32)
    nearest = _find_nearest(
        cloud, _as_points("truth_points", truth_points), max_distance=max_distance
    )
    found: NDArray[np.int32] = np.append(ids, np.int32(0))[nearest]
    return found


def transfer_aligned(
    prediction: InstancePrediction,
    points: ArrayLike,
    *,
    truth_points: ArrayLike,
    recon_from_truth: ArrayLike | None = None,
) -> AlignedTransfer:
    """Transfers predictions as OnlineAnySeg's evaluator does.

    The ground truth is aligned with the reconstruction by ICP (maximum distance 0.05 m). Each
    vertex then copies the nearest point that belongs to any instance within 0.15 m. An instance is
    kept if it covers at least 0.75 vertices per point, or more than 100 vertices.

    Args:
        prediction: I instances over N reconstructed points.
        points: (N, 3) reconstructed points, meters.
        truth_points: (V, 3) meters.
        recon_from_truth: (4, 4) rigid transform; None estimates it by ICP.

    Raises:
        ShapeError: Prediction and points differ in number.
    """
    cloud = _as_points("points", points)
    vertices = _as_points("truth_points", truth_points)
    if prediction.num_vertices != len(cloud):
        raise ShapeError(
            "InstancePrediction.membership",
            expected=f"{len(cloud)} rows, one per reconstructed point",
            got=f"{prediction.num_vertices}",
        )
    if recon_from_truth is None:
        matrix = estimate_icp(vertices, cloud)
    else:
        matrix = as_rigid("recon_from_truth", recon_from_truth)
    assigned = np.flatnonzero(prediction.is_assigned())
    found = _find_nearest(
        cloud[assigned], transform_points(vertices, matrix), max_distance=ALIGNED_MAX_DISTANCE
    )
    nearest = np.append(assigned, -1)[found]
    moved = prediction.gather(nearest)
    num_vertices, num_points = moved.sizes(), prediction.sizes()
    keep = (num_vertices >= KEEP_SHARE * num_points) | (num_vertices > KEEP_VERTICES)
    keep &= num_points > 0
    return AlignedTransfer(moved.select(keep), nearest, np.flatnonzero(keep), matrix)


def estimate_icp(
    source_points: ArrayLike,
    target_points: ArrayLike,
    *,
    max_distance: float = 0.05,
    max_iterations: int = ICP_MAX_ITERATIONS,
) -> NDArray[np.float64]:
    """Estimates the rigid transform between two clouds by point-to-point ICP from identity.

    A displacement well beyond `max_distance` is recovered only in part.

    Args:
        source_points: (N, 3) meters.
        target_points: (M, 3) meters.
        max_distance: Largest distance of a correspondence, meters.
        max_iterations: Upper limit; iteration stops earlier once the fit no longer changes.

    Returns:
        (4, 4) float64 target_from_source; identity if there is no correspondence.
    """
    source = _as_points("source_points", source_points)
    target = _as_points("target_points", target_points)
    target_from_source = np.eye(4)
    if not len(source) or not len(target):
        return target_from_source
    tree = KDTree(target)
    moved, last = source, (np.inf, np.inf)
    for _ in range(max_iterations):
        distance, index = tree.query(moved, distance_upper_bound=max_distance)
        near = np.isfinite(distance)
        if not near.any():
            break
        fit = (float(near.mean()), float(np.sqrt(np.mean(distance[near] ** 2))))
        if all(abs(a - b) < ICP_TOLERANCE for a, b in zip(fit, last, strict=True)):
            break
        last = fit
        target_from_source = fit_rigid(moved[near], target[index[near]]) @ target_from_source
        moved = transform_points(source, target_from_source)
    return target_from_source


def _find_nearest(
    points: NDArray[np.float64], queries: NDArray[np.float64], *, max_distance: float
) -> NDArray[np.int64]:
    """(Q,) index of the nearest point within `max_distance`, -1 = none."""
    if not max_distance > 0:
        raise ConventionError("max_distance", expected="more than 0 m", got=f"{max_distance:g}")
    if not len(points):
        return np.full(len(queries), -1, dtype=np.int64)
    distance, index = KDTree(points).query(queries, distance_upper_bound=max_distance)
    return np.where(np.isfinite(distance), index, -1).astype(np.int64)


def _as_points(name: str, value: ArrayLike) -> NDArray[np.float64]:
    points: NDArray[np.float64] = as_array(name, value, shape=(None, 3), dtype=np.float64)
    check_finite(name, points)
    return points
