"""Best IoU, splits, merges and overlap F-measure, on points and on id maps."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core.errors import ConventionError, ShapeError
from scenewright.metrics import (
    InstancePrediction,
    InstanceQuality,
    measure_id_maps,
    measure_instances,
    pool_quality,
    scored_pixels,
)


def from_labels(truth: list[int], labels: list[int], **options: float) -> InstanceQuality:
    return measure_instances(truth, InstancePrediction.from_labels(labels), **options)  # type: ignore[arg-type]


def test_perfect() -> None:
    quality = from_labels([0, 1, 1, 2], [0, 8, 8, 3])
    assert (quality.mean_best_iou, quality.num_truth, quality.num_predicted) == (1.0, 2, 2)
    assert (quality.num_split, quality.num_merged, quality.num_merging) == (0, 0, 0)
    assert (quality.overlap_precision, quality.overlap_recall, quality.overlap_f) == (1, 1, 1)


def test_split_instance() -> None:
    quality = from_labels([1] * 8, [1] * 4 + [2] * 4)
    assert (quality.num_split, quality.num_merged) == (1, 0)
    assert quality.mean_best_iou == 0.5
    # One of the two halves is paired.
    assert (quality.overlap_precision, quality.overlap_recall, quality.overlap_f) == (0.5,) * 3


def test_slivers_do_not_split() -> None:
    truth, labels = [1] * 100, [1] * 76 + [2] * 24
    assert from_labels(truth, labels).num_split == 0
    assert from_labels(truth, labels, min_cover=0.24).num_split == 1


def test_merged_instances() -> None:
    quality = from_labels([1] * 6 + [2] * 2 + [3] * 4, [1] * 8 + [2] * 4)
    assert (quality.num_merged, quality.num_merging, quality.num_split) == (2, 1, 0)
    assert quality.best_ious.tolist() == [0.75, 0.25, 1.0]
    assert quality.truth_ids.tolist() == [1, 2, 3]
    # Paired: 1 with the merging one (6 of 8), 3 exactly.
    assert quality.overlap_precision == pytest.approx(10 / 12)
    assert quality.overlap_recall == pytest.approx(10 / 12)


def test_pairs_maximize_the_sum_of_f() -> None:
    # The first prediction fits both; only giving it instance 2 leaves a partner for instance 1.
    masks = np.zeros((20, 2), dtype=bool)
    masks[0:20, 0] = True
    masks[0:9, 1] = True
    quality = measure_instances([1] * 10 + [2] * 10, InstancePrediction.from_masks(masks))
    assert quality.overlap_precision == pytest.approx(19 / 29)
    assert quality.overlap_recall == pytest.approx(19 / 20)
    assert quality.overlap_f == pytest.approx(2 * 19 / 49)


def test_background_counts_against_predictions_but_unscored_points_do_not() -> None:
    truth, prediction = [1, 1, 0, 0], InstancePrediction.from_labels([1, 1, 1, 1])
    assert measure_instances(truth, prediction).mean_best_iou == 0.5
    scored = np.array([True, True, False, False])
    quality = measure_instances(truth, prediction, scored=scored)
    assert (quality.mean_best_iou, quality.overlap_precision) == (1.0, 1.0)


def test_small_true_instances_are_left_out_with_their_points() -> None:
    quality = from_labels([1, 1, 1, 2], [1, 1, 1, 1], min_size=2)
    assert (quality.num_truth, quality.mean_best_iou) == (1, 1.0)


def test_predictions_without_scored_points_do_not_count() -> None:
    scored = np.array([True, True, False])
    quality = measure_instances([1, 1, 0], InstancePrediction.from_labels([1, 1, 2]), scored=scored)
    assert quality.num_predicted == 1


def test_empty_sides() -> None:
    no_prediction = from_labels([1, 1], [0, 0])
    assert (no_prediction.mean_best_iou, no_prediction.overlap_recall) == (0.0, 0.0)
    assert math.isnan(no_prediction.overlap_precision)
    assert no_prediction.overlap_f == 0
    no_truth = from_labels([0, 0], [1, 1])
    assert math.isnan(no_truth.mean_best_iou) and math.isnan(no_truth.overlap_recall)
    assert (no_truth.overlap_precision, no_truth.overlap_f) == (0.0, 0.0)
    assert math.isnan(from_labels([0], [0]).overlap_f)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_renaming_ids_changes_nothing_and_f_is_the_harmonic_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, labels = rng.integers(0, 4, (2, 30))
    names = np.append(0, rng.permutation(np.arange(1, 9))[:3] * 7)
    plain = measure_instances(truth, InstancePrediction.from_labels(labels))
    renamed = measure_instances(truth, InstancePrediction.from_labels(names[labels]))
    assert plain.best_ious.tolist() == renamed.best_ious.tolist()
    assert plain.num_split == renamed.num_split
    assert plain.num_merging == renamed.num_merging
    p, r = plain.overlap_precision, plain.overlap_recall
    if p + r > 0:
        assert plain.overlap_f == pytest.approx(2 * p * r / (p + r))


def test_id_maps_with_unscored_pixels() -> None:
    truth = np.array([[0, 1, 1, 0], [0, 1, 1, 0]])
    predicted = np.array([[5, 5, 5, 0], [5, 5, 5, 9]])
    assert measure_id_maps(truth, predicted).best_ious.tolist() == [4 / 6]
    depth = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]])
    scored = scored_pixels(truth, depth)
    assert scored.tolist() == [[False, True, True, True]] * 2
    quality = measure_id_maps(truth, predicted, scored=scored)
    assert quality.best_ious.tolist() == [1.0]
    assert quality.num_predicted == 2


def test_id_maps_of_unequal_size_are_refused() -> None:
    message = "predicted_id_map: expected shape (2, 3), got (3, 2)"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        measure_id_maps(np.zeros((2, 3), int), np.zeros((3, 2), int))
    with pytest.raises(ShapeError, match=re.escape("scored: expected shape (2, 3), got (6,)")):
        measure_id_maps(np.zeros((2, 3), int), np.zeros((2, 3), int), scored=np.ones(6, bool))


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ConventionError, match=re.escape("min_cover: expected a share in (0, 1]")):
        from_labels([1], [1], min_cover=0)
    with pytest.raises(ConventionError, match="truth_ids: expected 0 or more, got -2"):
        from_labels([-2], [1])
    with pytest.raises(ShapeError, match=re.escape("scored: expected shape (1,), got (2,)")):
        measure_instances([1], InstancePrediction.from_labels([1]), scored=[True, True])


def test_pooling_weighs_instances_for_iou_and_pictures_for_overlap() -> None:
    two = from_labels([1, 1, 2, 2], [1, 1, 2, 2])
    half = from_labels([1, 1], [1, 0])
    none = from_labels([0], [0])
    pooled = pool_quality([two, half, none])
    assert pooled.mean_best_iou == pytest.approx(2.5 / 3)
    assert pooled.overlap_recall == 0.75
    assert (pooled.num_truth, pooled.num_predicted) == (3, 3)
    assert math.isnan(pool_quality([]).mean_best_iou)
