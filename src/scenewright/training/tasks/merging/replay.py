"""The pairs that merging meets on its way, as further examples for the trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.fusion.merging.agglomeration import move_edges
from scenewright.fusion.merging.features import NUM_PAIR, all_pair_features, pair_features
from scenewright.fusion.merging.sums import join_sums
from scenewright.training.tasks.merging.examples import Example

_FULL_WEIGHT = 60.0
"""Number of voxels of the smaller region from which on a pair has full weight."""
_LEAST_WEIGHT = 0.05

Rows = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]
"""Features, whether each is true, and weights."""


def first_pairs(example: Example) -> Rows:
    """All pairs before merging, on which the truth is known."""
    graph = example.graph
    features = all_pair_features(
        graph.sums, graph.bounds, graph.pairs, graph.pair_sums, graph.scene, graph.voxel_size
    )
    truth, total = example.truth_of, example.on_truth.sum(axis=1)
    purity = example.on_truth[:, 1:].max(axis=1, initial=0) / np.maximum(total, 1)
    first, second = graph.pairs[:, 0], graph.pairs[:, 1]
    known = (truth[first] >= 0) & (truth[second] >= 0)
    weight = np.minimum(purity[first], purity[second]) * np.minimum(
        np.minimum(total[first], total[second]) / _FULL_WEIGHT, 1
    )
    same = truth[first] == truth[second]
    return features[known], same[known].astype(np.float64), weight[known] + _LEAST_WEIGHT


def later_pairs(example: Example, order: NDArray[np.int32]) -> Rows:
    """The pairs that are judged again after each join.

    Args:
        example: The regions.
        order: (J, 2) joins, see `Dendrogram.order`.
    """
    graph = example.graph
    sums, bounds = graph.sums.copy(), graph.bounds.copy()
    pairs, pair_sums = graph.pairs.copy(), graph.pair_sums.copy()
    counts, total = example.on_truth[:, 1:].copy(), example.on_truth.sum(axis=1)
    odds = np.zeros(len(pairs))
    edge_to = np.full(len(sums), -1, np.int64)
    row = np.empty(NUM_PAIR, np.float32)
    rows: list[NDArray[np.float32]] = []
    same: list[float] = []
    weights: list[float] = []
    for keep, gone in order:
        joined = np.flatnonzero(
            np.isfinite(odds) & (np.sort(pairs, axis=1) == sorted((keep, gone))).all(axis=1)
        )
        odds[joined] = -np.inf
        join_sums(sums, bounds, keep, gone, pair_sums[joined].sum(axis=0))
        counts[keep] += counts[gone]
        total[keep] += total[gone]
        move_edges(pairs, pair_sums, odds, keep, gone, edge_to)
        odds[np.isnan(odds)] = 0
        for edge in np.flatnonzero(np.isfinite(odds) & (pairs == keep).any(axis=1)):
            i, j = pairs[edge]
            if not counts[i].any() or not counts[j].any():
                continue
            pair_features(sums, bounds, i, j, pair_sums[edge], graph.scene, graph.voxel_size, row)
            rows.append(row.copy())
            same.append(float(counts[i].argmax() == counts[j].argmax()))
            purity = min(counts[i].max() / total[i], counts[j].max() / total[j])
            size = min(min(total[i], total[j]) / _FULL_WEIGHT, 1.0)
            weights.append(purity * size + _LEAST_WEIGHT)
    return (
        np.array(rows, np.float32).reshape(-1, NUM_PAIR),
        np.array(same, np.float64),
        np.array(weights, np.float64),
    )
