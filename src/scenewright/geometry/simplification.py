"""Coarser copies of meshes and points, by clustering of their vertices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def clusters(points: NDArray[np.floating], cell_size: float) -> tuple[NDArray[np.int64], int]:
    """Groups points by the cell of a grid that they lie in.

    Args:
        points: (N, 3).
        cell_size: Edge length of a cell.

    Returns:
        (N,) number of each point's group, in the order of the first point of each group, and the
        number of groups.
    """
    if not len(points):
        return np.zeros(0, np.int64), 0
    cells = np.floor((points - points.min(axis=0)) / cell_size).astype(np.int64)
    extent = cells.max(axis=0) + 1
    flat = (cells[:, 0] * extent[1] + cells[:, 1]) * extent[2] + cells[:, 2]
    _, first, group = np.unique(flat, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[group.reshape(-1)], len(first)


def group_means(
    values: NDArray[np.floating] | NDArray[np.integer], group: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """(count, C) mean of the (N, C) values of each group."""
    number = np.maximum(np.bincount(group, minlength=count), 1)
    sums = [np.bincount(group, column, minlength=count) for column in values.T]
    return np.stack(sums, axis=1) / number[:, None]


def simplified(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], *, cell_size: float
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
    """Simplifies a mesh: all vertices in a cell of a grid become one, at their mean.

    Vertex clustering (Rossignac and Borrel, 1993): it never fails, keeps large shapes in place, and
    takes away what is smaller than a cell.

    Args:
        vertices: (V, 3).
        faces: (F, 3).
        cell_size: Edge length of a cell.

    Returns:
        (W, 3) vertices, (G, 3) faces without those that have collapsed or are there twice, and (V,)
        new number of each old vertex. New vertices that no face uses are kept.
    """
    group, count = clusters(vertices, cell_size)
    mapped = group[faces].reshape(-1, 3)
    a, b, c = mapped.T
    mapped = mapped[(a != b) & (b != c) & (c != a)]
    # The smallest corner first, so that equal faces are equal rows; the winding stays.
    start = mapped.argmin(axis=1) if len(mapped) else np.zeros(0, np.int64)
    turned = np.take_along_axis(mapped, (start[:, None] + np.arange(3)) % 3, axis=1)
    _, first = np.unique(turned, axis=0, return_index=True)
    kept = mapped[np.sort(first)]
    return group_means(vertices, group, count), kept.astype(np.int32), group
