"""The check before the work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenewright.core import CaptureError
from scenewright.data import Problem
from scenewright.pipelines.sources.checks import as_lines, check_first


def test_a_good_capture_has_no_warnings(small_capture: Path) -> None:
    assert check_first(small_capture, layout=None, verb="segments") == ()


def test_errors_stop_and_name_the_way_on(small_capture: Path, tmp_path: Path) -> None:
    room = Path(shutil.copytree(small_capture, tmp_path / "room"))
    for path in (room / "pose").iterdir():
        path.write_text("1 2 3\n")
    with pytest.raises(CaptureError) as caught:
        check_first(room, layout=None, verb="fits")
    assert str(caught.value).endswith(
        f"Run 'scenewright check {room}' for the full list; --skip-check fits it anyway."
    )


def test_a_folder_that_is_no_capture_offers_no_way_on(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as caught:
        check_first(tmp_path, layout=None, verb="segments")
    assert "--skip-check" not in str(caught.value)


def test_lines_name_the_code() -> None:
    problem = Problem("warning", "masks", "2 of 3 frames have no masks")
    assert as_lines([problem]) == ("[masks] 2 of 3 frames have no masks",)
