"""From the pixels of a depth image to the surface voxels that they hit.

A voxel that at least one pixel hits is visible in that frame: the depth image itself is the depth
test. The voxel of a pixel is computed in float64, because float32 rounds some into a neighbor.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.indices import clamped_index
from scenewright.geometry.voxel_hash import (
    BLOCK_SIDE,
    BLOCK_VOXELS,
    COORDINATE_LIMIT,
    find_block,
    pack_block,
)

NO_VOXEL = -1
_NO_KEY = np.int64(-2)
_FARTHEST = COORDINATE_LIMIT * BLOCK_SIDE
"""Voxel coordinates lie in [-farthest, farthest)."""


@njit(cache=True, nogil=True, parallel=True)
def pixel_voxels(
    depth: NDArray[np.float32],
    K: NDArray[np.float64],
    world_from_cam: NDArray[np.float64],
    voxel_size: float,
    max_depth: float,
    isolation: float,
    table_keys: NDArray[np.int64],
    table_blocks: NDArray[np.int32],
    addresses: NDArray[np.int32],
) -> int:
    """Writes the voxel address that each pixel hits.

    Args:
        depth: (H, W) meters along z, 0 = none.
        K: (3, 3) pixels.
        world_from_cam: (4, 4).
        voxel_size: Meters.
        max_depth: Readings beyond it are ignored, meters.
        isolation: A reading is ignored if fewer than two of its four neighbors lie within this
            share of its depth: such pixels float between a near and a far surface.
        table_keys: Hash table, see `BlockIndex`.
        table_blocks: Hash table, see `BlockIndex`.
        addresses: (H, W) int32; written, `NO_VOXEL` where there is no usable reading or no block.

    Returns:
        The number of usable readings that lie outside all blocks.
    """
    height, width = depth.shape
    misses = 0
    # Scalars, since expressions of arrays double the time to compile.
    xx, xy, xz = _voxel_row(world_from_cam, 0, voxel_size)
    yx, yy, yz = _voxel_row(world_from_cam, 1, voxel_size)
    zx, zy, zz = _voxel_row(world_from_cam, 2, voxel_size)
    ox, oy, oz = (
        world_from_cam[0, 3] / voxel_size,
        world_from_cam[1, 3] / voxel_size,
        world_from_cam[2, 3] / voxel_size,
    )
    inverse_fx, cx = 1.0 / K[0, 0], K[0, 2]
    for v in prange(height):
        last_key = _NO_KEY
        last_block = np.int64(-1)
        y = (v + 0.5 - K[1, 2]) / K[1, 1]
        row_x = xy * y + xz
        row_y = yy * y + yz
        row_z = zy * y + zz
        for u in range(width):
            addresses[v, u] = NO_VOXEL
            reading = depth[v, u]
            if not (reading > 0.0 and reading <= max_depth):
                continue
            if _is_isolated(depth, v, u, np.float32(isolation) * reading):
                continue
            z = np.float64(reading)
            x = (u + 0.5 - cx) * inverse_fx
            i = clamped_index((xx * x + row_x) * z + ox, -_FARTHEST, _FARTHEST - 1)
            j = clamped_index((yx * x + row_y) * z + oy, -_FARTHEST, _FARTHEST - 1)
            k = clamped_index((zx * x + row_z) * z + oz, -_FARTHEST, _FARTHEST - 1)
            key = pack_block(i >> 3, j >> 3, k >> 3)
            if key != last_key:
                last_key = key
                last_block = find_block(table_keys, table_blocks, key)
            if last_block < 0:
                misses += 1
                continue
            local = ((i & 7) << 6) | ((j & 7) << 3) | (k & 7)
            addresses[v, u] = last_block * BLOCK_VOXELS + local
    return misses


@njit(cache=True, nogil=True, inline="always")
def _voxel_row(
    transform: NDArray[np.float64], row: int, voxel_size: float
) -> tuple[float, float, float]:
    """A row of the rotation of a transform, per voxel."""
    return (
        transform[row, 0] / voxel_size,
        transform[row, 1] / voxel_size,
        transform[row, 2] / voxel_size,
    )


@njit(cache=True, nogil=True, inline="always")
def _is_isolated(depth: NDArray[np.float32], v: int, u: int, reach: np.float32) -> bool:
    """Whether fewer than two of the four neighbors lie within `reach` meters of a reading."""
    height, width = depth.shape
    z = depth[v, u]
    close = 0
    if u > 0 and abs(depth[v, u - 1] - z) < reach:
        close += 1
    if u + 1 < width and abs(depth[v, u + 1] - z) < reach:
        close += 1
    if close == 2:
        return False
    if v > 0 and abs(depth[v - 1, u] - z) < reach:
        close += 1
    if v + 1 < height and abs(depth[v + 1, u] - z) < reach:
        close += 1
    return close < 2


@njit(cache=True, nogil=True)
def gather_hits(
    addresses: NDArray[np.int32],
    positions: NDArray[np.int32],
    slot_of_voxel: NDArray[np.int32],
    num_slots: int,
    address_of_slot: NDArray[np.int32],
    row_of_slot: NDArray[np.int32],
    stamp_of_slot: NDArray[np.int32],
    stamp: int,
    hit_slot: NDArray[np.int32],
    hit_count: NDArray[np.int32],
    hit_first: NDArray[np.int32],
    hit_second: NDArray[np.int32],
    count_first: NDArray[np.int32],
    count_second: NDArray[np.int32],
) -> tuple[int, int]:
    """Collects the voxels that one frame hits, each once, with the masks on them.

    A voxel gets a slot in the surface tables when it is first hit.

    Args:
        addresses: (H, W) voxel of each pixel, from `pixel_voxels`.
        positions: (H, W) 1-based mask position of each pixel, 0 = no mask.
        slot_of_voxel: (B * 512,) int32 slot of each voxel, -1 = none; written.
        num_slots: Slots in use.
        address_of_slot: (S,) int32; written for new slots. S leaves room for every pixel.
        row_of_slot: (S,) int32 scratch; written.
        stamp_of_slot: (S,) int32 scratch; written.
        stamp: A number that differs from call to call.
        hit_slot: (H * W,) int32; written: slot of each voxel hit.
        hit_count: (H * W,) int32; written: pixels that hit it.
        hit_first: (H * W,) int32; written: position of a mask on it.
        hit_second: (H * W,) int32; written: position of another mask, if its count is above 0.
        count_first: (H * W,) int32; written: pixels of the first mask.
        count_second: (H * W,) int32; written: pixels of the second mask.

    Returns:
        The number of voxels hit, and the new number of slots in use.
    """
    height, width = addresses.shape
    num_hits = 0
    for v in range(height):
        for u in range(width):
            address = addresses[v, u]
            if address < 0:
                continue
            position = positions[v, u]
            slot = slot_of_voxel[address]
            if slot < 0:
                slot = num_slots
                num_slots += 1
                slot_of_voxel[address] = slot
                address_of_slot[slot] = address
                stamp_of_slot[slot] = -1
            if stamp_of_slot[slot] != stamp:
                stamp_of_slot[slot] = stamp
                row_of_slot[slot] = num_hits
                hit_slot[num_hits] = slot
                hit_count[num_hits] = 1
                hit_first[num_hits] = position
                count_first[num_hits] = 1
                hit_second[num_hits] = 0
                count_second[num_hits] = 0
                num_hits += 1
                continue
            row = row_of_slot[slot]
            hit_count[row] += 1
            if position == hit_first[row]:
                count_first[row] += 1
            elif position == hit_second[row] and count_second[row] > 0:
                count_second[row] += 1
            elif count_second[row] == 0:
                hit_second[row] = position
                count_second[row] = 1
    return num_hits, num_slots


@njit(cache=True, nogil=True)
def keep_majority(
    hit_first: NDArray[np.int32],
    hit_second: NDArray[np.int32],
    count_first: NDArray[np.int32],
    count_second: NDArray[np.int32],
) -> None:
    """Puts the mask with more pixels first, in place."""
    for row in range(hit_first.shape[0]):
        if count_second[row] > count_first[row]:
            hit_first[row], hit_second[row] = hit_second[row], hit_first[row]
            count_first[row], count_second[row] = count_second[row], count_first[row]
