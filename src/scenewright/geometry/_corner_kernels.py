"""Compiled naming of the corners of cubes by a hash table, see `dual_surface`."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.voxel_hash import find_block, insert_block, pack_block


@njit(cache=True, nogil=True)
def name_corners(
    origins: NDArray[np.int64],
    sign: int,
    num_corners: int,
    table_keys: NDArray[np.int64],
    table_rows: NDArray[np.int32],
    rows: NDArray[np.int64],
    points: NDArray[np.int64],
) -> int:
    """Numbers the different points ``origin + sign * corner`` in the order of their appearance.

    Args:
        origins: (N, 3).
        sign: 1 or -1.
        num_corners: How many of the eight corners are taken, 8 or 1.
        table_keys: (S,) hash table of `voxel_hash`, changed by this function.
        table_rows: (S,) its numbers, changed by this function.
        rows: (N, num_corners) numbers, filled by this function.
        points: (S / 2, 3) the points, filled by this function.

    Returns:
        How many points there are; -1 if the table is too small.
    """
    count = 0
    for i in range(origins.shape[0]):
        for corner in range(num_corners):
            x = origins[i, 0] + sign * (corner & 1)
            y = origins[i, 1] + sign * (corner >> 1 & 1)
            z = origins[i, 2] + sign * (corner >> 2)
            key = pack_block(x, y, z)
            row = find_block(table_keys, table_rows, key)
            if row < 0:
                if 2 * (count + 1) > table_keys.shape[0]:
                    return -1
                row = np.int64(count)
                insert_block(table_keys, table_rows, key, count)
                points[count, 0] = x
                points[count, 1] = y
                points[count, 2] = z
                count += 1
            rows[i, corner] = row
    return count


@njit(cache=True, nogil=True)
def find_points(
    points: NDArray[np.int64], table_keys: NDArray[np.int64], table_rows: NDArray[np.int32]
) -> NDArray[np.int64]:
    """(P,) numbers of points (P, 3) in a table; -1 for those that are not in it."""
    rows = np.empty(points.shape[0], np.int64)
    for i in range(points.shape[0]):
        key = pack_block(points[i, 0], points[i, 1], points[i, 2])
        rows[i] = find_block(table_keys, table_rows, key)
    return rows
