"""``scenewright segment`` from words to the tables that it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scenewright.core.wording import counted
from scenewright.io import load_scene
from scenewright.pipelines.segment.printer import facts, show
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder
from tests.command_builders import Call, assert_plain_error
from tests.runs.printer_builders import PrintedText


def report_of(run: Path) -> dict[str, Any]:
    """The values of report.json."""
    values: dict[str, Any] = json.loads((run / "report.json").read_text())
    return values


def spaces(text: str) -> str:
    """The text with single spaces and no frames of tables."""
    return " ".join(text.replace("│", " ").split())


def counts_line(results: Mapping[str, Any]) -> str:
    """How the last lines begin for the results of a report."""
    num_stuff, frames = results["num_stuff"], counted(results["num_frames"], "frame")
    room = f" and {counted(num_stuff, 'part')} of the room" if num_stuff else ""
    return f"{counted(results['num_objects'], 'object')}{room} from {frames} in "


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
    assert counts_line(results) in outcome.out
    assert (" not listed" in outcome.out) == (results["num_fragments"] > 0)
    assert "1 frame: " not in outcome.out
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


def test_a_single_frame_says_that_scores_are_less_certain(
    small_capture: Path, tmp_path: Path, call: Call
) -> None:
    outcome = call(
        "segment", small_capture, "-o", tmp_path / "run", "--masks", small_capture / "instance",
        "--stride", "8",
    )  # fmt: skip
    assert outcome.code == 0
    assert "1 frame: scores are less certain" in outcome.out
    assert counts_line(report_of(tmp_path / "run")["results"]) in outcome.out
    assert " from 1 frame in " in outcome.out


def test_a_row_per_object_and_per_stage(segmented: SegmentRun) -> None:
    out = PrintedText()
    assert show(segmented, SegmentSettings(), out) == 0
    objects, stages = out.tables
    assert objects[0] == ("id", "role", "score", "size (m)", "points", "frames")
    assert [row[0] for row in objects[1:]] == [str(row.id) for row in segmented.instances]
    assert [row[1] for row in objects[1:]] == segmented.instances.role.tolist()
    (line,) = [line for line in out.lines if " from 24 frames in " in line]
    assert line.startswith(counts_line(segmented.report.results))
    assert [row[0] for row in stages[1:]] == list(segmented.report.stages)
    quiet = PrintedText(quiet=True)
    show(segmented, SegmentSettings(), quiet)
    assert quiet.tables == [objects]


def test_facts_are_those_of_the_report(segmented: SegmentRun) -> None:
    assert facts(RunFolder.open(segmented.folder.path).report) == {
        "masks": segmented.result.masks,
        "frames": "24, of which 0 dropped",
        "objects": str((~segmented.instances.is_stuff).sum()),
        "parts of the room": str(segmented.instances.is_stuff.sum()),
        "fragments": str(len(segmented.result.scene.fragments)),
        "points": str(len(segmented.result.scene.points or ())),
    }


def test_fragments_are_counted_and_kept(small_capture: Path, tmp_path: Path, call: Call) -> None:
    words = ("segment", small_capture, "--masks", small_capture / "instance", "--stride", "2")
    limits = ("--min-size", "0.6", "--min-frames", "3", "--min-score", "0")
    strict = call(*words, "-o", tmp_path / "strict", *limits)
    assert strict.code == 0, strict.err
    every = call(*words, "-o", tmp_path / "every", "--keep-fragments")
    assert every.code == 0, every.err
    few, all_ = (report_of(tmp_path / name)["results"] for name in ("strict", "every"))
    assert few["num_fragments"] > 0 == all_["num_fragments"]
    assert len(few["objects"]) + few["num_fragments"] == len(all_["objects"])
    for row in few["objects"]:
        assert max(row["size"]) >= 0.6 and row["num_frames"] >= 3
    number = counted(few["num_fragments"], "fragment")
    are = "is" if few["num_fragments"] == 1 else "are"
    line = f"{number} {are} not listed (--keep-fragments lists them)"
    assert line in strict.out and "not listed" not in every.out
    listed = {row["id"] for row in few["objects"]}
    scenes = [load_scene(tmp_path / name / "scene") for name in ("strict", "every")]
    assert set(scenes[0].assets) <= listed
    assert set(scenes[0].fragments.id.tolist()) == set(scenes[1].instances.id.tolist()) - listed
    assert f"fragments {few['num_fragments']}" in spaces(call("info", tmp_path / "strict").out)

    # The limits are in config.json, which repeats the run.
    preset = json.loads((tmp_path / "strict" / "config.json").read_text())["preset"]
    assert (preset["min_score"], preset["min_size"], preset["min_frames"]) == (0, 0.6, 3)
    kept = json.loads((tmp_path / "every" / "config.json").read_text())["preset"]
    assert (kept["min_score"], kept["min_size"], kept["min_frames"]) == (0, 0, 0)
    config = tmp_path / "strict" / "config.json"
    again = call("segment", small_capture, "-o", tmp_path / "again", "--config", config)
    assert again.code == 0, again.err
    assert report_of(tmp_path / "again")["results"]["objects"] == few["objects"]


def test_limits_that_nothing_reaches(small_capture: Path, tmp_path: Path, call: Call) -> None:
    words = ("segment", small_capture, "-o", tmp_path / "run", "--stride", "4")
    masks = ("--masks", small_capture / "instance")
    outcome = call(*words, *masks, "--min-size", "50")
    assert_plain_error(
        outcome, "No object was found", "at least one object of enough score, size and frames",
        "fragments", "List them with --keep-fragments",
    )  # fmt: skip
    assert not (tmp_path / "run").exists()
    for option, value, expected in (
        ("--min-score", "1.5", "--min-score: expected a number from 0 to 1, got 1.5"),
        ("--min-size", "-1", "--min-size: expected 0 or more, got -1"),
        ("--min-frames", "-2", "--min-frames: expected 0 or more, got -2"),
    ):
        wrong = call(*words, *masks, option, value)
        assert wrong.code == 1 and "Traceback" not in wrong.err
        what, _, rest = expected.partition(": ")
        assert what in wrong.err
        assert all(word in spaces(wrong.err) for word in rest.replace(", got", "").split())
