"""The block index against a dictionary."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.geometry.voxel_hash import COORDINATE_LIMIT, BlockIndex, pack_block

Coords = tuple[int, int, int]

near = st.integers(-6, 6)
anywhere = st.integers(-COORDINATE_LIMIT, COORDINATE_LIMIT - 1)
coords = st.tuples(near, near, near) | st.tuples(anywhere, anywhere, anywhere)
batches = st.lists(st.lists(coords, max_size=40), max_size=5)


@given(coords, coords)
@settings(deadline=None)
def test_keys_are_never_negative_and_differ_where_coordinates_do(a: Coords, b: Coords) -> None:
    key, other = int(pack_block(*a)), int(pack_block(*b))
    assert key >= 0 and other >= 0
    assert (key == other) == (a == b)


@given(batches, st.lists(coords, max_size=20))
@settings(deadline=None, max_examples=60)
def test_index_agrees_with_a_dictionary_while_it_grows(
    parts: list[list[Coords]], queries: list[Coords]
) -> None:
    index, model = BlockIndex(slots=16), dict[Coords, int]()
    for part in parts:
        fresh = [c for c in dict.fromkeys(part) if c not in model]
        model |= {c: len(model) + i for i, c in enumerate(fresh)}
        index.add(np.array(fresh, np.int32).reshape(-1, 3))
        known = np.array(list(model), np.int32).reshape(-1, 3)
        assert len(index) == len(model)
        assert np.array_equal(index.coords, known)
        assert np.array_equal(index.find(known), np.arange(len(model)))
    found = index.find(np.array(queries, np.int64).reshape(-1, 3))
    assert found.tolist() == [model.get(c, -1) for c in queries]


@given(st.lists(st.tuples(near, near, near), max_size=60, unique=True))
@settings(deadline=None, max_examples=40)
def test_neighbors_agree_with_a_dictionary(blocks: list[Coords]) -> None:
    index = BlockIndex(slots=16)
    index.add(np.array(blocks, np.int32).reshape(-1, 3))
    model = {c: number for number, c in enumerate(blocks)}
    expected = [
        [model.get((x + dx, y + dy, z + dz), -1) for dx, dy, dz in product((-1, 0, 1), repeat=3)]
        for x, y, z in blocks
    ]
    table = index.neighbors()
    assert table.shape == (len(blocks), 27) and table.dtype == np.int32
    assert table.tolist() == expected


def test_thousands_of_blocks_keep_their_numbers() -> None:
    rng = np.random.default_rng(0)
    blocks = np.unique(rng.integers(-3000, 3000, (20_000, 3)), axis=0).astype(np.int32)
    rng.shuffle(blocks)
    index = BlockIndex(slots=16)
    for part in np.array_split(blocks, 7):
        index.add(part)
    assert np.array_equal(index.find(blocks), np.arange(len(blocks)))
    assert 2 * len(index) <= len(index.table_keys)
