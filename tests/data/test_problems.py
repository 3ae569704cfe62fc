"""Problems and reports as text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenewright.core import CaptureError
from scenewright.data.problems import CaptureReport, Problem, list_some


def test_problems_read_as_sentences() -> None:
    full = Problem("error", "depth-scale", "Depth is off", "1 m", "1000 m", "Set the scale.")
    assert str(full) == (
        "error [depth-scale] Depth is off: expected 1 m, got 1000 m. Set the scale."
    )
    assert str(Problem("warning", "time-gap", "A gap")) == "warning [time-gap] A gap"


def test_errors_become_problems() -> None:
    error = CaptureError("File is missing", expected="a file", do="Restore it.")
    problem = Problem.from_error(error, code="missing-file", frames=("a", "b"))
    assert problem == Problem(
        "error", "missing-file", "File is missing", "a file", "", "Restore it.", ("a", "b")
    )


def test_reports_separate_errors_and_warnings() -> None:
    problems = (Problem("error", "a", "A"), Problem("warning", "b", "B"))
    report = CaptureReport(Path("scan"), "plain", ("layout: plain",), 3, 2, problems)
    assert report.errors == problems[:1] and report.warnings == problems[1:]
    assert not report.is_usable
    value = json.loads(json.dumps(report.as_dict()))
    assert value["path"] == "scan" and value["is_usable"] is False
    assert [row["code"] for row in value["problems"]] == ["a", "b"]
    assert CaptureReport(Path("scan"), "plain", (), 3, 2, problems[1:]).is_usable


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (2, "f0, f1"), (3, "f0, f1, f2"), (5, "f0, f1, f2 and 2 more")]
)
def test_lists_of_names_are_shortened(count: int, text: str) -> None:
    assert list_some((f"f{i}" for i in range(count)), limit=3) == text
