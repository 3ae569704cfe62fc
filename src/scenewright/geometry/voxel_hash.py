"""Sparse voxels: a hash table from block coordinates to block indices.

Space is divided into blocks of 8 x 8 x 8 voxels. The three integer coordinates of a block are
packed into one 64-bit key; an open-addressing table maps the key to the index of the block. Voxel
`(i, j, k)` of a block has the local index ``i * 64 + j * 8 + k`` and the global address
``block * 512 + local``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.indices import clamped_index

BLOCK_SIDE = 8
BLOCK_VOXELS = BLOCK_SIDE**3
COORDINATE_LIMIT = 1 << 20
"""Block coordinates lie in [-limit, limit): 21 bits each."""

Integer = int | np.integer[Any]
"""Integers that kernels accept: Python's in tests, numpy's in kernels."""

_EMPTY = np.int64(-1)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def pack_block(x: Integer, y: Integer, z: Integer) -> np.int64:
    """Packs block coordinates into a non-negative key."""
    limit = np.int64(COORDINATE_LIMIT)
    return (
        ((np.int64(x) + limit) << np.int64(42))
        | ((np.int64(y) + limit) << np.int64(21))
        | (np.int64(z) + limit)
    )


@njit(cache=True, nogil=True, inline="always")
def _first_slot(key: Integer, slots: int) -> np.int64:
    mixed = np.uint64(key) * _MIX
    return np.int64((mixed ^ (mixed >> _FOLD)) & np.uint64(slots - 1))


@njit(cache=True, nogil=True)
def find_block(
    table_keys: NDArray[np.int64], table_blocks: NDArray[np.int32], key: Integer
) -> np.int64:
    """The index of the block with a key, or -1."""
    slots = table_keys.shape[0]
    slot = _first_slot(key, slots)
    while True:
        found = table_keys[slot]
        if found == key:
            return np.int64(table_blocks[slot])
        if found == _EMPTY:
            return np.int64(-1)
        slot = (slot + 1) & (slots - 1)


@njit(cache=True, nogil=True)
def insert_block(
    table_keys: NDArray[np.int64], table_blocks: NDArray[np.int32], key: Integer, block: int
) -> None:
    """Inserts a key that is not in the table; the table must have a free slot."""
    slots = table_keys.shape[0]
    slot = _first_slot(key, slots)
    while table_keys[slot] != _EMPTY:
        slot = (slot + 1) & (slots - 1)
    table_keys[slot] = key
    table_blocks[slot] = block


class BlockIndex:
    """The hash table and the coordinates of its blocks. Grows on demand, never renumbers blocks.

    Attributes:
        table_keys: (S,) int64, S a power of two, -1 = free slot.
        table_blocks: (S,) int32 block indices.
        coords: (B, 3) int32 coordinates of each block.
    """

    def __init__(self, *, slots: int = 1 << 14) -> None:
        self.table_keys = np.full(slots, _EMPTY, np.int64)
        self.table_blocks = np.full(slots, -1, np.int32)
        self.coords = np.zeros((0, 3), np.int32)

    def __len__(self) -> int:
        return len(self.coords)

    def add(self, coords: NDArray[np.int32]) -> None:
        """Appends blocks that are not in the table, given their (M, 3) unique coordinates."""
        before = len(self.coords)
        self.coords = np.concatenate([self.coords, coords])
        if 2 * len(self.coords) > len(self.table_keys):
            slots = len(self.table_keys)
            while slots < 4 * len(self.coords):
                slots *= 2
            self.table_keys = np.full(slots, _EMPTY, np.int64)
            self.table_blocks = np.full(slots, -1, np.int32)
            before = 0
        _insert_from(self.table_keys, self.table_blocks, self.coords, before)

    def find(self, coords: NDArray[np.integer]) -> NDArray[np.int64]:
        """(M,) block indices of (M, 3) coordinates, -1 where there is no block."""
        return _find_many(self.table_keys, self.table_blocks, np.asarray(coords, np.int64))

    def neighbors(self) -> NDArray[np.int32]:
        """(B, 27) indices of the blocks around each block, -1 = none.

        Column ``(dx + 1) * 9 + (dy + 1) * 3 + dz + 1`` is the neighbor at (dx, dy, dz).
        """
        steps = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), axis=-1)
        wanted = self.coords[:, None, :].astype(np.int64) + steps.reshape(1, 27, 3)
        return self.find(wanted.reshape(-1, 3)).reshape(-1, 27).astype(np.int32)


@njit(cache=True, nogil=True)
def _insert_from(
    table_keys: NDArray[np.int64],
    table_blocks: NDArray[np.int32],
    coords: NDArray[np.int32],
    first: int,
) -> None:
    for block in range(first, coords.shape[0]):
        key = pack_block(coords[block, 0], coords[block, 1], coords[block, 2])
        insert_block(table_keys, table_blocks, key, block)


@njit(cache=True, nogil=True)
def _find_many(
    table_keys: NDArray[np.int64], table_blocks: NDArray[np.int32], coords: NDArray[np.int64]
) -> NDArray[np.int64]:
    found = np.empty(coords.shape[0], np.int64)
    for row in range(coords.shape[0]):
        key = pack_block(coords[row, 0], coords[row, 1], coords[row, 2])
        found[row] = find_block(table_keys, table_blocks, key)
    return found


@njit(cache=True, nogil=True)
def voxels_within(
    points: NDArray[np.float64],
    radius: float,
    voxel_size: float,
    table_keys: NDArray[np.int64],
    table_blocks: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The voxels whose lower corner lies within a radius of points.

    Args:
        points: (N, 3) meters.
        radius: Meters.
        voxel_size: Meters.
        table_keys: Hash table, see `BlockIndex`.
        table_blocks: Hash table, see `BlockIndex`.

    Returns:
        Addresses of the voxels in known blocks, with repeats, and (N,) whether a point has any.
    """
    found = np.zeros(points.shape[0], np.bool_)
    addresses = np.empty(64 + 16 * points.shape[0], np.int64)
    count = 0
    for row in range(points.shape[0]):
        x0, x1 = _span(points[row, 0], radius, voxel_size)
        y0, y1 = _span(points[row, 1], radius, voxel_size)
        z0, z1 = _span(points[row, 2], radius, voxel_size)
        for i in range(x0, x1):
            for j in range(y0, y1):
                for k in range(z0, z1):
                    dx = i * voxel_size - points[row, 0]
                    dy = j * voxel_size - points[row, 1]
                    dz = k * voxel_size - points[row, 2]
                    if dx * dx + dy * dy + dz * dz > radius * radius:
                        continue
                    block = find_block(table_keys, table_blocks, pack_block(i >> 3, j >> 3, k >> 3))
                    if block < 0:
                        continue
                    if count == addresses.shape[0]:
                        addresses = np.concatenate((addresses, np.empty_like(addresses)))
                    local = ((i & 7) << 6) | ((j & 7) << 3) | (k & 7)
                    addresses[count] = block * BLOCK_VOXELS + local
                    count += 1
                    found[row] = True
    return addresses[:count], found


@njit(cache=True, nogil=True)
def _span(center: float, radius: float, voxel_size: float) -> tuple[np.int64, np.int64]:
    """The voxels [first, last) along an axis whose lower corners are within a radius."""
    limit = COORDINATE_LIMIT * BLOCK_SIDE
    first = clamped_index(np.ceil((center - radius) / voxel_size), -limit, limit)
    return first, clamped_index((center + radius) / voxel_size, -limit - 1, limit - 1) + 1
