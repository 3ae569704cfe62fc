"""Queries on voxels and the voxels around them."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.voxel_hash import BLOCK_VOXELS, Integer


@njit(cache=True, nogil=True, inline="always")
def neighbor_of(
    neighbors: NDArray[np.int32], block: Integer, i: int, j: int, k: int
) -> tuple[np.int32, int]:
    """Block and local index of voxel (i, j, k), counted from the first voxel of a block.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        block: Block number.
        i: From -8 to 15, like `j` and `k`.
        j: See `i`.
        k: See `i`.

    Returns:
        (block, local); block is -1 if there is none.
    """
    column = ((i >> 3) + 1) * 9 + ((j >> 3) + 1) * 3 + (k >> 3) + 1
    return neighbors[block, column], ((i & 7) << 6) | ((j & 7) << 3) | (k & 7)


@njit(cache=True, nogil=True, parallel=True)
def gradients(
    neighbors: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    addresses: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Unit gradients of the distance: they point from the surface into free space.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        tsdf: (B, 512).
        weight: (B, 512) number of readings; voxels without readings are ignored.
        addresses: (M,) voxels.

    Returns:
        (M, 3) unit vectors; zero if too few neighbors have readings.
    """
    result = np.zeros((addresses.shape[0], 3), np.float32)
    for row in prange(addresses.shape[0]):
        block = addresses[row] // BLOCK_VOXELS
        local = addresses[row] % BLOCK_VOXELS
        i, j, k = local >> 6, (local >> 3) & 7, local & 7
        here = tsdf[block, local]
        length = np.float32(0.0)
        for axis in range(3):
            low, high = here, here
            span = 0
            for side in (-1, 1):
                other, index = neighbor_of(
                    neighbors,
                    block,
                    i + side * (axis == 0),
                    j + side * (axis == 1),
                    k + side * (axis == 2),
                )
                if other < 0 or weight[other, index] == 0:
                    continue
                span += 1
                if side < 0:
                    low = tsdf[other, index]
                else:
                    high = tsdf[other, index]
            if span > 0:
                result[row, axis] = (high - low) / np.float32(span)
            length += result[row, axis] ** 2
        if length > np.float32(1e-12):
            for axis in range(3):
                result[row, axis] /= np.sqrt(length)
    return result


@njit(cache=True, nogil=True, parallel=True)
def nearest_marked(
    neighbors: NDArray[np.int32],
    is_marked: NDArray[np.bool_],
    addresses: NDArray[np.int64],
    reach: int,
) -> NDArray[np.int64]:
    """The nearest marked voxel of each voxel, possibly itself.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        is_marked: (B, 512).
        addresses: (M,) voxels.
        reach: Voxels along each axis, at most 8.

    Returns:
        (M,) addresses, -1 if no marked voxel is within reach.
    """
    result = np.empty(addresses.shape[0], np.int64)
    for row in prange(addresses.shape[0]):
        block = addresses[row] // BLOCK_VOXELS
        local = addresses[row] % BLOCK_VOXELS
        if is_marked[block, local]:
            result[row] = addresses[row]
        else:
            result[row] = _search(neighbors, is_marked, block, local, reach)
    return result


@njit(cache=True, nogil=True)
def _search(
    neighbors: NDArray[np.int32],
    is_marked: NDArray[np.bool_],
    block: int,
    local: int,
    reach: int,
) -> np.int64:
    i, j, k = local >> 6, (local >> 3) & 7, local & 7
    best = 3 * reach * reach + 1
    found = np.int64(-1)
    for di in range(-reach, reach + 1):
        for dj in range(-reach, reach + 1):
            for dk in range(-reach, reach + 1):
                distance = di * di + dj * dj + dk * dk
                if distance >= best:
                    continue
                other, at = neighbor_of(neighbors, block, i + di, j + dj, k + dk)
                if other >= 0 and is_marked[other, at]:
                    best = distance
                    found = np.int64(other) * BLOCK_VOXELS + at
    return found


@njit(cache=True, nogil=True, parallel=True)
def is_lowest(
    neighbors: NDArray[np.int32],
    value_of_voxel: NDArray[np.float32],
    addresses: NDArray[np.int64],
    tolerance: float,
) -> NDArray[np.bool_]:
    """Whether none of the 26 surrounding voxels is lower by more than a tolerance.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        value_of_voxel: (B, 512); infinity for voxels to ignore.
        addresses: (M,) voxels.
        tolerance: In the unit of the values.

    Returns:
        (M,) booleans.
    """
    result = np.empty(addresses.shape[0], np.bool_)
    for row in prange(addresses.shape[0]):
        block = addresses[row] // BLOCK_VOXELS
        local = addresses[row] % BLOCK_VOXELS
        i, j, k = local >> 6, (local >> 3) & 7, local & 7
        limit = value_of_voxel[block, local] - tolerance
        lowest = True
        for step in range(27):
            other, at = neighbor_of(
                neighbors, block, i + step // 9 - 1, j + step // 3 % 3 - 1, k + step % 3 - 1
            )
            if other >= 0 and value_of_voxel[other, at] < limit:
                lowest = False
                break
        result[row] = lowest
    return result


@njit(cache=True, nogil=True, parallel=True)
def despeckled(
    neighbors: NDArray[np.int32],
    label_of_voxel: NDArray[np.int32],
    addresses: NDArray[np.int64],
    reach: int,
    min_share: float,
    majority_share: float,
) -> NDArray[np.int32]:
    """Relabels isolated voxels with the label around them.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        label_of_voxel: (B, 512), 0 = none.
        addresses: (M,) voxels to process.
        reach: Voxels along each axis, at most 8.
        min_share: A voxel is isolated if a smaller share of the labeled voxels around it has its
            label.
        majority_share: The label that replaces it must have at least this share.

    Returns:
        (M,) labels.
    """
    result = np.empty(addresses.shape[0], np.int32)
    for row in prange(addresses.shape[0]):
        block = addresses[row] // BLOCK_VOXELS
        local = addresses[row] % BLOCK_VOXELS
        result[row] = _surrounding_label(
            neighbors, label_of_voxel, block, local, reach, min_share, majority_share
        )
    return result


@njit(cache=True, nogil=True)
def _surrounding_label(
    neighbors: NDArray[np.int32],
    label_of_voxel: NDArray[np.int32],
    block: int,
    local: int,
    reach: int,
    min_share: float,
    majority_share: float,
) -> np.int32:
    i, j, k = local >> 6, (local >> 3) & 7, local & 7
    label_here: np.int32 = label_of_voxel[block, local]
    # Majority vote of Boyer and Moore: one pass finds the only label that can have over half.
    candidate = np.int32(0)
    lead, total, same = 0, 0, 0
    for turn in range(2):
        count = 0
        for di in range(-reach, reach + 1):
            for dj in range(-reach, reach + 1):
                for dk in range(-reach, reach + 1):
                    other, at = neighbor_of(neighbors, block, i + di, j + dj, k + dk)
                    if other < 0 or (di == 0 and dj == 0 and dk == 0):
                        continue
                    label = label_of_voxel[other, at]
                    if label == 0:
                        continue
                    if turn == 1:
                        count += label == candidate
                        continue
                    total += 1
                    same += label == label_here
                    if lead == 0:
                        candidate, lead = label, 1
                    else:
                        lead += 1 if label == candidate else -1
        if turn == 0 and (total == 0 or label_here == 0 or same >= min_share * total):
            return label_here
        if turn == 1 and count >= majority_share * total:
            return candidate
    return label_here
