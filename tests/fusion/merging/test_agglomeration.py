"""Joining of regions against a slow reference that measures every union again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.fusion.merging.agglomeration import join_regions, move_edges
from scenewright.fusion.merging.dendrogram import Dendrogram
from scenewright.fusion.merging.features import (
    NUM_PAIR,
    PAIR_NAMES,
    SHAPE_NAMES,
    all_pair_features,
    pair_features,
)
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import (
    CONTACTS,
    COUNT,
    INNER,
    INNER_COLOR,
    INNER_NORMAL,
    NUM_BOUNDS,
    NUM_PAIR_SUMS,
    NUM_SUMS,
    ODD,
    STEP_COLOR,
    STEP_NORMAL,
    TOUCH,
)
from scenewright.models.trees import BoostedTrees
from tests.fusion.merging.merging_builders import (
    VOXEL,
    evaluate,
    no_graph,
    oriented,
    random_graph,
    random_trees,
    stump,
)

TOGETHER = PAIR_NAMES.index("together")


class Reference(NamedTuple):
    """Joins, their odds, best odds left per object, and the regions of each node."""

    order: list[tuple[int, int]]
    made: list[float]
    rival: dict[int, float]
    groups: list[list[int]]


def groups_of(tree: Dendrogram) -> list[list[int]]:
    """The regions of each node."""
    groups = [[i] for i in range(tree.num_regions)]
    for first, second in tree.children:
        groups.append(groups[first] + groups[second])
    return groups


def num_objects(tree: Dendrogram) -> int:
    """Number of trees."""
    return tree.num_regions - len(tree.children)


def reference(graph: RegionGraph, trees: BoostedTrees, least: float) -> Reference:
    """Groups of regions; all sums are added from those of the single regions every time."""
    members = {i: [i] for i in range(len(graph))}
    row_of = {(int(i), int(j)): e for e, (i, j) in enumerate(graph.pairs)}
    order: list[tuple[int, int]] = []
    made: list[float] = []
    groups: list[list[int]] = [[i] for i in members]
    while True:
        sums, bounds = unions(graph, members)
        odds = {}
        for i, j in sorted(row_of, key=lambda pair: row_of[pair]):
            row = np.empty(NUM_PAIR, np.float32)
            link = link_between(graph, members[i], members[j])
            pair_features(sums, bounds, i, j, link, graph.scene, graph.voxel_size, row)
            odds[i, j] = evaluate(trees, row)
        best = max(odds, key=lambda pair: odds[pair], default=None)
        if best is None or odds[best] < np.log(least / (1 - least)):
            break
        keep, gone = best if sums[best[0], COUNT] >= sums[best[1], COUNT] else best[::-1]
        order.append((keep, gone))
        made.append(odds[best])
        members[keep] += members.pop(gone)
        groups.append(list(members[keep]))
        row_of = dict(moved_rows(row_of, keep, gone))
    rival = {i: max((odds[p] for p in odds if i in p), default=-np.inf) for i in members}
    return Reference(order, made, rival, groups)


def unions(
    graph: RegionGraph, members: dict[int, list[int]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sums, bounds = np.zeros((len(graph), NUM_SUMS)), np.zeros((len(graph), NUM_BOUNDS))
    for i, group in members.items():
        inside = np.isin(graph.pairs, group).all(axis=1)
        sums[i] = graph.sums[group].sum(axis=0)
        links = graph.pair_sums[inside].sum(axis=0)
        sums[i, CONTACTS] -= 2 * links[TOUCH]
        sums[i, INNER] += links[TOUCH]
        sums[i, INNER_COLOR : INNER_NORMAL + 1] += links[STEP_COLOR : STEP_NORMAL + 1]
        bounds[i, :3] = graph.bounds[group, :3].min(axis=0)
        bounds[i, 3:] = graph.bounds[group, 3:].max(axis=0)
    return sums, bounds


def link_between(graph: RegionGraph, one: list[int], other: list[int]) -> NDArray[np.float64]:
    result = np.zeros(NUM_PAIR_SUMS)
    for (i, j), link in zip(graph.pairs, graph.pair_sums, strict=True):
        if (i in one and j in other) or (i in other and j in one):
            result += oriented(link, flips=i in other)
    return result


def moved_rows(
    row_of: dict[tuple[int, int], int], keep: int, gone: int
) -> Iterator[tuple[tuple[int, int], int]]:
    """The pairs after a join; of two that become one, the row of `keep` stays."""
    taken = {other for pair in row_of if keep in pair for other in pair} | {gone}
    for (i, j), e in row_of.items():
        if {i, j} == {keep, gone}:
            continue
        if gone not in (i, j):
            yield (i, j), e
        elif (j if i == gone else i) not in taken:
            yield (keep if i == gone else i, keep if j == gone else j), e


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([0.3, 0.5, 0.7]))
def test_against_the_slow_reference(seed: int, least: float) -> None:
    graph = random_graph(seed, num_regions=8)
    features = all_pair_features(
        graph.sums, graph.bounds, graph.pairs, graph.pair_sums, graph.scene, VOXEL
    )
    trees = random_trees(features, seed)
    found, expected = join_regions(graph, trees, least=least), reference(graph, trees, least)
    assert found.order.tolist() == [list(pair) for pair in expected.order]
    assert [sorted(g) for g in groups_of(found)] == [sorted(g) for g in expected.groups]
    np.testing.assert_allclose(found.odds, expected.made, rtol=1e-5)
    for region, odds in expected.rival.items():
        np.testing.assert_allclose(found.rival[region], odds, rtol=1e-5)
    counts = [graph.sums[group, COUNT].sum() for group in expected.groups]
    np.testing.assert_allclose(found.counts, counts)
    areas = found.shapes[:, SHAPE_NAMES.index("area")]
    np.testing.assert_allclose(areas, np.log(np.array(counts) * VOXEL**2), rtol=1e-5)


def chain(counts: list[float], together: list[float]) -> RegionGraph:
    """Regions in a row, neighbors with some evidence for one object."""
    num = len(counts)
    sums, bounds = np.zeros((num, NUM_SUMS)), np.zeros((num, NUM_BOUNDS))
    sums[:, COUNT] = counts
    pairs = np.stack([np.arange(num - 1), np.arange(1, num)], axis=1).astype(np.int32)
    pair_sums = np.zeros((num - 1, NUM_PAIR_SUMS))
    pair_sums[:, 15] = together
    return RegionGraph(sums, bounds, pairs, pair_sums, np.zeros(4), VOXEL)


def test_a_chain_by_hand() -> None:
    graph = chain([10, 40, 20, 30], [5, 1, 5])
    before = graph.sums.copy(), graph.pairs.copy(), graph.pair_sums.copy()
    found = join_regions(graph, stump(TOGETHER, 2.0, -1.0, 2.0), least=0.5)
    assert found.order.tolist() == [[1, 0], [3, 2]]  # the larger one stays
    assert found.children.tolist() == [[1, 0], [3, 2]]
    assert found.parents.tolist() == [4, 4, 5, 5, -1, -1]
    assert found.odds.tolist() == [2, 2]
    assert found.rival[[1, 3]].tolist() == [-1, -1]
    assert found.counts.tolist() == [10, 40, 20, 30, 50, 50]
    for was, now in zip(before, (graph.sums, graph.pairs, graph.pair_sums), strict=True):
        np.testing.assert_array_equal(was, now)


@pytest.mark.parametrize(("least", "count"), [(0.1, 1), (0.5, 2), (0.9, 4)])
def test_the_limit_decides(least: float, count: int) -> None:
    graph = chain([10, 40, 20, 30], [5, 1, 5])
    found = join_regions(graph, stump(TOGETHER, 2.0, -1.0, 2.0), least=least)
    assert num_objects(found) == count


@pytest.mark.parametrize("least", [0.0, 1.0, -0.5, float("nan")])
def test_a_limit_that_is_no_probability_is_refused(least: float) -> None:
    with pytest.raises(ConventionError) as caught:
        join_regions(no_graph(), stump(0, 0.0, 0.0, 0.0), least=least)
    assert str(caught.value) == f"least: expected a probability between 0 and 1, got {least:g}"


def test_no_regions_and_no_pairs() -> None:
    trees = stump(TOGETHER, 2.0, 1.0, 2.0)
    none = join_regions(no_graph(), trees, least=0.5)
    assert len(none.counts) == len(none.children) == len(none.order) == 0
    alone = join_regions(chain([10], []), trees, least=0.5)
    assert alone.counts.tolist() == [10]
    assert alone.rival.tolist() == [-np.inf] and not len(alone.odds)


def test_three_thousand_regions() -> None:
    rng = np.random.default_rng(0)
    graph = chain(rng.integers(1, 500, 3000).tolist(), [9.0] * 2999)
    ends = np.stack([np.zeros(2998, np.int32), np.arange(2, 3000)], axis=1).astype(np.int32)
    pairs = np.concatenate([graph.pairs, ends])  # and a floor that touches everything
    links = np.zeros((len(pairs), NUM_PAIR_SUMS))
    links[:, 15] = rng.integers(0, 9, len(pairs))
    wide = RegionGraph(graph.sums, graph.bounds, pairs, links, graph.scene, VOXEL)
    found = join_regions(wide, stump(TOGETHER, 3.0, -1.0, 2.0), least=0.5)
    assert 1 <= num_objects(found) < 3000
    assert found.counts[found.parents < 0].sum() == graph.sums[:, COUNT].sum()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_moving_edges_keeps_the_total(seed: int) -> None:
    graph = random_graph(seed)
    pairs, links, odds = graph.pairs.copy(), graph.pair_sums.copy(), np.zeros(len(graph.pairs))
    odds[0] = -np.inf
    keep, gone = pairs[0]
    rest = links[1:].sum(axis=0)
    scratch = np.full(len(graph), -1, np.int64)
    move_edges(pairs, links, odds, keep, gone, scratch)
    live = ~np.isneginf(odds)
    every = np.delete(np.arange(NUM_PAIR_SUMS), ODD)
    np.testing.assert_allclose(links[live].sum(axis=0)[every], rest[every])
    assert not (pairs[live] == gone).any() and (pairs[live, 0] != pairs[live, 1]).all()
    assert len(np.unique(np.sort(pairs[live], axis=1), axis=0)) == live.sum()
    assert (scratch == -1).all()
