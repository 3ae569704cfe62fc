"""Average precision on scenes small enough to calculate by hand."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core.errors import ConventionError, ShapeError
from scenewright.metrics import (
    AP_THRESHOLDS,
    PROTOCOL_E,
    PROTOCOL_M,
    PROTOCOL_M_MASKCLUSTERING,
    APProtocol,
    InstanceAP,
    InstancePrediction,
    InstanceTruth,
    measure_ap,
)

SMALL = APProtocol("small", min_vertices=1)


def blocks(*sizes: int) -> NDArray[np.int32]:
    """Ids 1, 2, ... in blocks of these sizes."""
    return np.repeat(np.arange(1, len(sizes) + 1, dtype=np.int32), sizes)


def spans(num_vertices: int, *ranges: tuple[int, int]) -> NDArray[np.bool_]:
    """(V, I) masks, each one range of vertices."""
    vertex = np.arange(num_vertices)[:, None]
    return np.hstack([(vertex >= start) & (vertex < stop) for start, stop in ranges])


def measure(
    truth: NDArray[np.int32],
    masks: NDArray[np.bool_],
    scores: list[float] | None = None,
    *,
    protocol: APProtocol = PROTOCOL_M,
) -> InstanceAP:
    prediction = InstancePrediction.from_masks(masks, scores=scores)
    return measure_ap([(InstanceTruth.from_ids(truth), prediction)], protocol)


def random_scene(seed: int, *, classes: int = 3) -> tuple[InstanceTruth, NDArray[np.int32]]:
    """Random truth, and random labels that agree with it in part."""
    rng = np.random.default_rng(seed)
    ids = blocks(*rng.integers(1, 30, rng.integers(1, 8)))
    ids[rng.random(len(ids)) < 0.1] = 0
    class_of = np.append(0, rng.integers(0, classes + 1, ids.max(initial=0)))
    labels = np.roll(ids, rng.integers(0, 12))
    noisy = rng.random(len(ids)) < rng.choice([0, 0.3])
    labels[noisy] = rng.integers(0, 8, noisy.sum())
    return InstanceTruth(ids, class_of[ids].astype(np.int32)), labels


def test_perfect_prediction() -> None:
    truth = blocks(150, 200, 120)
    result = measure(truth, truth[:, None] == np.arange(1, 4))
    assert (result.ap, result.ap50, result.ap25) == (1.0, 1.0, 1.0)
    at_half = result.counts[0.5]
    assert (at_half.true_positives, at_half.false_positives, at_half.misses) == (3, 0, 0)
    assert (at_half.precision, at_half.recall) == (1.0, 1.0)


def test_ap_is_the_mean_over_nine_thresholds() -> None:
    assert AP_THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
    # IoU 0.72: right at 0.50 to 0.70, wrong at the other four.
    result = measure(blocks(1000), spans(1000, (0, 720)))
    assert result.ap == pytest.approx(5 / 9)
    assert [result.per_threshold[t] for t in AP_THRESHOLDS] == [1] * 5 + [0] * 4


def test_perfect_ranking_is_not_hurt_by_wrong_predictions_below() -> None:
    # Rising score: (R, P) = (1, 2/3) for the wrong one, then (1, 1), (1/2, 1), (0, 1). The first
    # has width 0, so the area is 1.
    truth = blocks(200, 200, 90)
    truth[400:] = 2
    masks = spans(490, (0, 200), (200, 490), (100, 300))
    result = measure(truth, masks, [0.9, 0.8, 0.1])
    assert result.counts[0.5].false_positives == 1
    assert result.ap50 == pytest.approx(1.0)
    # Ranked first, it costs: (1, 2/3), (1/2, 1/2), (0, 0), (0, 1).
    worst = measure(truth, masks, [0.8, 0.7, 0.9])
    assert worst.ap50 == pytest.approx(2 / 3 * 1 / 4 + 1 / 2 * 1 / 2)


def test_area_by_hand() -> None:
    # Three true instances; predictions: right 0.9, wrong 0.8, right 0.7.
    truth = blocks(200, 200, 200)
    masks = spans(600, (0, 200), (350, 450), (200, 400))
    result = measure(truth, masks, [0.9, 0.8, 0.7])
    # By rising score: (R, P) = (2/3, 2/3), (1/3, 1/2), (1/3, 1), then (0, 1).
    recall, precision = [2 / 3, 1 / 3, 1 / 3, 0], [2 / 3, 1 / 2, 1, 1]
    padded = [recall[0], *recall, 0]
    area = sum(p * (padded[k] - padded[k + 2]) / 2 for k, p in enumerate(precision))
    assert result.ap50 == pytest.approx(area, abs=1e-15)
    assert area == pytest.approx(2 / 3 * 1 / 6 + 1 / 2 * 1 / 6 + 1 / 6 + 1 / 6)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-5, 5))
def test_equal_scores_give_half_recall_times_one_plus_precision(seed: int, score: float) -> None:
    truth, labels = random_scene(seed)
    prediction = InstancePrediction.from_labels(labels)
    same = dataclasses.replace(prediction, scores=np.full(len(prediction), score))
    result = measure_ap([(truth, same)], SMALL)
    for threshold, value in result.per_threshold.items():
        counts = result.counts[threshold]
        if math.isnan(counts.recall):
            assert math.isnan(value)
        elif math.isnan(counts.precision):
            assert value == 0
        else:
            assert value == pytest.approx(counts.recall * (1 + counts.precision) / 2, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_labels_and_masks_give_the_same(seed: int, agnostic: bool) -> None:
    truth, labels = random_scene(seed)
    rng = np.random.default_rng(seed)
    ids = rng.permutation(np.arange(1, 10))
    scores, class_ids = rng.random(9).round(1), rng.integers(0, 4, 9)
    exclusive = InstancePrediction.from_labels(
        labels, instance_ids=ids, scores=scores, class_ids=class_ids
    )
    masks = InstancePrediction.from_masks(
        labels[:, None] == ids, scores=scores, class_ids=class_ids
    )
    protocol = dataclasses.replace(SMALL, class_agnostic=agnostic, min_vertices=5)
    one, other = (measure_ap([(truth, p)], protocol) for p in (exclusive, masks))
    np.testing.assert_equal(one.per_class, other.per_class)
    assert one.counts == other.counts


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_only_the_order_of_scores_matters(seed: int) -> None:
    truth, labels = random_scene(seed)
    scores = np.random.default_rng(seed).random(9).round(1)
    results = [
        measure_ap(
            [(truth, InstancePrediction.from_labels(labels, instance_ids=range(1, 10), scores=s))],
            SMALL,
        )
        for s in (scores, np.exp(3 * scores) - 7)
    ]
    np.testing.assert_allclose(results[0].ap, results[1].ap, atol=1e-12)


def test_small_true_instances_are_ignored_with_their_predictions() -> None:
    truth = blocks(99, 200)
    result = measure(truth, spans(299, (99, 299)))
    assert (result.ap, result.counts[0.5].misses) == (1.0, 0)
    # 120 vertices, 99 of them in the small instance: too much is ignored for a false positive.
    with_more = measure(truth, spans(299, (99, 299), (0, 120)))
    assert with_more.counts[0.5].false_positives == 0
    # IoU 99/120 with the small one beats every t up to 0.8; above, the share 99/120 does not.
    assert with_more.counts[0.85].false_positives == 1


def test_true_instances_of_exactly_the_limit_count() -> None:
    assert measure(blocks(100), spans(100, (0, 100))).ap == 1.0


def test_small_predictions_are_dropped() -> None:
    truth = np.append(blocks(150), np.full(200, 2, np.int32))
    result = measure(truth, spans(350, (0, 150), (150, 249)))
    assert (result.counts[0.25].false_positives, result.counts[0.25].misses) == (0, 1)
    with_full = measure(truth, spans(350, (0, 150), (150, 250)))
    assert with_full.counts[0.25].misses == 0


def test_iou_must_exceed_the_threshold() -> None:
    exactly = measure(blocks(400), spans(400, (0, 200)))
    assert (exactly.ap50, exactly.ap25) == (0.0, 1.0)
    assert measure(blocks(400), spans(400, (0, 201))).ap50 == 1.0


def test_predictions_on_void_are_no_false_positives() -> None:
    truth = np.append(blocks(200), np.zeros(200, np.int32))
    masks = spans(400, (0, 200), (200, 400))
    void = measure(truth, masks)
    assert (void.ap, void.counts[0.9].false_positives) == (1.0, 0)
    # Without void the unlabeled vertices are one more instance, which is found here.
    everything = measure(truth, masks, protocol=PROTOCOL_M_MASKCLUSTERING)
    assert (everything.counts[0.5].true_positives, everything.counts[0.5].misses) == (2, 0)


def test_share_of_void_is_compared_with_the_threshold() -> None:
    # A third of the prediction is void, and its IoU is 200 / 3100: excused at 0.25 only.
    truth = np.append(blocks(3000), np.zeros(100, np.int32))
    result = measure(truth, spans(3100, (2800, 3100)))
    assert result.counts[0.25].false_positives == 0
    assert result.counts[0.5].false_positives == 1


def test_wall_and_floor_are_instances_in_m_and_void_in_e() -> None:
    truth = InstanceTruth.from_benchmark(np.repeat([1002, 3003, 5004, 1], 200))
    prediction = InstancePrediction.from_masks(spans(800, (0, 200), (400, 600)))
    m = measure_ap([(truth, prediction)], PROTOCOL_M).counts[0.5]
    assert (m.true_positives, m.false_positives, m.misses) == (2, 0, 1)
    e = measure_ap([(truth, prediction)], PROTOCOL_E)
    assert (e.counts[0.5].true_positives, e.counts[0.5].misses, e.ap) == (1, 0, 1.0)
    every = measure_ap([(truth, prediction)], PROTOCOL_M_MASKCLUSTERING).counts[0.5]
    assert (every.true_positives, every.misses) == (2, 2)


def test_loser_stays_free_below_one_half() -> None:
    # Both predictions exceed 0.25 with instance 1; the first takes it, the second is a false
    # positive there and still takes instance 2.
    truth = blocks(200, 200)
    masks = spans(400, (0, 200), (100, 300))
    at_quarter = measure(truth, masks, [0.5, 0.9]).counts[0.25]
    assert (at_quarter.true_positives, at_quarter.false_positives) == (2, 1)
    assert at_quarter.misses == 0
    at_half = measure(truth, masks).counts[0.5]
    assert (at_half.true_positives, at_half.false_positives, at_half.misses) == (1, 1, 1)


def test_first_prediction_matches_and_the_best_score_is_kept() -> None:
    # Two fits of one instance: the pair's high score is the match, the low one is wrong.
    truth = blocks(200)
    masks = spans(200, (0, 200), (0, 190))
    for scores in ([0.2, 0.9], [0.9, 0.2]):
        # (R, P) by rising score: (1, 1/2), (1, 1), (0, 1): 0 + 1/2 + 1/2.
        assert measure(truth, masks, scores).ap50 == pytest.approx(1.0)
    # Equal scores: R (1 + P) / 2.
    assert measure(truth, masks).ap50 == pytest.approx(0.75)


def test_same_id_under_two_classes_is_one_instance_unless_classes_matter() -> None:
    truth = InstanceTruth.from_benchmark(np.repeat([4002, 9002], 200))
    prediction = InstancePrediction.from_masks(spans(400, (0, 200), (200, 400)), class_ids=[4, 9])
    agnostic = measure_ap([(truth, prediction)], PROTOCOL_M)
    assert agnostic.counts[0.25].true_positives == 1
    aware = measure_ap([(truth, prediction)], dataclasses.replace(PROTOCOL_M, class_agnostic=False))
    assert aware.ap == 1.0
    assert list(aware.per_class) == [4, 9]


def test_classes_without_ground_truth_cost_nothing() -> None:
    truth = InstanceTruth.from_benchmark(np.repeat([4002, 9003], 200))
    masks = spans(400, (0, 200), (200, 400))
    aware = dataclasses.replace(PROTOCOL_M, class_agnostic=False)
    absent = InstancePrediction.from_masks(masks, class_ids=[4, 77])
    result = measure_ap([(truth, absent)], aware)
    assert {key: values[0.5] for key, values in result.per_class.items()} == {4: 1.0, 9: 0.0}
    assert result.ap50 == 0.5


def test_false_positive_in_a_scene_without_its_class_counts() -> None:
    aware = dataclasses.replace(PROTOCOL_M, class_agnostic=False)
    with_class = InstanceTruth.from_benchmark(np.full(200, 4002))
    other_class = InstanceTruth.from_benchmark(np.full(200, 9002))
    prediction = InstancePrediction.from_masks(spans(200, (0, 200)), class_ids=[4])
    scenes = [(with_class, prediction), (other_class, prediction)]
    assert measure_ap(scenes, aware).per_class[4][0.5] == pytest.approx(0.75)


def test_scenes_are_pooled() -> None:
    good = (InstanceTruth.from_ids(blocks(200)), InstancePrediction.from_labels(blocks(200)))
    empty = (
        InstanceTruth.from_ids(blocks(200)),
        InstancePrediction.from_masks(np.zeros((200, 0), bool)),
    )
    result = measure_ap(scene for scene in (good, empty))
    assert (result.num_scenes, result.ap) == (2, 0.5)
    assert result.counts[0.5].misses == 1


def test_no_ground_truth_gives_nan() -> None:
    result = measure(np.zeros(200, np.int32), spans(200, (0, 200)))
    assert math.isnan(result.ap) and math.isnan(result.ap50) and math.isnan(result.ap25)
    assert result.per_class == {}
    assert math.isnan(result.counts[0.5].precision) and math.isnan(result.counts[0.5].recall)
    assert math.isnan(measure_ap([]).ap)


def test_no_prediction_gives_zero() -> None:
    result = measure(blocks(200), np.zeros((200, 0), bool))
    assert (result.ap, result.ap25, result.counts[0.5].misses) == (0.0, 0.0, 1)


def test_unequal_vertices_are_refused() -> None:
    message = (
        "instance prediction: expected 200 vertices, as the ground truth has, got 150. "
        "Transfer it to the ground-truth vertices with transfer_nearest or transfer_aligned."
    )
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        measure(blocks(200), spans(150, (0, 100)))


def test_class_aware_needs_classes() -> None:
    message = (
        "InstancePrediction.class_ids: expected one per instance if classes are distinguished, "
        "got None. Set class_ids, or use a protocol with class_agnostic=True."
    )
    with pytest.raises(ConventionError, match=f"^{re.escape(message)}$"):
        measure(
            blocks(200),
            spans(200, (0, 200)),
            protocol=dataclasses.replace(PROTOCOL_M, class_agnostic=False),
        )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("min_vertices", 0, "APProtocol.min_vertices: expected 1 or more, got 0"),
        ("thresholds", (0.5, 1.0), "APProtocol.thresholds: expected values in [0, 1)"),
        ("thresholds", (), "APProtocol.thresholds: expected values in [0, 1)"),
        ("class_agnostic", False, "APProtocol.unlabeled_is_void: expected True"),
    ],
)
def test_impossible_protocols_are_refused(field: str, value: Any, message: str) -> None:
    with pytest.raises(ConventionError, match=re.escape(message)):
        dataclasses.replace(PROTOCOL_M_MASKCLUSTERING, **{field: value})
