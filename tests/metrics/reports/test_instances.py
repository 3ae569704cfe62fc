"""Tables and JSON values of instance measures."""

from __future__ import annotations

import json

import numpy as np

from scenewright.metrics import (
    PROTOCOL_E,
    InstancePrediction,
    InstanceTruth,
    ap_to_dict,
    format_ap,
    format_quality,
    measure_ap,
    measure_instances,
    quality_to_dict,
)

IDS = np.repeat([1, 2], 200)
HALF = InstancePrediction.from_labels(np.where(IDS == 1, 1, 0))
NO_TRUTH = (InstanceTruth.from_ids(0 * IDS), HALF)


def test_ap_table() -> None:
    good = measure_ap([(InstanceTruth.from_ids(IDS), HALF)])
    table = format_ap({"ours": good, "without truth": measure_ap([NO_TRUTH])})
    assert table.splitlines() == [
        "               protocol    AP  AP50  AP25    P50   R50",
        "-------------  --------  ----  ----  ----  -----  ----",
        "ours                  M  50.0  50.0  50.0  100.0  50.0",
        "without truth         M     -     -     -      -     -",
    ]


def test_quality_table() -> None:
    table = format_quality({"a": measure_instances(IDS, HALF)})
    assert table.splitlines()[0].split() == [
        *("best", "IoU", "P", "R", "F", "true", "predicted", "split", "merged"),
    ]
    assert table.splitlines()[2].split() == [
        *("a", "50.0", "100.0", "50.0", "66.7", "2", "1", "0", "0"),
    ]


def test_dictionaries_are_json() -> None:
    result = measure_ap([NO_TRUTH], PROTOCOL_E)
    data = json.loads(json.dumps(ap_to_dict(result), allow_nan=False))
    assert data["AP"] is None and data["per_class"] == {}
    assert data["protocol"]["name"] == "E"
    assert data["protocol"]["stuff_class_ids"] == [1, 3]
    assert list(data["per_threshold"])[-1] == "0.25"
    quality = json.loads(json.dumps(quality_to_dict(measure_instances(IDS, HALF)), allow_nan=False))
    assert quality["mean_best_iou"] == 0.5
    assert quality["best_ious"] == [1.0, 0.0]


def test_full_result_is_in_the_dictionary() -> None:
    data = ap_to_dict(measure_ap([(InstanceTruth.from_ids(IDS), HALF)]))
    assert data["AP50"] == 0.5
    assert data["counts"][0] == {
        "threshold": 0.5,
        "true_positives": 1,
        "false_positives": 0,
        "misses": 1,
        "precision": 1.0,
        "recall": 0.5,
    }
