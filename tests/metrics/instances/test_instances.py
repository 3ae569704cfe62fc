"""AP equals that of three original evaluators on recorded synthetic scenes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.metrics import (
    PROTOCOL_M_MASKCLUSTERING,
    APProtocol,
    InstancePrediction,
    InstanceTruth,
    measure_ap,
)

pytestmark = pytest.mark.shared

EVALUATORS = (
    "maskclustering_agnostic",
    "maskclustering_classes",
    "onlineanyseg_agnostic",
    "onlineanyseg_classes",
    "scannet_classes",
)
STOPPED = {
    # The original raises; ours equals the evaluator that does not, if its class table allows.
    ("random_three_scenes", "scannet_classes"): None,
    ("one_scene_without_predictions", "onlineanyseg_agnostic"): None,
    ("one_scene_without_predictions", "onlineanyseg_classes"): "maskclustering_classes",
    ("no_predictions_at_all", "onlineanyseg_agnostic"): "maskclustering_agnostic",
    ("no_predictions_at_all", "onlineanyseg_classes"): "maskclustering_classes",
    ("only_void_predictions", "scannet_classes"): "onlineanyseg_classes",
}
"""Case and evaluator where the original raises -> the evaluator whose result we give."""

Scenes = list[tuple[InstanceTruth, InstancePrediction]]


@pytest.fixture(scope="module")
def recorded(shared_dir: Path) -> tuple[dict[str, Any], dict[str, Scenes]]:
    folder = shared_dir / "fixtures" / "metrics"
    if not (folder / "instance_ap.json").is_file():
        pytest.skip(f"needs {folder / 'instance_ap.json'}, which is not part of the repository")
    expected = json.loads((folder / "instance_ap.json").read_text())
    inputs = {}
    with np.load(folder / "instance_ap.npz") as arrays:
        for case, entry in expected["cases"].items():
            inputs[case] = [_scene(arrays, f"{case}/{i}") for i in range(entry["scenes"])]
    return expected, inputs


def _scene(arrays: Any, key: str) -> tuple[InstanceTruth, InstancePrediction]:
    packed, shape = arrays[f"{key}/masks"], arrays[f"{key}/shape"]
    prediction = InstancePrediction.from_masks(
        np.unpackbits(packed, axis=0)[: shape[0]].astype(bool),
        scores=arrays[f"{key}/scores"],
        class_ids=arrays[f"{key}/classes"],
    )
    return InstanceTruth.from_benchmark(arrays[f"{key}/gt"]), prediction


def _protocol(evaluator: str, meta: dict[str, Any]) -> APProtocol:
    program, mode = evaluator.split("_")
    if evaluator == "maskclustering_agnostic":
        return PROTOCOL_M_MASKCLUSTERING
    valid = frozenset(meta["valid_ids"][program])
    return APProtocol(evaluator, class_agnostic=mode == "agnostic", valid_class_ids=valid)


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_all_cases(recorded: tuple[dict[str, Any], dict[str, Scenes]], evaluator: str) -> None:
    expected, inputs = recorded
    protocol = _protocol(evaluator, expected["meta"])
    assert len(inputs) == 20
    for case, entry in expected["cases"].items():
        want = entry[evaluator]
        if "error" in want:
            assert (case, evaluator) in STOPPED
            other = STOPPED[case, evaluator]
            if other is None:
                continue
            want = entry[other]
        result = measure_ap(inputs[case], protocol)
        np.testing.assert_allclose(
            [result.ap, result.ap50, result.ap25],
            [np.nan if want[key] is None else want[key] for key in ("AP", "AP50", "AP25")],
            rtol=0,
            atol=1e-9,
            err_msg=case,
        )
        values = [list(by_threshold.values()) for by_threshold in result.per_class.values()]
        if not protocol.class_agnostic:
            assert [str(key) for key in result.per_class] == list(want["per_class"]), case
        assert len(values) == len(want["per_class"]), case
        for got, wanted in zip(values, want["per_class"].values(), strict=True):
            np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9, err_msg=case)


def test_scenes_where_the_original_raises_only_add_misses(
    recorded: tuple[dict[str, Any], dict[str, Scenes]],
) -> None:
    expected, inputs = recorded
    protocol = _protocol("onlineanyseg_agnostic", expected["meta"])
    with_empty = measure_ap(inputs["one_scene_without_predictions"], protocol)
    without = measure_ap(inputs["one_scene_without_predictions"][:1], protocol)
    full, part = with_empty.counts[0.5], without.counts[0.5]
    assert (full.true_positives, full.false_positives) == (
        part.true_positives,
        part.false_positives,
    )
    assert full.misses > part.misses
    assert 0 < with_empty.ap < without.ap


def test_class_whose_predictions_are_all_ignored_has_zero(
    recorded: tuple[dict[str, Any], dict[str, Scenes]],
) -> None:
    expected, inputs = recorded
    protocol = _protocol("scannet_classes", expected["meta"])
    result = measure_ap(inputs["random_three_scenes"], protocol)
    assert np.isfinite(result.ap)
    assert 0.0 in [values[0.25] for values in result.per_class.values()]
