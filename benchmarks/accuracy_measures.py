"""One segmented scene against the exact truth of house-rgbd, in all the ways that are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Scene
from scenewright.metrics import (
    PROTOCOL_M,
    APProtocol,
    InstanceAP,
    InstancePrediction,
    InstanceQuality,
    InstanceTruth,
    measure_ap,
    measure_instances,
    transfer_aligned,
    transfer_nearest,
)
from scenewright.pipelines.evaluate.scenes import SceneTruth

STUFF, THING = 1, 2
PROTOCOL_STUFF_VOID = APProtocol("E", stuff_class_ids=frozenset({STUFF}))
MEASURES = {
    "M": "protocol M: floor, walls and ceiling are instances; all scores equal",
    "M, own scores": "the same, by the scores that the method gives",
    "M, aligned": "the same as M, carried over as OnlineAnySeg's evaluator does (within 15 cm)",
    "E": "protocol E: floor, walls, ceiling and windows are void; all scores equal",
    "E, own scores": "the same, by the scores that the method gives",
}
"""Names of the ways to count, and what they mean."""


@dataclass(frozen=True, eq=False)
class Accuracy:
    """How well a scene fits the truth.

    Attributes:
        ap: By the names of `MEASURES`.
        quality: Fit of the instances one by one, floor and walls included.
    """

    ap: dict[str, InstanceAP]
    quality: InstanceQuality

    def as_dict(self) -> dict[str, Any]:
        """JSON values; AP in percent."""
        quality = self.quality
        return {
            "ap": {name: percent(found) for name, found in self.ap.items()},
            "mean_best_iou": quality.mean_best_iou,
            "best_iou_by_truth_id": {
                str(i): float(iou)
                for i, iou in zip(quality.truth_ids, quality.best_ious, strict=True)
            },
            "num_truth": quality.num_truth,
            "num_predicted": quality.num_predicted,
            "num_split": quality.num_split,
            "num_merged": quality.num_merged,
        }


def percent(found: InstanceAP) -> tuple[float, float, float]:
    """AP, AP50 and AP25."""
    return 100 * found.ap, 100 * found.ap50, 100 * found.ap25


@dataclass(frozen=True, eq=False)
class Judged:
    """A scene beside its truth, ready to be counted in any of the ways.

    Attributes:
        truth: The true instances on the true points.
        labels: (V,) int32 instance of the scene at each true point, 0 = none.
        predictions: By the names of `MEASURES`, with the protocol to count by.
        quality: Fit of the instances one by one, floor and walls included.
    """

    truth: InstanceTruth
    labels: NDArray[np.int32]
    predictions: dict[str, tuple[InstancePrediction, APProtocol]]
    quality: InstanceQuality


def measure_scene(scene: Scene, truth: SceneTruth) -> Accuracy:
    """Measures a scene, which may have no instances at all."""
    judged = judge_scene(scene, truth)
    return Accuracy({name: measure_together([judged], name) for name in MEASURES}, judged.quality)


def measure_together(scenes: Sequence[Judged], name: str) -> InstanceAP:
    """AP over several scenes, all instances in one ranking."""
    protocol = scenes[0].predictions[name][1]
    return measure_ap([(one.truth, one.predictions[name][0]) for one in scenes], protocol)


def judge_scene(scene: Scene, truth: SceneTruth) -> Judged:
    """Carries a scene over to the true points."""
    cloud = scene.points
    assert cloud is not None and cloud.instance_id is not None
    ids = truth.points.instance_id
    assert ids is not None
    is_stuff = np.isin(ids, sorted(truth.stuff_ids))
    classes = np.where(ids > 0, np.where(is_stuff, STUFF, THING), 0).astype(np.int32)
    instance_truth = InstanceTruth(ids, classes)
    labels = transfer_nearest(cloud.instance_id, cloud.points, truth_points=truth.points.points)
    nearest = _predicted(labels, scene)
    aligned = transfer_aligned(
        _predicted(cloud.instance_id, scene), cloud.points, truth_points=truth.points.points
    ).prediction
    predictions = {
        "M": (_with_equal_scores(nearest), PROTOCOL_M),
        "M, own scores": (nearest, PROTOCOL_M),
        "M, aligned": (_with_equal_scores(aligned), PROTOCOL_M),
        "E": (_with_equal_scores(nearest), PROTOCOL_STUFF_VOID),
        "E, own scores": (nearest, PROTOCOL_STUFF_VOID),
    }
    quality = measure_instances(ids, nearest, scored=ids > 0, min_size=PROTOCOL_M.min_vertices)
    return Judged(instance_truth, labels, predictions, quality)


def _predicted(labels: np.ndarray, scene: Scene) -> InstancePrediction:
    table = scene.instances
    return InstancePrediction.from_labels(labels, instance_ids=table.id, scores=table.score)


def _with_equal_scores(prediction: InstancePrediction) -> InstancePrediction:
    return replace(prediction, scores=np.ones(len(prediction)))
