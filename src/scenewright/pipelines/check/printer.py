"""How ``scenewright check`` shows its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.io import json_text
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.data import CaptureReport, Problem
    from scenewright.pipelines.check.settings import CheckSettings

_SHOWN_FRAMES = 5


def show(report: CaptureReport, settings: CheckSettings, out: Printer) -> int:
    """Shows the report; returns 1 if there are errors."""
    code = 0 if report.is_usable else 1
    if settings.json:
        out.write(json_text(report.as_dict()).rstrip())
        return code
    for line in report.description:
        out.write(line)
    for problem in report.problems:
        _show_problem(problem, out)
    out.write()
    counts = f"{counted(len(report.errors), 'error')}, {counted(len(report.warnings), 'warning')}"
    decoded = f"({report.num_decoded} of {report.num_frames} frames decoded)"
    out.write(f"{counts} {decoded}: {_verdict(report)}")
    return code


def _verdict(report: CaptureReport) -> str:
    if not report.is_usable:
        return "fix the errors first"
    if any(problem.code == "no-depth" for problem in report.problems):
        return "surfels can be fitted (fit-splats)"
    return "it can be segmented"


def _show_problem(problem: Problem, out: Printer) -> None:
    out.write()
    style = "red" if problem.severity == "error" else "yellow"
    out.write(f"{problem.severity} [{problem.code}]: {problem.what}", style=style)
    words = (("expected", problem.expected), ("got", problem.got), ("do", problem.do))
    for word, value in words:
        if value:
            out.write(f"  {word + ':':<9} {value}")
    if problem.frames:
        more = len(problem.frames) - _SHOWN_FRAMES
        rest = f" and {more} more" if more > 0 else ""
        out.write(f"  {'frames:':<9} {', '.join(problem.frames[:_SHOWN_FRAMES])}{rest}")
