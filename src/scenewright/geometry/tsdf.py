"""Truncated signed distances over sparse blocks (Curless and Levoy 1996; Niessner et al. 2013).

Every voxel stores the running average of the distance to the surface along the camera's z axis,
clamped to the truncation and divided by it (so it lies in [-1, 1], positive in front of the
surface), the number of readings, and a running average of the color of the readings within the
truncation: the first of those counts in full, later ones with the weight of their distances.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.indices import cell_index, clamped_index
from scenewright.geometry.voxel_hash import (
    BLOCK_SIDE,
    BLOCK_VOXELS,
    COORDINATE_LIMIT,
    Integer,
    find_block,
    pack_block,
)

MAX_WEIGHT = 255
"""Number of readings after which the average becomes a moving one, so that it can still change."""
MAX_COUNT = 65535
"""Largest stored number of readings."""
COLOR_SCALE = 256
"""Colors are averaged in fixed point with 8 fractional bits."""


@njit(cache=True, nogil=True)
def touched_blocks(
    depth: NDArray[np.float32],
    K: NDArray[np.float64],
    world_from_cam: NDArray[np.float64],
    voxel_size: float,
    truncation: float,
    max_depth: float,
    stride: int,
    table_keys: NDArray[np.int64],
    table_blocks: NDArray[np.int32],
    stamps: NDArray[np.int32],
    stamp: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Finds the blocks that lie within the truncation of the surface in a depth image.

    Args:
        depth: (H, W) meters along z, 0 = none.
        K: (3, 3) pixels.
        world_from_cam: (4, 4).
        voxel_size: Meters.
        truncation: Meters.
        max_depth: Readings beyond it are ignored, meters.
        stride: Every `stride`-th row and column is used.
        table_keys: Hash table, see `BlockIndex`.
        table_blocks: Hash table, see `BlockIndex`.
        stamps: (B,) per block, the last `stamp` at which it was touched; written.
        stamp: A number that differs from call to call.

    Returns:
        The indices of known blocks, and the (M, 3) coordinates of new ones, each once.
    """
    height, width = depth.shape
    side = voxel_size * BLOCK_SIDE
    known = np.empty(stamps.shape[0], np.int32)
    num_known = 0
    fresh = np.empty((1024, 3), np.int32)
    seen = np.full(4096, np.int64(-1))
    num_fresh = 0
    last_key = np.int64(-1)
    for v in range(stride // 2, height, stride):
        for u in range(stride // 2, width, stride):
            z = np.float64(depth[v, u])
            if not (z > 0.0 and z <= max_depth):
                continue
            x = (u + 0.5 - K[0, 2]) / K[0, 0]
            y = (v + 0.5 - K[1, 2]) / K[1, 1]
            for step in range(-2, 3):
                r = z + 0.5 * step * truncation
                if r <= 0.0:
                    continue
                bx = _block_coordinate(world_from_cam, 0, x * r, y * r, r, side)
                by = _block_coordinate(world_from_cam, 1, x * r, y * r, r, side)
                bz = _block_coordinate(world_from_cam, 2, x * r, y * r, r, side)
                key = pack_block(bx, by, bz)
                if key == last_key:
                    continue
                last_key = key
                block = find_block(table_keys, table_blocks, key)
                if block >= 0:
                    if stamps[block] != stamp:
                        stamps[block] = stamp
                        known[num_known] = block
                        num_known += 1
                    continue
                if not _add_key(seen, key):
                    continue
                fresh[num_fresh, 0] = bx
                fresh[num_fresh, 1] = by
                fresh[num_fresh, 2] = bz
                num_fresh += 1
                if num_fresh == fresh.shape[0]:
                    fresh = _grown_rows(fresh)
                if 2 * num_fresh > seen.shape[0]:
                    seen = _grown_keys(seen)
    return known[:num_known], fresh[:num_fresh]


@njit(cache=True, nogil=True, inline="always")
def _block_coordinate(
    transform: NDArray[np.float64], row: int, x: float, y: float, z: float, side: float
) -> np.int64:
    value = (
        transform[row, 0] * x + transform[row, 1] * y + transform[row, 2] * z + transform[row, 3]
    )
    index: np.int64 = clamped_index(value / side, -COORDINATE_LIMIT, COORDINATE_LIMIT - 1)
    return index


@njit(cache=True, nogil=True)
def _add_key(keys: NDArray[np.int64], key: Integer) -> bool:
    """Adds a key to an open-addressing set; False if it was present."""
    slots = keys.shape[0]
    slot = int((key ^ (key >> 21) * 31 ^ (key >> 42) * 131) & (slots - 1))
    while keys[slot] != -1:
        if keys[slot] == key:
            return False
        slot = (slot + 1) & (slots - 1)
    keys[slot] = key
    return True


@njit(cache=True, nogil=True)
def _grown_rows(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    larger = np.empty((2 * rows.shape[0], 3), np.int32)
    for row in range(rows.shape[0]):
        for axis in range(3):
            larger[row, axis] = rows[row, axis]
    return larger


@njit(cache=True, nogil=True)
def _grown_keys(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    larger = np.full(keys.shape[0] * 4, np.int64(-1))
    for key in keys:
        if key != -1:
            _add_key(larger, key)
    return larger


@njit(cache=True, nogil=True, parallel=True, fastmath=False)
def integrate(
    depth: NDArray[np.float32],
    image: NDArray[np.uint8],
    K: NDArray[np.float64],
    cam_from_world: NDArray[np.float64],
    voxel_size: float,
    truncation: float,
    max_depth: float,
    blocks: NDArray[np.int32],
    coords: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    color: NDArray[np.uint16],
) -> None:
    """Averages a depth and a color image into the voxels of the given blocks.

    Args:
        depth: (H, W) float32 meters along z, 0 = none.
        image: (H, W, 3) uint8 RGB.
        K: (3, 3) pixels, pixel centers at half integers.
        cam_from_world: (4, 4).
        voxel_size: Meters.
        truncation: Meters.
        max_depth: Readings beyond it are ignored, meters.
        blocks: (M,) block indices.
        coords: (B, 3) block coordinates.
        tsdf: (B, 512) float32; written.
        weight: (B, 512) uint16 number of readings; written.
        color: (B, 512, 3) uint16 fixed-point RGB; written.
    """
    height, width = depth.shape
    fx, fy = np.float32(K[0, 0]), np.float32(K[1, 1])
    cx, cy = np.float32(K[0, 2]), np.float32(K[1, 2])
    size = np.float32(voxel_size)
    band = np.float32(truncation)
    far = np.float32(max_depth)
    limit = np.float32(MAX_WEIGHT)
    step_x = np.float32(cam_from_world[0, 2] * voxel_size)
    step_y = np.float32(cam_from_world[1, 2] * voxel_size)
    step_z = np.float32(cam_from_world[2, 2] * voxel_size)
    for row in prange(blocks.shape[0]):
        block = blocks[row]
        for local in range(0, BLOCK_VOXELS, BLOCK_SIDE):
            wx = (coords[block, 0] * BLOCK_SIDE + (local >> 6) + 0.5) * size
            wy = (coords[block, 1] * BLOCK_SIDE + ((local >> 3) & 7) + 0.5) * size
            wz = (coords[block, 2] * BLOCK_SIDE + 0.5) * size
            x = _camera_coordinate(cam_from_world, 0, wx, wy, wz)
            y = _camera_coordinate(cam_from_world, 1, wx, wy, wz)
            z = _camera_coordinate(cam_from_world, 2, wx, wy, wz)
            for k in range(BLOCK_SIDE):
                px = x + k * step_x
                py = y + k * step_y
                pz = z + k * step_z
                if pz <= np.float32(0.01):
                    continue
                inverse = np.float32(1.0) / pz
                uf = fx * px * inverse + cx
                vf = fy * py * inverse + cy
                u, v = cell_index(uf, width), cell_index(vf, height)
                if u < 0 or v < 0:
                    continue
                reading = depth[v, u]
                if not (reading > np.float32(0.0) and reading <= far):
                    continue
                distance = reading - pz
                if distance < -band:
                    continue
                value = min(np.float32(1.0), distance / band)
                index = local + k
                count = weight[block, index]
                share = np.float32(1.0) / (min(np.float32(count), limit) + np.float32(1.0))
                tsdf[block, index] += (value - tsdf[block, index]) * share
                if value < np.float32(1.0):
                    for channel in range(3):
                        old = np.float32(color[block, index, channel])
                        new = np.float32(image[v, u, channel]) * np.float32(COLOR_SCALE)
                        if old == np.float32(0.0):
                            old = new  # no reading near the surface yet
                        color[block, index, channel] = np.uint16(
                            old + (new - old) * share + np.float32(0.5)
                        )
                if count < MAX_COUNT:
                    weight[block, index] = count + 1


@njit(cache=True, nogil=True, inline="always")
def _camera_coordinate(
    transform: NDArray[np.float64], row: int, x: float, y: float, z: float
) -> np.float32:
    return np.float32(
        transform[row, 0] * x + transform[row, 1] * y + transform[row, 2] * z + transform[row, 3]
    )
