"""The compiled search for neighbors, called directly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.models.networks.sparse._neighbor_kernels import (
    count_pairs,
    fill_pairs,
    find_neighbors,
    pack_keys,
)
from scenewright.models.networks.sparse.neighbors import BATCH_LIMIT


def search(coords: NDArray[np.int32]) -> NDArray[np.int32]:
    """The table of voxels that are sorted already."""
    keys = np.empty(len(coords), np.int64)
    assert pack_keys(coords, keys)
    table = np.empty((len(coords), 27), np.int32)
    find_neighbors(keys, np.arange(len(coords), dtype=np.int32), table)
    return table


def test_borders_of_the_key_range_do_not_meet() -> None:
    last = (1 << 16) - 3
    voxels = [
        [0, 0, 0, last],
        [0, 0, 1, 0],
        [0, 0, last, 5],
        [0, 1, 0, 5],
        [0, last, last, last],
        [1, 0, 0, 0],
    ]
    coords = np.array(voxels, np.int32)
    table = search(coords)
    assert (np.delete(table, 13, axis=1) == -1).all()
    np.testing.assert_array_equal(table[:, 13], np.arange(6))


@pytest.mark.parametrize(
    ("rows", "is_increasing"),
    [
        ([[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]], True),
        ([[0, 0, 0, 1], [0, 0, 0, 0]], False),
        ([[0, 0, 0, 1], [0, 0, 0, 1]], False),
        ([[BATCH_LIMIT - 2, 65533, 65533, 65533], [BATCH_LIMIT - 1, 0, 0, 0]], True),
    ],
)
def test_keys_grow_with_object_x_y_and_z(rows: list[list[int]], is_increasing: bool) -> None:
    keys = np.empty(len(rows), np.int64)
    assert pack_keys(np.array(rows, np.int32), keys) == is_increasing
    assert (keys >= 0).all()


def test_pairs_of_two_chunks() -> None:
    table = np.full((3, 27), -1, np.int32)
    table[:, 13] = [0, 1, 2]
    table[0, 14], table[1, 12] = 1, 0
    counts, starts = np.zeros((2, 27), np.int64), np.empty(3, np.int32)
    count_pairs(table, 2, counts, starts)
    assert counts[0, 12:15].tolist() == [1, 2, 1] and counts.sum() == 5
    assert counts[1, 13] == 1 and starts.tolist() == [0, 2, 0]
    ends = counts.ravel().cumsum().reshape(2, 27)
    firsts = np.concatenate([ends - counts, ends[:, -1:]], 1)
    sources, targets, bags = (np.empty(5, np.int32) for _ in range(3))
    fill_pairs(table, 2, firsts, sources, targets, bags)
    assert sources.tolist() == [0, 0, 1, 1, 2]
    assert targets.tolist() == [1, 0, 1, 0, 2]
    assert bags.tolist() == [1, 3, 0, 2, 0]
