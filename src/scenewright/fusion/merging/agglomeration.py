"""Joining regions pair by pair: the most likely pair first, its neighbors judged again after it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from scenewright.core.errors import ConventionError
from scenewright.fusion.merging.dendrogram import Dendrogram
from scenewright.fusion.merging.features import (
    NUM_PAIR,
    NUM_SHAPE,
    pair_features,
    shape_features,
)
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import COUNT, add_pair, join_sums
from scenewright.models.trees import BoostedTrees, sum_leaves

_HUB = 64
"""Number of pairs from which on a region, such as a floor, is not judged again with all others
after each join ..."""
_STALE = 0.02
"""... but only with those that the join changed, until it has grown by this share."""


def join_regions(graph: RegionGraph, trees: BoostedTrees, *, least: float) -> Dendrogram:
    """Joins regions while the most likely pair is one object with at least some probability.

    Agglomeration with a learned, re-evaluated decision follows Nunez-Iglesias et al. (PLoS ONE
    2013). The regions themselves are never changed, so that a later call can decide otherwise.

    Args:
        graph: Regions and pairs.
        trees: Log-odds that a pair is one object, from the features of `pair_features`.
        least: Smallest probability of a join.

    Raises:
        ConventionError: `least` is no probability between 0 and 1.
    """
    if not 0 < least < 1:
        raise ConventionError("least", expected="a probability between 0 and 1", got=f"{least:g}")
    count = len(graph)
    order, odds, rival, counts, shapes = _join(
        graph.sums.copy(), graph.bounds.copy(), graph.pairs.copy(), graph.pair_sums.copy(),
        graph.scene, graph.voxel_size, trees.arrays, float(np.log(least / (1 - least))),
    )  # fmt: skip
    return Dendrogram(_children(order, count), odds, order, rival, counts, shapes)


@njit(cache=True, nogil=True)
def _children(order: Any, count: int) -> Any:
    """(J, 2) nodes of joins that are given as regions."""
    node_of = np.arange(count).astype(np.int32)
    children = np.empty((order.shape[0], 2), np.int32)
    for join in range(order.shape[0]):
        for side in range(2):
            children[join, side] = node_of[order[join, side]]
        node_of[order[join, 0]] = count + join
    return children


@njit(cache=True, nogil=True)
def _join(
    sums: Any, bounds: Any, pairs: Any, pair_sums: Any, scene: Any, voxel_size: float,
    trees: Any, least: float,
) -> Any:  # fmt: skip
    count, total = sums.shape[0], pairs.shape[0]
    odds = np.empty(total)
    row = np.empty(NUM_PAIR, np.float32)
    for e in range(total):
        pair_features(sums, bounds, pairs[e, 0], pairs[e, 1], pair_sums[e], scene, voxel_size, row)
        odds[e] = sum_leaves(row, *trees)
    counts = np.zeros(2 * count)
    shapes = np.empty((2 * count, NUM_SHAPE), np.float32)
    for i in range(count):
        counts[i] = sums[i, COUNT]
        shape_features(sums[i], bounds[i], scene, voxel_size, shapes[i])
    edge_to = np.full(count, -1, np.int64)
    grown = np.zeros(count)
    order = np.empty((max(count, 1), 2), np.int32)
    made = np.empty(max(count, 1))
    joins = 0
    while total > 0:
        best = np.argmax(odds)
        if not odds[best] >= least:
            break
        keep, gone = pairs[best, 0], pairs[best, 1]
        if sums[keep, COUNT] < sums[gone, COUNT]:
            keep, gone = gone, keep
        order[joins, 0], order[joins, 1] = keep, gone
        made[joins] = odds[best]
        odds[best] = -np.inf
        grown[keep] += sums[gone, COUNT]
        join_sums(sums, bounds, keep, gone, pair_sums[best])
        counts[count + joins] = sums[keep, COUNT]
        shape_features(sums[keep], bounds[keep], scene, voxel_size, shapes[count + joins])
        joins += 1
        degree = move_edges(pairs, pair_sums, odds, keep, gone, edge_to)
        judges_all = degree <= _HUB or grown[keep] >= _STALE * sums[keep, COUNT]
        if judges_all:
            grown[keep] = 0
        for e in range(total):
            is_beside = odds[e] > -np.inf and (pairs[e, 0] == keep or pairs[e, 1] == keep)
            if np.isnan(odds[e]) or (judges_all and is_beside):
                pair_features(
                    sums, bounds, pairs[e, 0], pairs[e, 1], pair_sums[e], scene, voxel_size, row
                )
                odds[e] = sum_leaves(row, *trees)
    rival = np.full(count, -np.inf)
    for e in range(total):
        for side in range(2):
            if odds[e] > rival[pairs[e, side]]:
                rival[pairs[e, side]] = odds[e]
    nodes = count + joins
    return order[:joins], made[:joins], rival, counts[:nodes], shapes[:nodes]


@njit(cache=True, nogil=True)
def move_edges(pairs: Any, pair_sums: Any, odds: Any, keep: int, gone: int, edge_to: Any) -> int:
    """Gives the pairs of `gone` to `keep`; pairs that then exist twice become one.

    Args:
        pairs: (P, 2) regions; changed.
        pair_sums: (P, NUM_PAIR_SUMS); changed.
        odds: (P,) log-odds, -inf = pair is gone; NaN afterwards where a pair has changed.
        keep: The region that stays.
        gone: The region that was joined to it.
        edge_to: (R,) filled with -1, used for work.

    Returns:
        Number of pairs that `keep` had.
    """
    degree = 0
    for e in range(pairs.shape[0]):
        if odds[e] == -np.inf:
            continue
        if pairs[e, 0] == keep:
            edge_to[pairs[e, 1]] = e
            degree += 1
        elif pairs[e, 1] == keep:
            edge_to[pairs[e, 0]] = e
            degree += 1
    for e in range(pairs.shape[0]):
        if odds[e] == -np.inf or (pairs[e, 0] != gone and pairs[e, 1] != gone):
            continue
        is_first = pairs[e, 0] == gone
        other = pairs[e, 1] if is_first else pairs[e, 0]
        same = edge_to[other]
        if same < 0:
            pairs[e, 0 if is_first else 1] = keep
            odds[e] = np.nan
            continue
        add_pair(pair_sums[same], pair_sums[e], is_first != (pairs[same, 0] == keep))
        odds[e] = -np.inf
        odds[same] = np.nan
    edge_to[:] = -1
    return degree
