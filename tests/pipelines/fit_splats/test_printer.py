"""``scenewright fit-splats``: what it shows, and what users get wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from scenewright.pipelines.fit_splats.printer import facts, show
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.runs.folder import RunFolder
from tests.command_builders import Call, assert_plain_error
from tests.runs.printer_builders import PrintedText

TINY = ("--preset", "preview", "--steps", "4", "--max-surfels", "2000", "--no-mesh")


@pytest.fixture
def room(small_capture: Path, tmp_path: Path) -> Path:
    """A capture that a test may spoil."""
    return Path(shutil.copytree(small_capture, tmp_path / "room"))


def test_a_fit_is_shown(fitted: FitRun) -> None:
    out = PrintedText()
    assert show(fitted, FitSettings(), out) == 0
    assert [row[0] for row in out.tables[-1]] == ["stage", *fitted.report.stages, "all"]
    text = "\n".join(out.lines)
    assert f"{len(fitted.fit.surfels):,} surfels" in text and "on 2 held-out views" in text
    assert f"run folder: {fitted.folder.path}" in text


def test_facts_are_those_of_the_report(fitted: FitRun) -> None:
    found = facts(RunFolder.open(fitted.folder.path).report)
    assert found["views"] == "8, of which 2 held out"
    assert found["surfels"] == f"{len(fitted.fit.surfels)} after {fitted.fit.num_steps} steps"


def test_pictures_without_cameras(room: Path, tmp_path: Path, call: Call) -> None:
    for path in (room / "pose").iterdir():
        np.savetxt(path, np.full((4, 4), np.nan))
    outcome = call("fit-splats", room, "-o", tmp_path / "run", *TINY, "--skip-check")
    assert_plain_error(
        outcome, f"The capture {room} has images but no camera poses", "none for 8 images"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_cameras_without_pictures(room: Path, tmp_path: Path, call: Call) -> None:
    shutil.rmtree(room / "color")
    outcome = call("fit-splats", room, "-o", tmp_path / "run", *TINY)
    assert_plain_error(outcome, f"{room} has camera poses but no images", "none for 8 frames")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_one_view_only(room: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("fit-splats", room, "-o", tmp_path / "run", "--stride", "8", *TINY)
    assert_plain_error(outcome, "Only one view", "1 with image and pose among 1 frame")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_all_views_alike(room: Path, tmp_path: Path, call: Call) -> None:
    poses = sorted((room / "pose").iterdir())
    for path in poses[1:]:
        shutil.copy(poses[0], path)
    outcome = call("fit-splats", room, "-o", tmp_path / "run", *TINY, "--skip-check")
    assert_plain_error(outcome, "All views have the same pose", "8 views with one pose")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_more_than_fits_into_memory(
    room: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenewright.splats.fitting.memory.available_bytes", lambda: 10_000_000)
    outcome = call("fit-splats", room, "-o", tmp_path / "run", *TINY, "--start", "random")
    assert_plain_error(outcome, "Not enough memory for the fit", "an estimated", "GiB")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["room"]


def test_nothing_to_resume(room: Path, tmp_path: Path, call: Call) -> None:
    outcome = call("fit-splats", room, "-o", tmp_path / "run", "--resume", *TINY)
    assert_plain_error(outcome, "There is no run to resume", "Omit --resume")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--preset", "worst"), "Fit preset 'worst'"),
        (("--image-scale", "2"), "Image scale"),
        (("--start", "magic"), "Unknown kind of initial surfels: 'magic'"),
        (("--engine", "opengl"), "There is no engine 'opengl'"),
        (("--steps", "0"), "--steps"),
        (("--held-out", "1"), "No view is left for training"),
        (("--threads", "0"), "Number of threads"),
    ],
)
def test_wrong_options_of_a_fit(
    words: tuple[str, str], told: str, small_capture: Path, tmp_path: Path, call: Call
) -> None:
    outcome = call("fit-splats", small_capture, "-o", tmp_path / "run", *TINY, *words)
    assert_plain_error(outcome, told)
    assert list(tmp_path.iterdir()) == []
