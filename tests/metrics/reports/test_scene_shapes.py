"""Tables and JSON values of generated scenes."""

from __future__ import annotations

import json

from scenewright.metrics.reports.scene_shapes import (
    comparison_to_dict,
    format_comparison,
    format_scores,
    pooled_to_dict,
)
from scenewright.metrics.shapes.scene_shapes import ObjectScene, SceneProtocol, compare_scenes
from scenewright.metrics.shapes.scores import SceneScores, pool_scores
from tests.metrics.shapes.shape_builders import box_mesh, room_meshes

PROTOCOL = SceneProtocol(alignments=("none", "icp"), point_counts=(128,))


def test_a_scene_with_failures() -> None:
    truth = ObjectScene(room_meshes())
    meshes = {**room_meshes(), 70: box_mesh((1, 1, 1), (0.1, 0.1, 0.1))}
    del meshes[5], meshes[9]
    found = compare_scenes(ObjectScene(meshes), truth, seed=0, protocol=PROTOCOL)
    itself = compare_scenes(truth, truth, seed=1, protocol=PROTOCOL)
    text = format_comparison(found, itself)
    lines = text.splitlines()
    assert lines[0] == "2 of 4 true objects were predicted"
    assert lines[1] == "failed, counted as 0: 5, 9 (not predicted)"
    assert lines[2] == "predicted objects that belong to no true one: 70"
    for name in ("none", "icp"):
        assert f"{name}, 128 points  " in text
        assert f"{name}, 128 points, the truth against itself  " in text
    assert text.count("\nnone") == 4 and "floating %" in text
    record = comparison_to_dict(found)
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    scores = record["scores"]["none"]["128"]
    assert scores["num_failed"] == 2
    assert scores["box_iou"]["5"] == 0 and scores["box_iou"]["3"] > 0
    assert scores["objects"]["stretched"]["9"] is None
    assert record["failures"] == {"5": "not predicted", "9": "not predicted"}


def test_missing_values_are_dashes_and_null() -> None:
    failed = pool_scores([SceneScores(None, (0.0,), {"stretched": (None,)})])
    row = format_scores({"failed": failed}).splitlines()[2].split()
    assert row == ["failed", "-", "-", "-", "0.0", "0.0", "-", "0.0", "-", "-"]
    record = pooled_to_dict(failed)
    assert record["scene_chamfer"] is None
    assert record["object_chamfer"] == {"stretched": None}
    assert record["num_failed_scenes"] == 1
