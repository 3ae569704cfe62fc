"""Draws points as small squares with a depth test."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def draw_points(
    columns: NDArray[np.float64],
    rows: NDArray[np.float64],
    depth: NDArray[np.float64],
    radius: int,
    nearest: NDArray[np.float32],
    index: NDArray[np.int32],
) -> None:
    """Draws points into a depth and an index picture.

    Args:
        columns: (N,) pixels.
        rows: (N,) pixels.
        depth: (N,) distance to the viewer in any unit; smaller is nearer.
        radius: A point covers a square of ``2 * radius + 1`` pixels.
        nearest: (H, W) depth of the nearest point; initially infinite. Changed in place.
        index: (H, W) index of the nearest point. Changed in place.
    """
    height, width = nearest.shape
    for i in range(len(depth)):
        column, row = int(np.floor(columns[i])), int(np.floor(rows[i]))
        for r in range(max(row - radius, 0), min(row + radius + 1, height)):
            for c in range(max(column - radius, 0), min(column + radius + 1, width)):
                # A depth that grows slightly outward keeps neighboring squares of one surface from
                # interleaving.
                away = (abs(r - row) + abs(c - column)) / (2.0 * radius + 1.0)
                value = depth[i] + 1e-4 * away
                if value < nearest[r, c]:
                    nearest[r, c] = value
                    index[r, c] = i
