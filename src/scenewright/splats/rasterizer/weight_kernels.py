"""Kernels of the weight store: sparse weights of pixels, packed row after row.

Entries ``pointers[p]`` to ``pointers[p + 1]`` of `ids` and `weights` belong to pixel p.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


@njit(cache=True, nogil=True, parallel=True)
def pack_pixels(
    ids: NDArray[np.int32], weights: NDArray[np.float32], stride: int, least: np.float32
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Pointers, ids and weights of every `stride`-th row and column.

    Args:
        ids: (H, W, T) surfels, -1 = none.
        weights: (H, W, T).
        stride: Rows and columns are kept from ``stride // 2`` on.
        least: Smaller weights are dropped.
    """
    height, width, top = ids.shape
    start = stride // 2
    num_rows = (height - start + stride - 1) // stride
    num_columns = (width - start + stride - 1) // stride
    pointers = np.zeros(num_rows * num_columns + 1, np.int32)
    for row in prange(num_rows):
        for column in range(num_columns):
            count = 0
            for k in range(top):
                i, j = start + row * stride, start + column * stride
                if ids[i, j, k] >= 0 and weights[i, j, k] >= least:
                    count += 1
            pointers[row * num_columns + column + 1] = count
    for pixel in range(num_rows * num_columns):
        pointers[pixel + 1] += pointers[pixel]
    flat_ids = np.empty(pointers[-1], np.int32)
    flat_weights = np.empty(pointers[-1], np.float32)
    for row in prange(num_rows):
        for column in range(num_columns):
            at = pointers[row * num_columns + column]
            for k in range(top):
                i, j = start + row * stride, start + column * stride
                if ids[i, j, k] >= 0 and weights[i, j, k] >= least:
                    flat_ids[at] = ids[i, j, k]
                    flat_weights[at] = weights[i, j, k]
                    at += 1
    return pointers, flat_ids, flat_weights


def gather_rows(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float16],
    positions: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(Q, T) ids, padded with -1, and weights, padded with 0, of the pixels at (Q,) positions."""
    first = pointers[positions].astype(np.int64)
    counts = pointers[positions + 1] - first
    top = int(counts.max(initial=0))
    columns = np.arange(top)
    is_there = columns[None, :] < counts[:, None]
    at = np.where(is_there, first[:, None] + columns[None, :], 0)
    if not len(ids):
        none = np.zeros((len(positions), 0))
        return none.astype(np.int32), none.astype(np.float32)
    return (
        np.where(is_there, ids[at], -1).astype(np.int32),
        np.where(is_there, weights[at], 0).astype(np.float32),
    )


@njit(cache=True, nogil=True, parallel=True)
def blend_values(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    values: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(P, D) sums of weight times value, for (N, D) values of the surfels."""
    num_channels = values.shape[1]
    result = np.zeros((pointers.shape[0] - 1, num_channels), np.float32)
    for pixel in prange(pointers.shape[0] - 1):
        for entry in range(pointers[pixel], pointers[pixel + 1]):
            for channel in range(num_channels):
                result[pixel, channel] += weights[entry] * values[ids[entry], channel]
    return result


@njit(cache=True, nogil=True, parallel=True)
def draw_labels(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    labels: NDArray[np.int32],
) -> NDArray[np.int32]:
    """(P,) label with the largest sum of weights, for (N,) labels of the surfels; 0 if none."""
    result = np.zeros(pointers.shape[0] - 1, np.int32)
    for pixel in prange(pointers.shape[0] - 1):
        best = np.float32(0.0)
        for entry in range(pointers[pixel], pointers[pixel + 1]):
            label = labels[ids[entry]]
            total = np.float32(0.0)
            for other in range(pointers[pixel], pointers[pixel + 1]):
                if labels[ids[other]] == label:
                    total += weights[other]
            if total > best:
                best = total
                result[pixel] = label
    return result


@njit(cache=True, nogil=True)
def sum_by_group(
    pointers: NDArray[np.int32],
    ids: NDArray[np.int32],
    weights: NDArray[np.float32],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    num_surfels: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Sums of the weights of each surfel over groups of pixels, as rows of a sparse matrix.

    Args:
        pointers, ids, weights: Of all pixels.
        order: (Q,) pixels, group after group.
        starts: (G + 1,) first position of each group in `order`.
        num_surfels: N.

    Returns:
        (G + 1,) pointers, (E,) ascending surfels of each group, (E,) sums of their weights, and
        (E,) their largest weight.
    """
    num_groups = starts.shape[0] - 1
    sums = np.zeros(num_surfels, np.float32)
    largest = np.zeros(num_surfels, np.float32)
    touched = np.empty(num_surfels, np.int32)
    capacity = np.int64(0)
    for position in range(order.shape[0]):
        capacity += pointers[order[position] + 1] - pointers[order[position]]
    ends = np.zeros(num_groups + 1, np.int32)
    out_ids = np.empty(capacity, np.int32)
    out_sums = np.empty(capacity, np.float32)
    out_largest = np.empty(capacity, np.float32)
    at = 0
    for group in range(num_groups):
        count = 0
        for position in range(starts[group], starts[group + 1]):
            pixel = order[position]
            for entry in range(pointers[pixel], pointers[pixel + 1]):
                surfel = ids[entry]
                if sums[surfel] == np.float32(0.0):
                    touched[count] = surfel
                    count += 1
                sums[surfel] += weights[entry]
                largest[surfel] = max(largest[surfel], weights[entry])
        ascending = np.sort(touched[:count])
        for k in range(count):
            surfel = ascending[k]
            out_ids[at] = surfel
            out_sums[at] = sums[surfel]
            out_largest[at] = largest[surfel]
            sums[surfel] = np.float32(0.0)
            largest[surfel] = np.float32(0.0)
            at += 1
        ends[group + 1] = at
    return ends, out_ids[:at].copy(), out_sums[:at].copy(), out_largest[:at].copy()
