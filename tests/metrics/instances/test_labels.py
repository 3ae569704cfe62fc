"""Ground truth, predictions, and the counts of what they share."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core.errors import ConventionError, FormatError, ShapeError
from scenewright.metrics import InstancePrediction, InstanceTruth, read_truth, write_truth
from scenewright.metrics.instances import labels
from scenewright.metrics.instances._overlap import count_overlap


def test_benchmark_integers_split_into_class_and_instance() -> None:
    truth = InstanceTruth.from_benchmark([1, 0, 3002, 1191004])
    assert truth.class_id.tolist() == [0, 0, 3, 1191]
    assert truth.instance_id.tolist() == [1, 0, 2, 4]


@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 999)), max_size=30))
def test_benchmark_encoding_round_trip(pairs: list[tuple[int, int]]) -> None:
    encoded = np.array([c * 1000 + i for c, i in pairs], dtype=np.int64)
    assert InstanceTruth.from_benchmark(encoded).to_benchmark().tolist() == encoded.tolist()


def test_truth_file_round_trip(tmp_path: Path) -> None:
    truth = InstanceTruth.from_benchmark([1, 5002, 5002, 40017])
    path = write_truth(tmp_path / "scene.txt", truth)
    assert path.read_text() == "1\n5002\n5002\n40017\n"
    assert read_truth(path).to_benchmark().tolist() == truth.to_benchmark().tolist()


def test_truth_file_with_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scene.txt"
    path.write_text("1\nchair\n")
    with pytest.raises(FormatError, match=r"expected one integer per line, got .*chair"):
        read_truth(path)


def test_large_ids_do_not_fit_the_benchmark_encoding() -> None:
    message = (
        "InstanceTruth.instance_id: expected ids below 1000 for the benchmark encoding, got 1000. "
        "Renumber the instances."
    )
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        InstanceTruth.from_ids([1000]).to_benchmark()


def test_truth_of_unequal_lengths_is_refused() -> None:
    message = "InstanceTruth.class_id: expected shape (2,), got (3,)"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        InstanceTruth(np.zeros(2, np.int32), np.zeros(3, np.int32))


def test_negative_truth_is_refused() -> None:
    message = "InstanceTruth.instance_id: expected 0 or more, got -1"
    with pytest.raises(ConventionError, match=f"^{message}$"):
        InstanceTruth.from_ids([1, -1])


def test_masks_need_two_axes() -> None:
    message = "masks: expected shape (N, M), got (4,)"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        InstancePrediction.from_masks(np.ones(4, dtype=bool))


def test_scores_need_one_per_instance() -> None:
    message = "scores: expected shape (2,), got (3,)"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        InstancePrediction.from_masks(np.ones((4, 2), dtype=bool), scores=[1, 1, 1])


def test_labels_outside_of_instance_ids_are_refused() -> None:
    message = (
        "labels: expected 0 or one of instance_ids, got [7]. "
        "Set the vertices of dropped instances to 0."
    )
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        InstancePrediction.from_labels([0, 5, 7], instance_ids=[5, 9])


def test_repeated_instance_ids_are_refused() -> None:
    with pytest.raises(ConventionError, match="instance_ids: expected distinct ids, 1 or more"):
        InstancePrediction.from_labels([1], instance_ids=[1, 1])


def test_membership_beyond_the_scores_is_refused() -> None:
    with pytest.raises(ConventionError, match="expected -1 or a row of scores, 0 to 0, got 0 to 1"):
        InstancePrediction(np.array([0, 1], np.int32), np.ones(1))


def test_labels_follow_the_given_order() -> None:
    prediction = InstancePrediction.from_labels(
        [9, 0, 2, 9], instance_ids=[9, 4, 2], scores=[0.1, 0.2, 0.3]
    )
    assert prediction.membership.tolist() == [0, -1, 2, 0]
    assert prediction.sizes().tolist() == [2, 0, 1]


@pytest.mark.parametrize("exclusive", [True, False])
def test_gather_and_select(exclusive: bool) -> None:
    labels_vector = np.array([1, 2, 0, 3])
    masks = labels_vector[:, None] == np.arange(1, 4)
    prediction = (
        InstancePrediction.from_labels(labels_vector, class_ids=[5, 6, 7])
        if exclusive
        else InstancePrediction.from_masks(masks, class_ids=[5, 6, 7])
    )
    moved = prediction.gather(np.array([3, 3, -1, 0, 2]))
    assert moved.sizes().tolist() == [1, 0, 2]
    assert moved.is_assigned().tolist() == [True, True, False, True, False]
    rest = moved.select(np.array([True, False, True]))
    assert rest.sizes().tolist() == [1, 2]
    assert rest.class_ids is not None and rest.class_ids.tolist() == [5, 7]


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40), st.integers(0, 5), st.integers(0, 4))
def test_overlap_equals_plain_loops(seed: int, vertices: int, predicted: int, truths: int) -> None:
    rng = np.random.default_rng(seed)
    masks = rng.random((vertices, predicted)) < 0.4
    index = rng.integers(-1, truths, vertices)
    overlap = count_overlap(index, truths, prediction=InstancePrediction.from_masks(masks))
    for i in range(predicted):
        assert overlap.outside[i] == np.sum(masks[:, i] & (index < 0))
        assert overlap.predicted_sizes[i] == masks[:, i].sum()
        for j in range(truths):
            assert overlap.shared[i, j] == np.sum(masks[:, i] & (index == j))
            union = np.sum(masks[:, i] | (index == j))
            assert overlap.iou()[i, j] == (overlap.shared[i, j] / union if union else 0)
    assert overlap.truth_sizes.tolist() == [np.sum(index == j) for j in range(truths)]


def test_overlap_does_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    prediction = InstancePrediction.from_masks(rng.random((101, 7)) < 0.3)
    index = rng.integers(-1, 5, 101)
    whole = count_overlap(index, 5, prediction=prediction).shared
    monkeypatch.setattr(labels, "_BLOCK_ENTRIES", 20)
    assert count_overlap(index, 5, prediction=prediction).shared.tolist() == whole.tolist()
