"""``scenewright check``: problems in words or as JSON, and what a capture is good for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from scenewright.data import CaptureReport, Problem
from scenewright.pipelines.check.printer import show
from scenewright.pipelines.check.settings import CheckSettings
from scenewright.worlds import film_room
from scenewright.worlds.writing import write_capture
from tests.command_builders import Call, assert_plain_error
from tests.runs.printer_builders import PrintedText


def test_a_good_capture(small_capture: Path, call: Call) -> None:
    outcome = call("check", small_capture)
    assert outcome.code == 0
    assert outcome.out.startswith("layout: plain")
    assert outcome.out.splitlines()[-1] == (
        "0 errors, 0 warnings (8 of 8 frames decoded): it can be segmented"
    )


def test_json(small_capture: Path, call: Call) -> None:
    outcome = call("check", small_capture, "--json")
    value = json.loads(outcome.out)
    assert outcome.code == 0 and value["is_usable"] is True


def test_pictures_without_depth_are_good_for_surfels(tmp_path: Path, call: Call) -> None:
    film = film_room(3, num_frames=4, width=64, height=48)
    write_capture(film, tmp_path / "capture", layout="colmap")
    shutil.rmtree(tmp_path / "capture" / "depths")
    outcome = call("check", tmp_path / "capture")
    assert outcome.code == 0, outcome
    assert outcome.out.splitlines()[-1].endswith(": surfels can be fitted (fit-splats)")


def test_no_folder_and_no_such_layout(small_capture: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("check", tmp_path / "nowhere")
    assert outcome.code == 1 and "not a folder" in outcome.out
    assert outcome.out.splitlines()[-1].endswith("fix the errors first")
    assert json.loads(call("check", tmp_path / "nowhere", "--json").out)["is_usable"] is False
    assert_plain_error(call("check", small_capture, "--layout", "kitti"), "kitti")


def test_a_problem_shows_what_is_known_of_it(tmp_path: Path) -> None:
    frames = tuple(f"{i:06d}" for i in range(7))
    problem = Problem(
        "warning", "blurred", "Pictures are blurred", expected="sharp ones", do="Wait.",
        frames=frames,
    )  # fmt: skip
    report = CaptureReport(tmp_path, "plain", ("layout: plain",), 7, 7, (problem,))
    out = PrintedText()
    assert show(report, CheckSettings(), out) == 0
    assert out.lines == [
        "layout: plain",
        "",
        "warning [blurred]: Pictures are blurred",
        "  expected: sharp ones",
        "  do:       Wait.",
        "  frames:   000000, 000001, 000002, 000003, 000004 and 2 more",
        "",
        "0 errors, 1 warning (7 of 7 frames decoded): it can be segmented",
    ]
