"""Fits the trees of learned merging with LightGBM, and measures them on examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core.optional import require
from scenewright.fusion import VoteConfig
from scenewright.fusion.merging.agglomeration import join_regions
from scenewright.fusion.merging.objects import LEAST_VOXELS, choose_objects, object_features
from scenewright.metrics import (
    PROTOCOL_M,
    InstanceAP,
    InstancePrediction,
    InstanceTruth,
    measure_ap,
)
from scenewright.models.trees import LEAF, BoostedTrees
from scenewright.training.tasks.merging.config import MergingTrainingConfig
from scenewright.training.tasks.merging.examples import Example
from scenewright.training.tasks.merging.replay import Rows, first_pairs, later_pairs

_MET_WEIGHT = 0.5
"""Weight of the pairs that merging met, relative to those before merging."""
_LEASTS = (0.5, 0.2)
"""Limits up to which pairs that merging meets are added, in turn."""
_LEAST_OF_NODES = 0.05
"""Limit of the joins whose unions the trees that judge objects are fitted to."""
_IOU_OF_WHOLE = 0.5
_COMMON: dict[str, Any] = {
    "objective": "binary", "feature_fraction": 0.5, "bagging_fraction": 0.7, "bagging_freq": 1,
    "lambda_l2": 5.0, "verbose": -1, "use_missing": False, "deterministic": True,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class FittedTrees:
    """The two decisions of learned merging.

    Attributes:
        pair: Log-odds that a pair of regions is one object.
        whole: Log-odds that an object is whole and real.
    """

    pair: BoostedTrees
    whole: BoostedTrees


def fit_trees(examples: Sequence[Example], config: MergingTrainingConfig) -> FittedTrees:
    """Fits both decisions.

    The pairs that merging meets depend on the trees, so they are collected with the trees so far
    and added, as in Nunez-Iglesias et al. (PLoS ONE 2013) and Ross et al. (AISTATS 2011).

    Raises:
        MissingExtraError: LightGBM is not installed.
    """
    rows = [first_pairs(one) for one in examples]
    settings = {"num_leaves": config.leaves, "min_data_in_leaf": 40}
    trees = _fit(rows, config.pair_trees, config, settings)
    for turn in range(config.rounds):
        least = _LEASTS[turn % len(_LEASTS)]
        for one in examples:
            order = join_regions(one.graph, trees, least=least).order
            features, same, weight = later_pairs(one, order)
            rows.append((features, same, _MET_WEIGHT * weight))
        trees = _fit(rows, config.pair_trees, config, settings)
    whole = _fit(
        [_objects(one, trees) for one in examples],
        config.whole_trees, config, {"num_leaves": config.leaves // 2, "min_data_in_leaf": 60},
    )  # fmt: skip
    return FittedTrees(trees, whole)


def _objects(example: Example, trees: BoostedTrees) -> Rows:
    """All unions on the way of merging, with whether each is a whole object."""
    tree = join_regions(example.graph, trees, least=_LEAST_OF_NODES)
    counts = tree.sum_of_regions(example.on_truth)
    total = counts.sum(axis=1)
    union = total[:, None] + example.truth_size[None] - counts
    best = (counts / np.maximum(union, 1))[:, 1:].max(axis=1, initial=0)
    kept = total >= LEAST_VOXELS
    features = object_features(example.graph, tree)[kept]
    return features, (best[kept] >= _IOU_OF_WHOLE).astype(np.float64), np.ones(int(kept.sum()))


def _fit(
    rows: Sequence[Rows], num_trees: int, config: MergingTrainingConfig, settings: dict[str, Any]
) -> BoostedTrees:
    lightgbm: Any = require("lightgbm", extra="train")
    features, same, weight = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    data = lightgbm.Dataset(features, same, weight=weight)
    parameters = {
        **_COMMON, **settings, "learning_rate": config.learning_rate, "seed": config.seed,
        "num_threads": config.num_threads,
    }  # fmt: skip
    return tree_arrays(lightgbm.train(parameters, data, num_trees).dump_model())


def tree_arrays(model: dict[str, Any]) -> BoostedTrees:
    """The trees of a LightGBM model as arrays.

    Args:
        model: Output of ``Booster.dump_model``.
    """
    nodes: list[tuple[int, float, int, int, float]] = []

    def add(node: dict[str, Any]) -> int:
        number = len(nodes)
        if "split_feature" not in node:
            nodes.append((LEAF, 0.0, 0, 0, float(node["leaf_value"])))
            return number
        nodes.append((LEAF, 0.0, 0, 0, 0.0))
        left, right = add(node["left_child"]), add(node["right_child"])
        nodes[number] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return number

    roots = [add(tree["tree_structure"]) for tree in model["tree_info"]]
    feature, limit, left, right, value = (np.array(column) for column in zip(*nodes, strict=True))
    # Features are float32: they are at most a limit if they are at most the next float32 below it.
    below = limit.astype(np.float32)
    below = np.where(below > limit, np.nextafter(below, np.float32(-np.inf)), below)
    return BoostedTrees(
        feature.astype(np.int16), below, left.astype(np.int32),
        right.astype(np.int32), value.astype(np.float32), np.array(roots, np.int32),
    )  # fmt: skip


def measure(
    examples: Sequence[Example],
    trees: FittedTrees,
    *,
    least: float = VoteConfig.merging_least,
    cost: float = VoteConfig.merging_cost,
) -> dict[str, InstanceAP]:
    """AP before merging, after it with equal and with learned scores, and if it were perfect."""
    scenes: dict[str, list[tuple[InstanceTruth, InstancePrediction]]] = {}
    for one in examples:
        chosen, score = choose_objects(one.graph, trees.pair, trees.whole, least=least, cost=cost)
        truth, region = _voxels(one)
        perfect = np.where(one.truth_of >= 0, one.truth_of, -1)
        alone = one.on_truth.shape[1] + np.arange(len(perfect))
        for name, object_of, scores in (
            ("before", np.arange(len(one.graph)), None),
            ("after", chosen, None),
            ("own scores", chosen, score),
            ("perfect", np.where(perfect >= 0, perfect, alone), None),
        ):
            scenes.setdefault(name, []).append((truth, _predicted(object_of, region, scores)))
    return {name: measure_ap(pairs, PROTOCOL_M) for name, pairs in scenes.items()}


def _voxels(example: Example) -> tuple[InstanceTruth, NDArray[np.int64]]:
    """Voxels one by one again: true object and region, -1 = none, of each."""
    counts = example.on_truth
    missed = np.maximum(example.truth_size - counts.sum(axis=0), 0)
    table = np.concatenate([counts, missed[None]])
    region, truth = np.divmod(np.repeat(np.arange(table.size), table.ravel()), table.shape[1])
    ids = truth.astype(np.int32)
    return (
        InstanceTruth(ids, (ids > 0).astype(np.int32)),
        np.where(region < len(counts), region, -1),
    )


def _predicted(
    object_of: NDArray[np.integer], region: NDArray[np.int64], scores: NDArray[np.float64] | None
) -> InstancePrediction:
    labels = np.where(region >= 0, object_of[region] + 1, 0).astype(np.int32)
    present = np.unique(labels[labels > 0])
    given = np.ones(len(present)) if scores is None else scores[present - 1]
    return InstancePrediction.from_labels(labels, instance_ids=present, scores=given)
