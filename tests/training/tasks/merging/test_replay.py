"""Examples from the pairs before merging, and from those that merging meets."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.fusion.merging.features import NUM_PAIR, PAIR_NAMES, all_pair_features
from scenewright.training.tasks.merging.examples import Example
from scenewright.training.tasks.merging.replay import first_pairs, later_pairs
from tests.fusion.merging.merging_builders import (
    graph_of,
    joined_evidence,
    make_evidence,
    random_voxels,
)
from tests.training.tasks.merging.toy_builders import toy_example

NONE = np.zeros((0, 2), np.int32)


def test_first_pairs_are_those_of_the_graph() -> None:
    example = toy_example(1)
    features, same, weight = first_pairs(example)
    graph, truth = example.graph, example.truth_of
    expected = all_pair_features(
        graph.sums, graph.bounds, graph.pairs, graph.pair_sums, graph.scene, graph.voxel_size
    )
    np.testing.assert_array_equal(features, expected)
    assert same.tolist() == [float(truth[i] == truth[j]) for i, j in graph.pairs]
    assert set(same) == {0.0, 1.0}
    smaller = np.minimum(*example.on_truth.sum(axis=1)[graph.pairs].T)
    np.testing.assert_allclose(weight, np.minimum(smaller / 60, 1) + 0.05)


def test_pairs_without_truth_are_left_out_and_mixed_ones_weigh_less() -> None:
    example = toy_example(1)
    counts = example.on_truth.copy()
    counts[0, 1:] = 0
    half = counts[1].sum() // 2
    counts[1] = [half, *(counts[1, 1:] - half * (counts[1, 1:] > 0))]
    changed = Example(example.graph, counts, example.truth_size)
    features, _, weight = first_pairs(changed)
    kept = (example.graph.pairs != 0).all(axis=1)
    assert len(features) == kept.sum() < len(kept)
    before = first_pairs(example)[2][kept]
    mixed = (example.graph.pairs[kept] == 1).any(axis=1)
    assert (weight[mixed] < before[mixed]).all()
    np.testing.assert_array_equal(weight[~mixed], before[~mixed])


def test_without_joins_there_are_no_later_pairs() -> None:
    features, same, weight = later_pairs(toy_example(1), NONE)
    assert features.shape == (0, NUM_PAIR) and len(same) == len(weight) == 0


def test_later_pairs_are_measured_on_the_union() -> None:
    coords, region = random_voxels(4, num_regions=5)
    evidence = make_evidence(5, seed=4)
    graph = graph_of(coords, region, evidence, seed=4)
    count = np.bincount(region[region >= 0])
    on_truth = np.zeros((5, 3), np.int64)
    on_truth[np.arange(5), [1, 2, 1, 2, 2]] = count
    keep, gone = 2, 1
    again = graph_of(
        coords, np.where(region == gone, keep, region), joined_evidence(evidence, keep, gone),
        seed=4,
    )  # fmt: skip
    expected = all_pair_features(
        again.sums, again.bounds, again.pairs, again.pair_sums, again.scene, again.voxel_size
    )[(again.pairs == keep).any(axis=1)]
    example = Example(graph, on_truth, on_truth.sum(axis=0))
    features, same, weight = later_pairs(example, np.array([[keep, gone]], np.int32))
    order, wanted = (np.lexsort(np.round(one, 4).T) for one in (features, expected))
    np.testing.assert_allclose(features[order], expected[wanted], rtol=1e-4, atol=1e-5)
    union = on_truth[keep] + on_truth[gone]
    others = [i for i in range(5) if i not in (keep, gone)]
    truth = union[1:].argmax() + 1
    assert sorted(same) == sorted(float(on_truth[i].argmax() == truth) for i in others)
    purity = union.max() / union.sum()
    largest = max(purity * min(min(count[i], union.sum()) / 60, 1) for i in others)
    assert weight.max() == pytest.approx(largest + 0.05)


def test_all_joins_in_turn() -> None:
    example = toy_example(2)
    order = np.array([[0, i] for i in range(1, 8)], np.int32)
    features, same, _ = later_pairs(example, order)
    assert np.isfinite(features).all() and len(features) == len(same)
    # One pair with each region that is left: 6 + 5 + ... + 1.
    assert len(features) == 21
    assert (features[:, PAIR_NAMES.index("touch")] > 0).all()
