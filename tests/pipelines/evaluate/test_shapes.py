"""Generated scenes against true meshes: one scene, a folder of scenes, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import Asset, FormatError, InstanceTable, Mesh, Scene
from scenewright.io import save
from scenewright.metrics.shapes.scene_shapes import SceneProtocol
from scenewright.pipelines.evaluate.shapes import ShapeOptions, evaluate_shapes
from tests.builders import make_instance
from tests.command_builders import Call, assert_plain_error
from tests.metrics.shapes.shape_builders import room_meshes
from tests.pipelines.evaluate.test_object_scenes import write_truth

FAST = ShapeOptions(protocol=SceneProtocol(("none",), (128,)), num_views=0)


def write_scene(path: Path, meshes: dict[int, Mesh]) -> Path:
    rows = [make_instance(number, f"object {number}") for number in meshes]
    assets = {number: Asset(mesh) for number, mesh in meshes.items()}
    scene = Scene(InstanceTable.from_rows(rows), assets=assets, up=np.array([0.0, 0, 1]))
    return save(scene, path)


def without(*numbers: int) -> dict[int, Mesh]:
    return {number: mesh for number, mesh in room_meshes().items() if number not in numbers}


def test_one_scene(tmp_path: Path, call: Call) -> None:
    truth = write_scene(tmp_path / "truth.glb", room_meshes())
    scene = write_scene(tmp_path / "scene.glb", without(9))
    outcome = call(
        "evaluate", scene, "--shapes", truth, "--alignments", "none", "icp", "--points", "128",
        "--normalize", "truth", "--shape-views", "1", "--output", tmp_path / "numbers.json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "3 of 4 true objects were predicted" in outcome.out
    assert "failed, counted as 0: 9 (not predicted)" in outcome.out
    assert "icp, 128 points, the truth against itself" in outcome.out
    assert "mask IoU" in outcome.out
    shapes = json.loads((tmp_path / "numbers.json").read_text())["shapes"]
    means = shapes["means"]["none"]["128"]
    assert means["num_failed_objects"] == 1 and means["num_objects"] == 4
    assert means["box_iou"] == pytest.approx(0.7, abs=0.06)
    record = shapes["scenes"]["truth.glb"]
    assert record["renders"]["mask_iou"] == pytest.approx(0.75, abs=0.1)
    assert record["truth_itself"]["scores"]["none"]["128"]["num_failed"] == 0


def test_a_folder_of_scenes_counts_failures(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_scene(tmp_path / "truth" / f"{name}.glb", room_meshes())
    write_scene(tmp_path / "run" / "a.glb", room_meshes())
    (tmp_path / "run" / "b.glb").write_bytes(b"damaged")
    found = evaluate_shapes(tmp_path / "run", tmp_path / "truth", options=FAST)
    assert list(found.scenes) == ["a"] and sorted(found.failures) == ["b", "c"]
    assert "got no such file" in found.failures["c"]
    pooled = found.pooled("none", 128)
    assert (pooled.num_scenes, pooled.num_failed_scenes) == (3, 2)
    assert (pooled.num_objects, pooled.num_failed_objects) == (12, 8)
    whole = found.pooled("none", 128, truth_itself=True)
    assert pooled.box_iou == pytest.approx(whole.box_iou / 3, abs=0.03)
    assert pooled.scene_f_score == pytest.approx(whole.scene_f_score / 3, abs=0.03)
    text = found.tables()
    assert text.startswith("1 of 3 scenes were measured\nfailed, counted as 0: b: ")
    assert "4 of 12 true objects were predicted" in text
    assert json.dumps(found.as_dict(), allow_nan=False)


def test_a_damaged_truth_is_a_failure_of_its_scene(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_scene(tmp_path / "truth" / f"{name}.glb", room_meshes())
        write_scene(tmp_path / "run" / f"{name}.glb", room_meshes())
    (tmp_path / "truth" / "b.glb").write_bytes(b"damaged")
    world = write_truth(tmp_path / "truth" / "c")
    (world / "objects" / "cube.glb").write_bytes(b"damaged")
    write_scene(tmp_path / "run" / "c.glb", room_meshes())
    found = evaluate_shapes(tmp_path / "run", tmp_path / "truth", options=FAST)
    assert list(found.scenes) == ["a"] and sorted(found.failures) == ["b", "c"]
    assert found.failures["b"].startswith(
        f"its truth cannot be read: {tmp_path / 'truth' / 'b.glb'}: "
    )
    assert found.num_objects == {"b": 0, "c": 1}
    pooled = found.pooled("none", 128)
    assert (pooled.num_scenes, pooled.num_failed_scenes) == (3, 2)
    assert (pooled.num_objects, pooled.num_failed_objects) == (5, 1)
    (tmp_path / "truth" / "a.glb").write_bytes(b"damaged")
    nothing = evaluate_shapes(tmp_path / "run", tmp_path / "truth", options=FAST)
    assert nothing.tables().startswith("0 of 3 scenes were measured\n")
    assert json.dumps(nothing.as_dict(), allow_nan=False)


def test_nothing_to_compare_with(tmp_path: Path, call: Call) -> None:
    scene = write_scene(tmp_path / "scene.glb", room_meshes())
    with pytest.raises(FormatError, match="expected true objects, got no such file or folder"):
        evaluate_shapes(scene, tmp_path / "nothing", options=FAST)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="or a folder of these, got none of them"):
        evaluate_shapes(scene, tmp_path / "empty", options=FAST)
    other = write_scene(tmp_path / "other.glb", {70: room_meshes()[3]})
    outcome = call("evaluate", other, "--shapes", scene)
    assert_plain_error(outcome, "Pairing of objects by id", "[70]")
