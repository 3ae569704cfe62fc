"""Density clustering and outlier removal of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from scenewright.geometry.connected import connected_groups


def dbscan(points: NDArray[np.floating], *, radius: float, min_points: int) -> NDArray[np.int32]:
    """Density clusters (DBSCAN, Ester et al., KDD 1996).

    Args:
        points: (N, 3).
        radius: Reach of a point, same unit.
        min_points: Points within reach, itself included, that make a point a core of a cluster.

    Returns:
        (N,) cluster from 0, or -1 for noise. A border point joins its nearest core.
    """
    labels = np.full(len(points), -1, np.int32)
    if not len(points):
        return labels
    tree = cKDTree(points)
    pairs = tree.query_pairs(radius, output_type="ndarray")
    degree = np.bincount(pairs.ravel(), minlength=len(points)) + 1
    is_core = degree >= min_points
    core = np.flatnonzero(is_core)
    if not len(core):
        return labels
    links = pairs[is_core[pairs].all(axis=1)]
    component = connected_groups(links[:, 0], links[:, 1], count=len(points))
    labels[core] = np.unique(component[core], return_inverse=True)[1]
    border = np.flatnonzero(~is_core)
    if len(border):
        distance, nearest = cKDTree(points[core]).query(points[border])
        joins = distance <= radius
        labels[border[joins]] = labels[core[nearest[joins]]]
    return labels


def largest_cluster(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which points lie in the cluster with most points; noise (-1) never wins."""
    if not (labels >= 0).any():
        return np.zeros(len(labels), bool)
    result: NDArray[np.bool_] = labels == np.bincount(labels[labels >= 0]).argmax()
    return result


def inliers(
    points: NDArray[np.floating], *, neighbors: int, deviations: float
) -> NDArray[np.bool_]:
    """Which points are not much farther from their neighbors than points are on average.

    Args:
        points: (N, 3).
        neighbors: Neighbors whose mean distance is measured.
        deviations: A point is out beyond the mean plus this many standard deviations.
    """
    count = min(neighbors, len(points) - 1)
    if count < 1:
        return np.ones(len(points), bool)
    distance = cKDTree(points).query(points, k=count + 1)[0][:, 1:].mean(axis=1)
    result: NDArray[np.bool_] = distance <= distance.mean() + deviations * distance.std()
    return result


def downsample(points: NDArray[np.floating], voxel_size: float) -> NDArray[np.float64]:
    """(M, 3) mean point of each voxel that has any."""
    cells = np.floor(np.asarray(points, np.float64) / voxel_size).astype(np.int64)
    cells -= cells.min(axis=0, initial=0)
    spans = cells.max(axis=0, initial=0) + 1
    keys = np.ravel_multi_index(tuple(cells.T), tuple(spans.tolist()))
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(inverse, weights=points[:, a]) for a in range(3)], axis=1)
    result: NDArray[np.float64] = sums / counts[:, None]
    return result
