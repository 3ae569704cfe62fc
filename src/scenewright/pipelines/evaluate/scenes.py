"""Measures the objects of a scene against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, FormatError, InstanceTable, PointCloud, Scene
from scenewright.io import load_scene, read_json, read_ply_points
from scenewright.metrics import (
    PROTOCOL_M,
    APProtocol,
    InstanceAP,
    InstancePrediction,
    InstanceQuality,
    InstanceTruth,
    ap_to_dict,
    format_ap,
    format_quality,
    measure_ap,
    measure_instances,
    quality_to_dict,
    transfer_aligned,
    transfer_nearest,
)

TRUTH_POINTS = "gt_points.ply"
TRUTH_INSTANCES = "instances.json"
_STUFF_CLASS, _THING_CLASS = 1, 2
_PROTOCOL_E = APProtocol("E", stuff_class_ids=frozenset({_STUFF_CLASS}))


@dataclass(frozen=True, eq=False)
class SceneTruth:
    """The true objects of a scene.

    Attributes:
        points: Points with `instance_id`, 0 = none.
        stuff_ids: Ids of floor, walls and the like, which are not objects.
        labels: Word per instance id, where known.
    """

    points: PointCloud
    stuff_ids: frozenset[int] = frozenset()
    labels: Mapping[int, str] | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a scene matches the truth.

    Attributes:
        ap: AP by name: protocol M and E, each with the scene's own scores and with constant ones.
        quality: How well each true object is found. Predictions mostly on floor or walls are left
            out; floor or wall points in other predictions count as errors.
        num_truth_points: Number of true points.
        covered_share: Share of them that lie within 5 cm of the scene's points.
    """

    ap: dict[str, InstanceAP]
    quality: InstanceQuality
    num_truth_points: int
    covered_share: float

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "ap": {name: ap_to_dict(result) for name, result in self.ap.items()},
            "quality": quality_to_dict(self.quality),
            "num_truth_points": self.num_truth_points,
            "covered_share": self.covered_share,
        }

    def tables(self) -> str:
        """The numbers as text."""
        return f"{format_ap(self.ap)}\n\n{format_quality({'objects': self.quality})}"


def evaluate(scene: Scene | str | Path, truth: SceneTruth | str | Path) -> Evaluation:
    """Measures a scene against the truth, in the same world frame.

    Protocol M counts floor and walls as objects and transfers the prediction as the published
    evaluator does (nearest assigned point within 15 cm). Protocol E leaves floor and walls out and
    gives each true point the label of the nearest point within 5 cm.

    Args:
        scene: A scene, or the path of a run or of a scene file.
        truth: The truth, or its path; see `read_scene_truth`.

    Raises:
        FormatError: A file is missing or damaged, or the points of the scene have no instances.
    """
    if not isinstance(scene, Scene):
        scene = load_scene(scene)
    if not isinstance(truth, SceneTruth):
        truth = read_scene_truth(truth)
    cloud = scene.points
    if cloud is None or cloud.instance_id is None:
        raise FormatError(
            "The scene to evaluate",
            expected="points with an instance_id each",
            got="none",
            do="Give the run folder or its points.ply.",
        )
    assert truth.points.instance_id is not None
    true_points = truth.points.points
    ids, nearest, aligned = _carry_over(cloud, scene.instances, true_points)
    reached = transfer_nearest(
        np.ones(len(cloud), np.int32), cloud.points, truth_points=true_points
    )
    classes = _classes(truth)
    instance_truth = InstanceTruth(truth.points.instance_id, classes)
    results = {}
    for name, constant in (("own scores", False), ("constant scores", True)):
        for group, prediction, protocol in (
            ("all", aligned, PROTOCOL_M),
            ("objects", nearest, _PROTOCOL_E),
        ):
            if constant:
                prediction = replace(prediction, scores=np.ones(len(prediction)))
            results[f"{group}, {name}"] = measure_ap([(instance_truth, prediction)], protocol)
    return Evaluation(
        ap=results,
        quality=_quality(truth, ids, classes),
        num_truth_points=len(true_points),
        covered_share=float(reached.mean()) if len(reached) else 0.0,
    )


def _carry_over(
    cloud: PointCloud, instances: InstanceTable, truth_points: NDArray[np.float32]
) -> tuple[NDArray[np.int32], InstancePrediction, InstancePrediction]:
    """The prediction on the true points: (V,) nearest ids, and by both protocols."""
    assert cloud.instance_id is not None
    ids = transfer_nearest(cloud.instance_id, cloud.points, truth_points=truth_points)
    on_points, nearest = (
        InstancePrediction.from_labels(labels, instance_ids=instances.id, scores=instances.score)
        for labels in (cloud.instance_id, ids)
    )
    aligned = transfer_aligned(on_points, cloud.points, truth_points=truth_points)
    return ids, nearest, aligned.prediction


def read_scene_truth(path: str | Path) -> SceneTruth:
    """Reads the ground truth of a capture.

    Args:
        path: A PLY with a column `instance` or `instance_id`, or a folder with `gt_points.ply`. An
            `instances.json` next to it gives the labels, and which ids are stuff.

    Raises:
        CaptureError: There is no such file.
        FormatError: It has no instance column, or is damaged.
    """
    source = Path(path)
    file = source / TRUTH_POINTS if source.is_dir() else source
    if not file.is_file():
        raise CaptureError(
            f"No truth at {source}",
            expected=f"a PLY with an instance column, or a folder with {TRUTH_POINTS}",
            got=f"no file {file}",
        )
    points = read_ply_points(file)
    if points.instance_id is None:
        raise FormatError(
            f"{file}", expected="a column 'instance' or 'instance_id'", got="no such column"
        )
    stuff, labels = _read_instances(file.with_name(TRUTH_INSTANCES))
    return SceneTruth(points, stuff, labels)


def _read_instances(path: Path) -> tuple[frozenset[int], dict[int, str]]:
    if not path.is_file():
        return frozenset(), {}
    value = read_json(path)
    try:
        rows = value["instances"]
        stuff = frozenset(int(row["id"]) for row in rows if row.get("is_stuff"))
        return stuff, {int(row["id"]): str(row.get("category", "")) for row in rows}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(
            f"{path}", expected='{"instances": [{"id": 1, "is_stuff": false}, ...]}', got=str(error)
        ) from error


def _classes(truth: SceneTruth) -> NDArray[np.int32]:
    """(V,) class of each true point: stuff or thing, 0 where there is no instance."""
    ids = truth.points.instance_id
    assert ids is not None
    is_stuff = np.isin(ids, list(truth.stuff_ids))
    classes = np.where(is_stuff, _STUFF_CLASS, _THING_CLASS)
    return np.where(ids > 0, classes, 0).astype(np.int32)


def _quality(
    truth: SceneTruth, predicted: NDArray[np.int32], classes: NDArray[np.int32]
) -> InstanceQuality:
    """How well the true objects are found; predictions mostly on stuff are left out."""
    ids = truth.points.instance_id
    assert ids is not None
    on_stuff = np.bincount(predicted[classes == _STUFF_CLASS], minlength=predicted.max() + 1)
    present = np.unique(predicted[(classes > 0) & (predicted > 0)])
    total = np.bincount(predicted[classes > 0], minlength=predicted.max() + 1)
    objects = present[on_stuff[present] <= 0.5 * total[present]]
    kept = np.where(np.isin(predicted, objects), predicted, 0)
    return measure_instances(
        np.where(classes == _THING_CLASS, ids, 0),
        InstancePrediction.from_labels(kept, instance_ids=objects),
        scored=classes > 0,
        min_size=_PROTOCOL_E.min_vertices,
    )
