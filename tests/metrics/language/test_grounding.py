"""Grounding: accuracies, F1 with one assignment, identifiers, unique and multiple objects."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenewright.core import ShapeError
from scenewright.metrics import (
    GroundedBox,
    GroundedSet,
    measure_grounding,
    measure_sets,
    read_identifiers,
    unique_objects,
)
from scenewright.metrics.language.grounding import nyu40_class, scanrefer_class

A = [0.0, 0, 0, 1, 1, 1]
NEAR_A = [0.2, 0.0, 0, 1, 1, 1]  # IoU 0.8 / 1.2
PART_OF_A = [0.5, 0.0, 0, 1, 1, 1]  # IoU 0.5 / 1.5
B = [5.0, 0, 0, 1, 1, 1]


def test_accuracy() -> None:
    scores = measure_grounding(
        [
            GroundedBox(NEAR_A, A, unique=True),
            GroundedBox(PART_OF_A, A, unique=False),
            GroundedBox(None, A, unique=False),
            GroundedBox(B, A),
        ]
    )
    assert scores.all.at == {0.25: 0.5, 0.5: 0.25}
    assert scores.unique.at == {0.25: 1.0, 0.5: 1.0} and scores.unique.num_items == 1
    assert scores.multiple.at == {0.25: 0.5, 0.5: 0.0}
    assert scores.ious == pytest.approx([0.8 / 1.2, 0.5 / 1.5, 0, 0], abs=1e-7)
    assert math.isnan(measure_grounding([GroundedBox(A, A)]).unique.at[0.25])


def f1(predicted: list[list[float]], truth: list[list[float]]) -> list[float]:
    values: list[float] = measure_sets([GroundedSet(predicted, truth)]).f1[0].tolist()
    return values


def test_f1() -> None:
    assert f1([], []) == [1, 1]
    assert f1([A], []) == [0, 0]
    assert f1([], [A]) == [0, 0]
    assert f1([A, B], [A]) == pytest.approx([2 / 3, 2 / 3])
    assert f1([A, A], [A]) == pytest.approx([2 / 3, 2 / 3])  # a repeated box counts twice
    assert f1([PART_OF_A, B], [A, B]) == pytest.approx([1, 0.5])


def test_pairs_are_chosen_once_by_the_sum_of_the_raw_iou() -> None:
    # Pairing for the threshold 0.5 would keep the second box with the first truth.
    truth = [[0.0, 0, 0, 1, 1, 1], [0.9, 0, 0, 1, 1, 1]]
    predicted = [[0.45, 0.0, 0, 1, 1, 1], [0.3, 0, 0, 1, 1, 1]]
    ious = np.array([[0.55 / 1.45, 0.55 / 1.45], [0.7 / 1.3, 0.4 / 1.6]])
    assert ious[0, 1] + ious[1, 0] > ious[0, 0] + ious[1, 1]
    assert f1(predicted, truth) == pytest.approx([1, 0.5])


def test_means_per_kind() -> None:
    scores = measure_sets([GroundedSet([], [], "zt_w_d"), GroundedSet([A], [B], "mt")])
    assert scores.all.at == {0.25: 0.5, 0.5: 0.5}
    assert list(scores.kinds) == ["mt", "zt_w_d"]
    assert scores.kinds["zt_w_d"].at[0.5] == 1 and scores.kinds["mt"].num_items == 1


def test_identifiers() -> None:
    text = "Yes. <OBJ004>, <OBJ12>, <OBJ001> and <OBJ004>; not <OBJ900>"
    assert read_identifiers(text, num_objects=10) == [4, 1]
    assert read_identifiers(text, num_objects=10, repeated=True) == [4, 1, 4]
    assert read_identifiers("object 3", num_objects=10) == []


def test_unique_and_multiple() -> None:
    names = {"fridge": "refridgerator", "lamp": "lamp", "office chair": "chair"}
    assert scanrefer_class("office_chair", names) == "chair"
    assert scanrefer_class("fridge", names) == "others"
    assert scanrefer_class("never seen", names) == "others"
    assert nyu40_class("fridge", {"fridge": 24}) == 24
    assert nyu40_class("lamp", {"lamp": 35}) == 39
    unique = unique_objects(
        [("s", "1", "chair"), ("s", "1", "chair"), ("s", "2", "desk"), ("s", "3", "desk")]
    )
    assert unique == {("s", "1"): True, ("s", "2"): False, ("s", "3"): False}


def test_bad_input() -> None:
    with pytest.raises(ShapeError, match="grounded sentences: expected at least one, got none"):
        measure_grounding([])
    with pytest.raises(ShapeError, match="grounded sentences: expected at least one, got none"):
        measure_sets([])
    with pytest.raises(ShapeError, match="predicted boxes"):
        measure_sets([GroundedSet([[1.0, 2]], [A])])
