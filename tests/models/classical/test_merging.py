"""Merging of regions: whole borders, additive sums, rounds."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.models.classical._merging import RegionGraph, merge_regions


def test_merging_measures_whole_borders() -> None:
    regions = np.ones((4, 15))
    pairs = np.array([[0, 1], [0, 2], [1, 2], [2, 3]], np.int32)
    # 0-1 is clearly open; 0-2 leaks; but 2 meets 0 and 1 together along a closed border.
    sums = np.array([[1, 0.1, 0, 0], [1, 0.8, 0, 0], [9, 18, 0, 0], [1, 2, 0, 0]], np.float32)
    graph = RegionGraph.from_pixel_pairs(regions, pairs, sums)
    merged = merge_regions(graph, lambda g: g.borders[:, 1] / g.borders[:, 0])
    assert merged.region_of.tolist() == [0, 0, 1, 2]
    np.testing.assert_array_equal(merged.regions[:, 0], [2, 1, 1])
    np.testing.assert_allclose(merged.borders[0, :2], [10, 18.8], rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_contraction_keeps_all_sums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, 12, (80, 2)), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int32)
    regions = rng.random((12, 15))
    sums = rng.random((len(pairs), 4)).astype(np.float32)
    graph = RegionGraph.from_pixel_pairs(regions, pairs, sums)
    assert len(graph.pairs) == len({tuple(pair) for pair in pairs.tolist()})
    joins = rng.random(len(graph.pairs)) < 0.2
    smaller = graph.contract(joins)
    for number in range(len(smaller.regions)):
        members = smaller.region_of == number
        np.testing.assert_allclose(smaller.regions[number], regions[members].sum(axis=0))
    for (a, b), border in zip(smaller.pairs, smaller.borders, strict=True):
        ends = np.sort(smaller.region_of[graph.pairs], axis=1)
        np.testing.assert_allclose(border, graph.borders[(ends == (a, b)).all(axis=1)].sum(axis=0))
    for a, b in graph.pairs[joins]:
        assert smaller.region_of[a] == smaller.region_of[b]


def test_a_graph_without_borders_stays() -> None:
    empty = RegionGraph.from_pixel_pairs(
        np.ones((2, 15)), np.zeros((0, 2), np.int32), np.zeros((0, 4), np.float32)
    )
    merged = merge_regions(empty, lambda g: np.zeros(len(g.pairs)))
    assert merged.region_of.tolist() == [0, 1]
