"""Fitting of the trees with LightGBM, and trees of LightGBM as arrays."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import MissingExtraError
from scenewright.fusion.merging.objects import choose_objects
from scenewright.training.tasks.merging.config import MergingTrainingConfig
from scenewright.training.tasks.merging.fitting import FittedTrees, fit_trees, measure, tree_arrays
from tests.fusion.merging.merging_builders import stump
from tests.training.tasks.merging.toy_builders import NUM_REGIONS, toy_example

SHORT = MergingTrainingConfig(
    pair_trees=40, whole_trees=10, leaves=4, rounds=1, num_threads=1, learning_rate=0.2
)


def booster_of(features: NDArray[np.float32], target: NDArray[np.float64], **settings: Any) -> Any:
    lightgbm = pytest.importorskip("lightgbm")
    parameters = {
        "objective": "binary", "verbose": -1, "use_missing": False, "num_threads": 1,
        "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0, **settings,
    }  # fmt: skip
    return lightgbm.train(parameters, lightgbm.Dataset(features, target), 30)


def with_neighbors(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values with the float32 just below and just above each."""
    below, above = (np.nextafter(values, np.float32(end)) for end in (-np.inf, np.inf))
    return np.unique(np.concatenate([values, below, above]).astype(np.float32))


def test_arrays_decide_like_lightgbm() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((400, 3)).astype(np.float32)
    target = (features[:, 0] * features[:, 1] + 0.3 * features[:, 2] > 0).astype(np.float64)
    booster = booster_of(features, target)
    trees = tree_arrays(booster.dump_model()).checked("pair", num_features=3)
    rows = rng.standard_normal((2000, 3)).astype(np.float32)
    for column in range(3):  # values at limits, and right beside them
        limits = trees.limit[trees.feature == column]
        limits = limits[np.abs(limits) > 1e-30]  # LightGBM takes smaller numbers for 0
        assert len(limits) > 20
        rows[:, column][:1500] = rng.choice([*with_neighbors(limits), 0.0], 1500)
    np.testing.assert_allclose(trees(rows), booster.predict(rows, raw_score=True), rtol=1e-5)


def test_limits_between_neighboring_numbers() -> None:
    # 0.1 and the next float32: a limit in float64 lies between them.
    low = np.float32(0.1)
    high = np.nextafter(low, np.float32(1))
    features = np.tile(np.array([[low], [high]], np.float32), (50, 1))
    target = np.tile([0.0, 1.0], 50)
    booster = booster_of(features, target, min_data_in_bin=1)
    trees = tree_arrays(booster.dump_model())
    rows = with_neighbors(features[:, 0])[:, None]
    np.testing.assert_allclose(trees(rows), booster.predict(rows, raw_score=True), rtol=1e-5)


@pytest.mark.parametrize(
    ("threshold", "value", "goes_left"),
    [(0.1, 0.1, False), (0.3, 0.3, False), (0.7, 0.7, True), (0.5, 0.5, True)],
)
def test_limits_are_never_rounded_up(threshold: float, value: float, goes_left: bool) -> None:
    # float32(0.1) and float32(0.3) are above the float64 of that name, float32(0.7) is below it.
    tree = {
        "tree_structure": {
            "split_feature": 0, "threshold": threshold,
            "left_child": {"leaf_value": -1.0}, "right_child": {"leaf_value": 1.0},
        }
    }  # fmt: skip
    trees = tree_arrays({"tree_info": [tree]})
    assert trees.limit[0] <= threshold
    found = trees(np.array([[value]], np.float32))[0]
    assert found == (-1.0 if goes_left else 1.0)
    assert (np.float64(np.float32(value)) <= threshold) == goes_left


def test_a_tree_without_decisions() -> None:
    trees = tree_arrays({"tree_info": [{"tree_structure": {"leaf_value": 0.25}}] * 2})
    assert trees(np.zeros((2, 5), np.float32)).tolist() == [0.5, 0.5]
    trees.checked("pair", num_features=5)


@pytest.fixture(scope="module")
def fitted() -> FittedTrees:
    pytest.importorskip("lightgbm")
    return fit_trees([toy_example(seed) for seed in range(30)], SHORT)


def test_a_toy_problem_is_learned(fitted: FittedTrees) -> None:
    for seed in range(100, 105):
        example = toy_example(seed)
        found = choose_objects(example.graph, fitted.pair, fitted.whole, least=0.05, cost=0.5)[0]
        same = found[:, None] == found[None]
        truth = example.truth_of
        np.testing.assert_array_equal(same, truth[:, None] == truth[None])


def test_the_same_examples_give_the_same_trees(fitted: FittedTrees) -> None:
    again = fit_trees([toy_example(seed) for seed in range(30)], SHORT)
    for one, other in ((fitted.pair, again.pair), (fitted.whole, again.whole)):
        for before, after in zip(one.arrays, other.arrays, strict=True):
            np.testing.assert_array_equal(before, after)


def test_what_is_measured(fitted: FittedTrees) -> None:
    examples = [toy_example(seed) for seed in range(100, 104)]
    found = measure(examples, fitted)
    assert list(found) == ["before", "after", "own scores", "perfect"]
    assert found["perfect"].ap == found["after"].ap == 1
    assert found["before"].ap50 < 0.5
    none = FittedTrees(stump(0, 0.0, -9.0, -9.0), fitted.whole)
    apart = measure(examples, none)
    assert apart["after"].ap == apart["before"].ap == found["before"].ap
    assert len(examples[0].graph) == NUM_REGIONS


def test_without_lightgbm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingExtraError, match=r"\.\[train\]"):
        fit_trees([toy_example(0)], SHORT)
