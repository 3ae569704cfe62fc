"""Trees of joins, and the best cut against trying all cuts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.fusion.merging.dendrogram import JOIN_NAMES, SURE, Dendrogram


def tree_of(seed: int, *, num_regions: int = 5, num_joins: int = 3) -> Dendrogram:
    """A random tree: joins of random roots."""
    rng = np.random.default_rng(seed)
    node_of = {i: i for i in range(num_regions)}
    counts = rng.integers(1, 100, num_regions).astype(float).tolist()
    children, order = [], []
    for join in range(min(num_joins, num_regions - 1)):
        first, second = rng.choice(sorted(node_of), 2, replace=False).tolist()
        if counts[node_of[first]] < counts[node_of[second]]:
            first, second = second, first
        order.append((first, second))
        children.append((node_of[first], node_of.pop(second)))
        counts.append(counts[children[-1][0]] + counts[children[-1][1]])
        node_of[first] = num_regions + join
    shape = (-1, 2)
    return Dendrogram(
        np.array(children, np.int32).reshape(shape),
        rng.normal(0, 3, len(children)),
        np.array(order, np.int32).reshape(shape),
        rng.normal(-3, 1, num_regions),
        np.array(counts),
        np.zeros((len(counts), 1), np.float32),
    )


def leaves(tree: Dendrogram, node: int) -> set[int]:
    if node < tree.num_regions:
        return {node}
    first, second = tree.children[node - tree.num_regions]
    return leaves(tree, int(first)) | leaves(tree, int(second))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(0, 5))
def test_the_best_cut_against_all_cuts(seed: int, num_regions: int, num_joins: int) -> None:
    tree = tree_of(seed, num_regions=num_regions, num_joins=num_joins)
    worth = np.random.default_rng(seed).normal(0, 1, len(tree.counts))
    object_of, nodes = tree.best_cut(worth)
    parts = [leaves(tree, int(node)) for node in nodes]
    assert sorted(itertools.chain(*parts)) == list(range(num_regions))
    for number, part in enumerate(parts):
        assert part == set(np.flatnonzero(object_of == number).tolist())
    every = range(len(tree.counts))
    possible = [
        sum(worth[node] for node in chosen)
        for size in range(1, num_regions + 1)
        for chosen in itertools.combinations(every, size)
        if sorted(itertools.chain(*(leaves(tree, node) for node in chosen)))
        == list(range(num_regions))
    ]
    assert worth[nodes].sum() == pytest.approx(max(possible))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_features_of_joins_by_recursion(seed: int) -> None:
    tree = tree_of(seed, num_regions=7, num_joins=5)
    made = np.concatenate([np.full(7, SURE), tree.odds])
    rows = tree.join_features()
    assert rows.shape == (len(tree.counts), len(JOIN_NAMES))

    def weakest(node: int) -> float:
        if node < 7:
            return SURE
        return min(float(made[node]), *(weakest(int(child)) for child in tree.children[node - 7]))

    region_of = [*range(7), *tree.order[:, 0].tolist()]
    for node, row in enumerate(rows):
        parent = tree.parents[node]
        after = made[parent] if parent >= 0 else tree.rival[region_of[node]]
        share = 1.0
        if node >= 7:
            share = tree.counts[tree.children[node - 7]].max() / tree.counts[node]
        expected = [made[node], weakest(node), after, np.log(len(leaves(tree, node))), share]
        np.testing.assert_allclose(row, np.clip(expected, -SURE, SURE))


def test_sums_of_regions() -> None:
    tree = tree_of(3)
    values = np.arange(10).reshape(5, 2)
    found = tree.sum_of_regions(values)
    for node in range(len(tree.counts)):
        assert found[node].tolist() == values[sorted(leaves(tree, node))].sum(axis=0).tolist()
    np.testing.assert_array_equal(tree.sum_of_regions(tree.counts[:5]), tree.counts)


def test_equal_worth_stays_joined() -> None:
    tree = tree_of(1, num_regions=2, num_joins=1)
    assert tree.best_cut(np.array([1.0, 1.0, 2.0]))[0].tolist() == [0, 0]
    assert tree.best_cut(np.array([1.0, 1.1, 2.0]))[0].tolist() == [0, 1]
