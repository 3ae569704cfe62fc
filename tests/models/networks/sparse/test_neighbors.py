from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.models.networks.sparse.neighbors import PairList, neighbor_table
from tests.models.networks.sparse.sparse_builders import random_coords

STEPS = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3, indexing="ij"), -1).reshape(27, 3)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_table_is_that_of_a_dictionary(seed: int, is_sorted: bool) -> None:
    coords = random_coords((60, 0, 150), resolution=6, seed=seed).numpy()
    if is_sorted:
        coords = coords[np.lexsort(coords.T[::-1])]
    rows = {tuple(voxel): row for row, voxel in enumerate(coords.tolist())}
    expected = [
        [rows.get((b, x + dx, y + dy, z + dz), -1) for dx, dy, dz in STEPS.tolist()]
        for b, x, y, z in coords.tolist()
    ]
    np.testing.assert_array_equal(neighbor_table(coords), expected)


def test_repeated_voxels_are_refused() -> None:
    coords = np.array([[0, 1, 2, 3], [0, 0, 0, 0], [0, 1, 2, 3]], np.int32)
    message = "coords: expected each voxel once, got 1 repeated, such as [0, 1, 2, 3]"
    with pytest.raises(ConventionError, match=re.escape(message)):
        neighbor_table(coords)


@pytest.mark.parametrize("chunk_rows", [1, 7, 64, 1000])
def test_pairs_hold_the_table(chunk_rows: int) -> None:
    table = neighbor_table(random_coords((70, 130), resolution=6).numpy())
    pairs = PairList.from_table(table, chunk_rows=chunk_rows)
    sources, targets = pairs.sources.numpy(), pairs.targets.numpy()
    bags, starts = pairs.bags.numpy(), pairs.starts.numpy()
    found = np.full_like(table, -1)
    for chunk in pairs.chunks:
        first = chunk.pairs[0]
        for offset in range(27):
            numbers = slice(first + chunk.firsts[offset], first + chunk.firsts[offset + 1])
            found[targets[numbers], offset] = sources[numbers]
        ends = [*starts[slice(*chunk.rows)].tolist(), chunk.firsts[-1]]
        for row, (begin, end) in enumerate(pairwise(ends), chunk.rows[0]):
            assert set(targets[first + bags[first + begin : first + end]]) == {row}
    np.testing.assert_array_equal(found, table)
    assert len(sources) == (table >= 0).sum()


def test_no_voxels() -> None:
    table = neighbor_table(np.zeros((0, 4), np.int32))
    pairs = PairList.from_table(table, chunk_rows=8)
    assert table.shape == (0, 27) and pairs.chunks == () and len(pairs.sources) == 0
