"""Kernels of the weight store on a few pixels, against values worked out by hand."""

from __future__ import annotations

import numpy as np

from scenewright.splats.rasterizer.weight_kernels import (
    blend_values,
    draw_labels,
    gather_rows,
    pack_pixels,
    sum_by_group,
)

# Pixel 0 shows surfels 2 and 0, pixel 1 none, pixel 2 surfel 1, pixel 3 surfels 0, 1 and 2.
POINTERS = np.array([0, 2, 2, 3, 6], np.int32)
IDS = np.array([2, 0, 1, 0, 1, 2], np.int32)
WEIGHTS = np.array([0.5, 0.25, 0.75, 0.5, 0.25, 0.125], np.float32)


def test_small_weights_are_dropped_and_rows_are_strided() -> None:
    ids = np.arange(24, dtype=np.int32).reshape(3, 4, 2)
    weights = np.full(ids.shape, 0.5, np.float32)
    weights[1, 1, 1], ids[1, 3, 0] = 0.001, -1
    pointers, flat, values = pack_pixels(ids, weights, 2, np.float32(0.004))
    assert pointers.tolist() == [0, 1, 2]
    assert flat.tolist() == [ids[1, 1, 0], ids[1, 3, 1]]
    assert values.tolist() == [0.5, 0.5]


def test_rows_are_padded() -> None:
    ids, weights = gather_rows(POINTERS, IDS, WEIGHTS.astype(np.float16), np.array([3, 1, 0]))
    assert ids.tolist() == [[0, 1, 2], [-1, -1, -1], [2, 0, -1]]
    assert weights.tolist() == [[0.5, 0.25, 0.125], [0, 0, 0], [0.5, 0.25, 0]]
    nothing = np.zeros(0, np.int32), np.zeros(0, np.float16)
    ids, weights = gather_rows(np.zeros(3, np.int32), *nothing, np.array([1, 0]))
    assert ids.shape == weights.shape == (2, 0)


def test_values_are_blended_and_labels_compete_by_weight() -> None:
    values = np.array([[1.0, 0], [2, 0], [0, 4]], np.float32)
    blended = blend_values(POINTERS, IDS, WEIGHTS, values)
    assert blended.tolist() == [[0.25, 2], [0, 0], [1.5, 0], [1, 0.5]]
    assert draw_labels(POINTERS, IDS, WEIGHTS, np.array([7, 5, 5], np.int32)).tolist() == [
        5,
        0,
        5,
        7,
    ]


def test_sums_of_groups_are_sorted_by_surfel() -> None:
    order, starts = np.array([3, 0, 2], np.int64), np.array([0, 2, 2, 3], np.int64)
    pointers, ids, sums, largest = sum_by_group(POINTERS, IDS, WEIGHTS, order, starts, 3)
    assert pointers.tolist() == [0, 3, 3, 4]
    assert ids.tolist() == [0, 1, 2, 1]
    assert sums.tolist() == [0.75, 0.25, 0.625, 0.75]
    assert largest.tolist() == [0.5, 0.25, 0.5, 0.75]
