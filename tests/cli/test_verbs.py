"""The verbs from end to end, on a good capture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_builders import Call


@pytest.fixture(scope="module")
def run(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scenewright.cli.main import main

    output = tmp_path_factory.mktemp("cli-run") / "run"
    words = ["segment", str(pristine), "-o", str(output), "--masks", str(pristine / "instance")]
    assert main(words) == 0
    return output


def test_segment_shows_objects_and_times(pristine: Path, tmp_path: Path, call: Call) -> None:
    outcome = call(
        "segment", pristine, "-o", tmp_path / "run", "--masks", pristine / "instance",
        "--voxel-size", "0.03", "--stride", "2", "--threads", "1",
    )  # fmt: skip
    assert outcome.code == 0
    assert outcome.err == ""
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["num_frames"] == 6
    assert f"{report['num_objects']} objects from 6 frames" in outcome.out
    assert "integrate" in outcome.out and f"run folder: {tmp_path / 'run'}" in outcome.out
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["fusion"]["voxel_size"] == 0.03 and config["threads"] == 1


def test_segment_with_id_maps_and_a_warning(pristine: Path, tmp_path: Path, call: Call) -> None:
    outcome = call(
        "segment", pristine, "-o", tmp_path / "run", "--masks", pristine / "instance",
        "--stride", "2", "--id-maps", "--max-depth", "3", "--quiet",
    )  # fmt: skip
    assert outcome.code == 0
    assert len(list((tmp_path / "run" / "id_maps").glob("*.png"))) == 6
    (warning,) = outcome.err.splitlines()
    assert warning.startswith("warning: [max-depth] Depth readings beyond 3 m are not used")
    assert "Add --max-depth 6" in warning
    assert len(json.loads((tmp_path / "run" / "report.json").read_text())["warnings"]) == 1


def test_segment_without_output_writes_below_runs(
    pristine: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = call("segment", pristine, "--masks", pristine / "instance", "--quiet")
    assert outcome.code == 0
    assert (tmp_path / "runs" / "room" / "report.json").is_file()
    assert "integrate" not in outcome.out


def test_check(pristine: Path, call: Call) -> None:
    outcome = call("check", pristine)
    assert outcome.code == 0
    assert "0 errors" in outcome.out
    assert json.loads(call("check", pristine, "--json").out)["is_usable"] is True


def test_info(run: Path, pristine: Path, call: Call) -> None:
    assert "run folder" in call("info", run).out
    assert "160 x 120 pixels" in call("info", pristine).out
    assert "GLB by Scenewright" in call("info", run / "objects.glb").out


def test_convert(run: Path, tmp_path: Path, call: Call) -> None:
    for name in ("room.glb", "room.ply", "room.json", "room.npz", "scene0000_00.txt", "room"):
        assert call("convert", run, tmp_path / name).code == 0
        assert (tmp_path / name).exists()
    assert call("convert", run, tmp_path / "room.glb").code == 1
    assert call("convert", run, tmp_path / "room.glb", "--overwrite").code == 0
    num_objects = len(json.loads((run / "instances.json").read_text())["instances"])
    assert len(list((tmp_path / "predicted_masks").iterdir())) == num_objects
    assert "ScanNet" in call("info", tmp_path / "scene0000_00.txt").out


def test_evaluate(run: Path, pristine: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("evaluate", run, pristine, "--output", tmp_path / "numbers.json")
    assert outcome.code == 0
    assert "AP50" in outcome.out and "own scores" in outcome.out and "constant" in outcome.out
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["ap"]["objects, constant scores"]["AP50"] > 0.8


@pytest.mark.slow
def test_demo(tmp_path: Path, call: Call) -> None:
    outcome = call("demo", "-o", tmp_path / "demo", "--frames", "12")
    assert outcome.code == 0
    assert "true masks" in outcome.out and "masks/depth-edges" in outcome.out
    for name in ("capture/gt_points.ply", "true-masks/objects.glb", "depth-edges/preview.png"):
        assert (tmp_path / "demo" / name).is_file()
    assert call("demo", "-o", tmp_path / "demo", "--frames", "12").code == 1
