"""Measuring against hand-made truth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import (
    Box3D,
    CaptureError,
    FormatError,
    Instance,
    InstanceTable,
    PointCloud,
    Scene,
)
from scenewright.io import write_ply_points
from scenewright.pipelines.evaluate.scenes import SceneTruth, evaluate, read_scene_truth
from scenewright.pipelines.segment.run import SegmentRun
from tests.builders import known


def grid(offset: float, *, num: int = 15) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A flat square of points 2 cm apart that begins at x = `offset` meters."""
    axis = np.arange(num) * 0.02
    x, y = np.meshgrid(axis, axis)
    points = np.stack([x.ravel() + offset, y.ravel(), np.zeros(num * num)], axis=1)
    return points.astype(np.float32)


def scene_of(ids: list[int], scores: list[float]) -> Scene:
    points = np.concatenate([grid(2.0 * i) for i in range(len(ids))])
    member = np.repeat(ids, 225).astype(np.int32)
    box = Box3D(np.zeros(3), np.ones(3), np.eye(3))
    present = sorted(set(ids) - {0})
    rows = [Instance(i, "", s, box, 1, 1) for i, s in zip(present, scores, strict=True)]
    return Scene(InstanceTable.from_rows(rows), PointCloud(points, instance_id=member))


def truth_of(ids: list[int], *, stuff: set[int] | None = None) -> SceneTruth:
    points = np.concatenate([grid(2.0 * i) for i in range(len(ids))])
    member = np.repeat(ids, 225).astype(np.int32)
    return SceneTruth(PointCloud(points, instance_id=member), frozenset(stuff or ()))


def test_a_perfect_scene() -> None:
    result = evaluate(scene_of([4, 5, 6], [0.9, 0.5, 0.2]), truth_of([1, 2, 3], stuff={1}))
    assert [ap.ap for ap in result.ap.values()] == pytest.approx([1.0] * 4)
    assert result.quality.mean_best_iou == 1.0
    assert result.quality.num_truth == result.quality.num_predicted == 2
    assert result.covered_share == 1.0


def test_merged_and_missing_objects() -> None:
    result = evaluate(scene_of([4, 4, 0], [0.9]), truth_of([1, 2, 3]))
    assert result.quality.num_merged == 2
    assert result.quality.mean_best_iou == pytest.approx(1 / 3)
    assert result.ap["objects, own scores"].ap == 0.0


def test_stuff_counts_in_one_protocol_only() -> None:
    result = evaluate(scene_of([0, 5, 6], [0.9, 0.5]), truth_of([1, 2, 3], stuff={1}))
    assert result.ap["objects, constant scores"].ap == pytest.approx(1.0)
    # Two of three found without a false one: R (1 + P) / 2.
    assert result.ap["all, constant scores"].ap == pytest.approx(2 / 3)


def test_truth_is_read_from_folder_or_file(capture: Path) -> None:
    from_folder, from_file = read_scene_truth(capture), read_scene_truth(capture / "gt_points.ply")
    labels = known(from_folder.labels)
    room = {"floor", "wall", "ceiling", "door", "window"}
    stuff = {number for number, label in labels.items() if label in room}
    assert from_folder.stuff_ids == from_file.stuff_ids == stuff
    assert {labels[number] for number in stuff} == room and labels[1] == "floor"


def test_missing_or_damaged_truth(capture: Path, tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="No truth at"):
        read_scene_truth(tmp_path)
    cloud = read_scene_truth(capture).points
    write_ply_points(tmp_path / "gt_points.ply", replace(cloud, instance_id=None))
    with pytest.raises(FormatError, match="column 'instance'"):
        read_scene_truth(tmp_path)
    write_ply_points(tmp_path / "gt_points.ply", cloud)
    (tmp_path / "instances.json").write_text('{"instances": [1]}')
    with pytest.raises(FormatError, match="is_stuff"):
        read_scene_truth(tmp_path)


def test_a_scene_without_membership_cannot_be_measured(
    capture: Path, segmented: SegmentRun
) -> None:
    with pytest.raises(FormatError, match="instance_id"):
        evaluate(segmented.folder.path / "objects.glb", capture)


def test_result_is_json(segmented: SegmentRun, capture: Path) -> None:
    result = evaluate(segmented.folder.path, capture)
    value = json.loads(json.dumps(result.as_dict()))
    assert value["ap"]["objects, own scores"]["AP50"] > 0.9
    assert "AP50" in result.tables() and "best IoU" in result.tables()
