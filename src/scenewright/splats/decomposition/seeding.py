"""Seeds of a decomposition from an existing segmentation of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.core import PointCloud, ShapeError, SurfelCloud

_REACH = 3.0
"""Largest distance from a surfel to the point whose object it takes, in spacings of the points."""


def seed_from_points(points: PointCloud, surfels: SurfelCloud) -> NDArray[np.int32]:
    """Assigns to each surfel the instance of its nearest point.

    Args:
        points: With instance ids, in the frame and unit of the surfels.
        surfels: N surfels.

    Returns:
        (N,) int32 instance ids; 0 where the nearest point is farther than three times the median
        distance between neighboring points, or belongs to no instance.

    Raises:
        ShapeError: The points have no instance ids.
    """
    if points.instance_id is None:
        raise ShapeError(
            "points to seed from",
            expected="instance ids",
            got="none",
            do="Segment the capture first.",
        )
    seeds = np.zeros(len(surfels), np.int32)
    if not len(points) or not len(surfels):
        return seeds
    positions = points.points.astype(np.float64)
    tree = cKDTree(positions)
    gaps = tree.query(positions, k=min(2, len(positions)))[0].reshape(len(positions), -1)[:, -1]
    distance, nearest = tree.query(surfels.means.astype(np.float64))
    near = distance <= _REACH * np.median(gaps) if len(positions) > 1 else distance <= np.inf
    seeds[near] = points.instance_id[nearest[near]]
    return seeds
