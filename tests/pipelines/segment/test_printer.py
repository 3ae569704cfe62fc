"""``scenewright segment`` from words to the tables that it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scenewright.pipelines.segment.printer import facts, show
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText


def report_of(run: Path) -> dict[str, Any]:
    """The values of report.json."""
    values: dict[str, Any] = json.loads((run / "report.json").read_text())
    return values


def test_objects_and_times(small_capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call(
        "segment", small_capture, "-o", tmp_path / "run", "--masks", small_capture / "instance",
        "--voxel-size", "0.03", "--stride", "2", "--threads", "1",
    )  # fmt: skip
    assert outcome.code == 0
    # Progress lines come after ten seconds, and when kernels are compiled.
    assert all(line.startswith("segment: ") for line in outcome.err.splitlines())
    results = report_of(tmp_path / "run")["results"]
    assert results["num_frames"] == 4
    assert f"{results['num_objects']} objects from 4 frames" in outcome.out
    assert str(tmp_path / "run" / "view.html") in outcome.out
    assert "integrate" in outcome.out and f"run folder: {tmp_path / 'run'}" in outcome.out
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["preset"]["voxel_size"] == 0.03 and config["threads"] == 1
    assert config["verb"] == "segment"

    words = ("segment", small_capture, "-o", tmp_path / "again", "--quiet")
    again = call(*words, "--config", tmp_path / "run" / "config.json")
    assert again.code == 0, again.err
    assert report_of(tmp_path / "again")["settings"] == report_of(tmp_path / "run")["settings"]
    points = [(tmp_path / name / "points.ply").read_bytes() for name in ("run", "again")]
    assert points[0] == points[1]


def test_id_maps_and_a_warning(small_capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call(
        "segment", small_capture, "-o", tmp_path / "run", "--masks", small_capture / "instance",
        "--stride", "2", "--id-maps", "--max-depth", "3", "--quiet",
    )  # fmt: skip
    assert outcome.code == 0
    assert len(list((tmp_path / "run" / "id_maps").glob("*.png"))) == 4
    (warning,) = outcome.err.splitlines()
    assert warning.startswith("warning: [max-depth] Depth readings beyond 3 m are not used")
    assert "Add --max-depth 6" in warning
    assert len(report_of(tmp_path / "run")["warnings"]) == 1


def test_without_output_the_run_lies_below_runs(
    small_capture: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = call("segment", small_capture, "--masks", small_capture / "instance", "--quiet")
    assert outcome.code == 0
    assert (tmp_path / "runs" / "room" / "report.json").is_file()
    assert "integrate" not in outcome.out


def test_a_row_per_object_and_per_stage(segmented: SegmentRun) -> None:
    out = PrintedText()
    assert show(segmented, SegmentSettings(), out) == 0
    objects, stages = out.tables
    assert [row[0] for row in objects[1:]] == [str(row.id) for row in segmented.instances]
    assert [row[0] for row in stages[1:]] == list(segmented.report.stages)
    quiet = PrintedText(quiet=True)
    show(segmented, SegmentSettings(), quiet)
    assert quiet.tables == [objects]


def test_facts_are_those_of_the_report(segmented: SegmentRun) -> None:
    assert facts(RunFolder.open(segmented.folder.path).report) == {
        "masks": segmented.result.masks,
        "frames": "24, of which 0 dropped",
        "objects": str(len(segmented.instances)),
        "points": str(len(segmented.result.scene.points or ())),
    }
