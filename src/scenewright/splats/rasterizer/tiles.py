"""Which surfels each tile of an image shows, nearest first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
TILE = 16
"""Edge of a tile, pixels."""


@njit(cache=True, nogil=True, error_model="numpy")
def _count_slots(boxes: NDArray[np.int32]) -> NDArray[np.int64]:
    """(N + 1,) cumulative number of tiles that the surfels touch."""
    n = boxes.shape[0]
    first = np.empty(n + 1, np.int64)
    total = 0
    for i in range(n):
        first[i] = total
        if boxes[i, 1] > boxes[i, 0]:
            across = (boxes[i, 1] - 1) // TILE - boxes[i, 0] // TILE + 1
            down = (boxes[i, 3] - 1) // TILE - boxes[i, 2] // TILE + 1
            total += across * down
    first[n] = total
    return first


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _tile_boxes(boxes: NDArray[np.int32], order: NDArray[np.int64]) -> NDArray[np.int32]:
    """(V, 4) tiles that surfels touch, in a given order: first and last plus one along each
    axis."""
    result = np.empty((order.shape[0], 4), np.int32)
    for k in prange(order.shape[0]):
        box = boxes[order[k]]
        result[k, 0], result[k, 1] = box[0] // TILE, (box[1] - 1) // TILE + 1
        result[k, 2], result[k, 3] = box[2] // TILE, (box[3] - 1) // TILE + 1
    return result


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _fill_lists(
    boxes: NDArray[np.int32],
    order: NDArray[np.int64],
    first_slot: NDArray[np.int64],
    tiles: tuple[int, int],
    num_bands: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Starts of the lists (tiles + 1,), surfels in the lists (P,), and their slots (P,).

    `boxes` are from `_tile_boxes`; each thread fills the lists of a band of rows of tiles.
    """
    across, down = tiles
    counts = np.zeros(across * down + 1, np.int64)
    for band in prange(num_bands):
        low, high = band * down // num_bands, (band + 1) * down // num_bands
        for k in range(boxes.shape[0]):
            for ty in range(max(boxes[k, 2], low), min(boxes[k, 3], high)):
                for tx in range(boxes[k, 0], boxes[k, 1]):
                    counts[ty * across + tx + 1] += 1
    starts = np.cumsum(counts)
    fill = starts[:-1].copy()
    surfels = np.empty(first_slot[-1], np.int32)
    slots = np.empty(first_slot[-1], np.int64)
    for band in prange(num_bands):
        low, high = band * down // num_bands, (band + 1) * down // num_bands
        for k in range(boxes.shape[0]):
            top, bottom = max(boxes[k, 2], low), min(boxes[k, 3], high)
            if top >= bottom:
                continue
            x0, x1, i = boxes[k, 0], boxes[k, 1], order[k]
            for ty in range(top, bottom):
                for tx in range(x0, x1):
                    entry = fill[ty * across + tx]
                    fill[ty * across + tx] = entry + 1
                    surfels[entry] = i
                    slots[entry] = first_slot[i] + (ty - boxes[k, 2]) * (x1 - x0) + tx - x0
    return starts, surfels, slots


@njit(cache=True, nogil=True, error_model="numpy")
def _radix_sorted(keys: NDArray[np.uint32], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """`values` in ascending order of `keys`; equal keys keep their order."""
    n = keys.shape[0]
    keys, values = keys.copy(), values.copy()
    other_keys, other_values = np.empty_like(keys), np.empty_like(values)
    for shift in (0, 11, 22):
        counts = np.zeros(2049, np.int64)
        for i in range(n):
            counts[((keys[i] >> np.uint32(shift)) & np.uint32(2047)) + 1] += 1
        for b in range(2048):
            counts[b + 1] += counts[b]
        for i in range(n):
            b = (keys[i] >> np.uint32(shift)) & np.uint32(2047)
            entry = counts[b]
            counts[b] = entry + 1
            other_keys[entry] = keys[i]
            other_values[entry] = values[i]
        keys, other_keys = other_keys, keys
        values, other_values = other_values, values
    return values


def depth_order(depths: Floats, drawn: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Indices of the surfels that are drawn, nearest center first, ties by index."""
    chosen = np.flatnonzero(drawn)
    if depths.dtype == np.float32:
        # The bit patterns of positive floats sort like their values.
        return _radix_sorted(np.ascontiguousarray(depths[chosen]).view(np.uint32), chosen)
    return chosen[np.argsort(depths[chosen], kind="stable")]


class TileLists:
    """Lists of surfels per tile, nearest first.

    Attributes:
        across, down: Number of tiles along the two axes.
        starts: (tiles + 1,) int64 first entry of the list of each tile.
        surfels: (P,) int32 surfels of all lists.
        slots: (P,) int64 number of each pair of surfel and tile; those of a surfel are contiguous.
        first_slot: (N + 1,) int64 first slot of each surfel.
        schedule: (tiles,) int64 order of the tiles in which equal shares are equal work.
    """

    def __init__(self, boxes: NDArray[np.int32], depths: Floats, *, size: tuple[int, int]) -> None:
        self.across, self.down = -(-size[0] // TILE), -(-size[1] // TILE)
        self.first_slot = _count_slots(boxes)
        order = depth_order(depths, boxes[:, 1] > boxes[:, 0])
        threads = get_num_threads()
        self.starts, self.surfels, self.slots = _fill_lists(
            _tile_boxes(boxes, order),
            order,
            self.first_slot,
            (self.across, self.down),
            min(threads, self.down),
        )
        ranked = np.argsort(-np.diff(self.starts), kind="stable")
        self.schedule = np.concatenate([ranked[k::threads] for k in range(threads)])
