"""What ``scenewright check`` says about the depth that will be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.geometry.depth_range import DepthRange
from scenewright.pipelines.check import run as check
from scenewright.pipelines.check.settings import CheckSettings


def test_the_report_says_how_far_depth_is_used(small_capture: Path) -> None:
    report = check.check_run(small_capture, CheckSettings())
    assert report.description[-1].startswith("depth: readings up to ")
    assert report.description[-1].endswith(" m are used")
    assert report.problems == ()


def test_a_large_cut_is_a_warning(small_capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = DepthRange(4.5, "noise", 0.025, 0.2)
    monkeypatch.setattr(check, "find_depth_range", lambda source, *, voxel_size: found)
    report = check.check_run(small_capture, CheckSettings())
    assert [problem.code for problem in report.problems] == ["noisy-depth"]
    assert report.is_usable and "20 % are beyond" in report.description[-1]


def test_a_folder_that_is_no_capture_has_no_depth_range(tmp_path: Path) -> None:
    report = check.check_run(tmp_path, CheckSettings())
    assert not report.is_usable and report.description == ()
