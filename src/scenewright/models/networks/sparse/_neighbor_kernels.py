"""Compiled search for the neighbors of voxels.

Voxels are named by keys that grow with the batch index, x, y and z in this order, so that all keys
of one (x, y) column, and the columns beside it, are found by pointers that only move forward.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

CENTER = 13
"""Number of the offset (0, 0, 0) among the 27."""
NUM_OFFSETS = 27
AXIS_BITS = 16
"""Bits of a coordinate in a key; the batch index has 63 - 3 * AXIS_BITS."""


@njit(cache=True, nogil=True)
def pack_keys(coords: NDArray[np.int32], keys: NDArray[np.int64]) -> bool:
    """Writes a key per voxel and returns whether they are strictly increasing.

    A border of one keeps keys of neighbors outside of the grid from meeting other rows.
    """
    increasing = True
    for row in range(coords.shape[0]):
        key = np.int64(coords[row, 0])
        for axis in range(1, 4):
            key = (key << AXIS_BITS) + np.int64(coords[row, axis]) + 1
        keys[row] = key
        if row > 0 and keys[row - 1] >= key:
            increasing = False
    return increasing


@njit(cache=True, nogil=True)
def find_neighbors(
    keys: NDArray[np.int64], names: NDArray[np.int32], table: NDArray[np.int32]
) -> None:
    """Fills the table of neighbors.

    Args:
        keys: (N,) strictly increasing.
        names: (N,) row of the voxel of each key.
        table: (N, 27) rows, filled by this function; -1 where there is no voxel. Column
            ``(dx + 1) * 9 + (dy + 1) * 3 + dz + 1`` is the neighbor at (dx, dy, dz).
    """
    count = keys.shape[0]
    for row in range(count):
        for column in range(NUM_OFFSETS):
            table[row, column] = -1
        table[row, CENTER] = row
    for row in range(count - 1):  # (0, 0, 1) and (0, 0, -1)
        if keys[row + 1] == keys[row] + 1:
            here, there = names[row], names[row + 1]
            table[here, CENTER + 1] = there
            table[there, CENTER - 1] = here
    for column in range(15, NUM_OFFSETS, 3):  # the columns (0, 1), (1, -1), (1, 0), (1, 1)
        dx, dy = column // 9 - 1, column // 3 % 3 - 1
        step = (np.int64(dx) << (2 * AXIS_BITS)) + (np.int64(dy) << AXIS_BITS)
        pointer = 0
        for row in range(count):
            middle = keys[row] + step
            while pointer < count and keys[pointer] < middle - 1:
                pointer += 1
            here = names[row]
            at = pointer
            while at < count and keys[at] <= middle + 1:
                dz = keys[at] - middle
                there = names[at]
                table[here, column + 1 + dz] = there
                table[there, NUM_OFFSETS - 2 - column - dz] = here
                at += 1


@njit(cache=True, nogil=True)
def count_pairs(
    table: NDArray[np.int32], chunk_rows: int, counts: NDArray[np.int64], starts: NDArray[np.int32]
) -> None:
    """Counts neighbors per chunk of rows and offset, and lists where the bag of each row begins.

    Args:
        table: (N, 27) neighbors.
        chunk_rows: Rows per chunk.
        counts: (chunks, 27) zeros, filled by this function.
        starts: (N,) neighbors of earlier rows of the same chunk, filled by this function.
    """
    total = 0
    for row in range(table.shape[0]):
        chunk = row // chunk_rows
        if row % chunk_rows == 0:
            total = 0
        starts[row] = total
        for column in range(NUM_OFFSETS):
            if table[row, column] >= 0:
                counts[chunk, column] += 1
                total += 1


@njit(cache=True, nogil=True)
def fill_pairs(
    table: NDArray[np.int32],
    chunk_rows: int,
    firsts: NDArray[np.int64],
    sources: NDArray[np.int32],
    targets: NDArray[np.int32],
    bags: NDArray[np.int32],
) -> None:
    """Lists the pairs of voxels, chunk by chunk, and within a chunk offset by offset.

    Args:
        table: (N, 27) neighbors.
        chunk_rows: Rows per chunk.
        firsts: (chunks, 28) number of the first pair of each chunk and offset; in the last column
            that of the next chunk.
        sources: (P,) row of the neighbor, filled by this function.
        targets: (P,) row of the voxel, filled by this function.
        bags: (P,) for row after row the numbers of its pairs, counted from the first pair of its
            chunk; filled by this function.
    """
    following = np.zeros(NUM_OFFSETS, np.int64)
    place = 0
    for row in range(table.shape[0]):
        chunk = row // chunk_rows
        if row % chunk_rows == 0:
            for column in range(NUM_OFFSETS):
                following[column] = firsts[chunk, column]
        for column in range(NUM_OFFSETS):
            neighbor = table[row, column]
            if neighbor >= 0:
                pair = following[column]
                sources[pair] = neighbor
                targets[pair] = row
                bags[place] = pair - firsts[chunk, 0]
                following[column] = pair + 1
                place += 1
