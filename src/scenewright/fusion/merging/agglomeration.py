"""Joining regions pair by pair: the most likely pair first, its neighbors judged again after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.fusion.merging.features import NUM_PAIR, pair_features
from scenewright.fusion.merging.graph import RegionGraph
from scenewright.fusion.merging.sums import TOUCH, add_pair, join_sums
from scenewright.models.trees import BoostedTrees, sum_leaves


@dataclass(frozen=True, eq=False)
class Merged:
    """Regions joined to objects.

    Attributes:
        object_of: (R,) int32 object of each region, numbered 0, 1, 2 ...
        certainty: (R,) float64 lowest probability of the joins that made the object of each region,
            1 if it was not joined.
        rival: (R,) float64 highest probability of a join of its object that was not made.
        order: (J, 2) int32 regions whose objects were joined, in order.
    """

    object_of: NDArray[np.int32]
    certainty: NDArray[np.float64]
    rival: NDArray[np.float64]
    order: NDArray[np.int32]


def merge_regions(graph: RegionGraph, trees: BoostedTrees, *, least: float) -> Merged:
    """Joins regions while the most likely pair is one object with at least some probability.

    Agglomeration with a learned, re-evaluated decision follows Nunez-Iglesias et al. (PLoS ONE
    2013). The regions themselves are never changed, so that a later call can decide otherwise.

    Args:
        graph: Regions and pairs.
        trees: Log-odds that a pair is one object, from the features of `pair_features`.
        least: Smallest probability of a join.
    """
    object_of, certainty, rival, order, count = _join(
        graph.sums.copy(), graph.bounds.copy(), graph.pairs.copy(), graph.pair_sums.copy(),
        graph.scene, graph.voxel_size, trees.arrays, float(np.log(least / (1 - least))),
    )  # fmt: skip
    numbers = np.unique(object_of, return_inverse=True)[1].astype(np.int32)
    return Merged(
        numbers,
        1 / (1 + np.exp(-certainty[object_of])),
        1 / (1 + np.exp(-rival[object_of])),
        order[:count],
    )


@njit(cache=True, nogil=True)
def _join(
    sums: Any, bounds: Any, pairs: Any, pair_sums: Any, scene: Any, voxel_size: float,
    trees: Any, least: float,
) -> Any:  # fmt: skip
    count, total = sums.shape[0], pairs.shape[0]
    object_of = np.arange(count).astype(np.int32)
    certainty = np.full(count, np.inf)
    rival = np.full(count, -np.inf)
    odds = np.empty(total)
    row = np.empty(NUM_PAIR, np.float32)
    for e in range(total):
        pair_features(sums, bounds, pairs[e, 0], pairs[e, 1], pair_sums[e], scene, voxel_size, row)
        odds[e] = sum_leaves(row, *trees)
    edge_to = np.full(count, -1, np.int64)
    order = np.empty((max(count, 1), 2), np.int32)
    joins = 0
    while total > 0:
        best = np.argmax(odds)
        if not odds[best] >= least:
            break
        keep, gone = pairs[best, 0], pairs[best, 1]
        if sums[keep, 0] < sums[gone, 0]:
            keep, gone = gone, keep
        order[joins, 0], order[joins, 1] = keep, gone
        joins += 1
        certainty[keep] = min(certainty[keep], certainty[gone], odds[best])
        odds[best] = -np.inf
        join_sums(sums, bounds, keep, gone, pair_sums[best, TOUCH])
        object_of[object_of == gone] = keep
        move_edges(pairs, pair_sums, odds, keep, gone, edge_to)
        for e in range(total):
            if odds[e] > -np.inf and (pairs[e, 0] == keep or pairs[e, 1] == keep):
                pair_features(
                    sums, bounds, pairs[e, 0], pairs[e, 1], pair_sums[e], scene, voxel_size, row
                )
                odds[e] = sum_leaves(row, *trees)
    for e in range(total):
        for side in range(2):
            if odds[e] > rival[pairs[e, side]]:
                rival[pairs[e, side]] = odds[e]
    return object_of, certainty, rival, order, joins


@njit(cache=True, nogil=True)
def move_edges(pairs: Any, pair_sums: Any, odds: Any, keep: int, gone: int, edge_to: Any) -> None:
    """Gives the pairs of `gone` to `keep`; pairs that then exist twice become one."""
    for e in range(pairs.shape[0]):
        if odds[e] == -np.inf:
            continue
        if pairs[e, 0] == keep:
            edge_to[pairs[e, 1]] = e
        elif pairs[e, 1] == keep:
            edge_to[pairs[e, 0]] = e
    for e in range(pairs.shape[0]):
        if odds[e] == -np.inf or (pairs[e, 0] != gone and pairs[e, 1] != gone):
            continue
        is_first = pairs[e, 0] == gone
        other = pairs[e, 1] if is_first else pairs[e, 0]
        same = edge_to[other]
        if same < 0:
            pairs[e, 0 if is_first else 1] = keep
            continue
        add_pair(pair_sums[same], pair_sums[e], is_first != (pairs[same, 0] == keep))
        odds[e] = -np.inf
    edge_to[:] = -1
