"""``scenewright check``: what is wrong with a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenewright.cli.options import CaptureFolder, CommonOptions, Name

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Looks for what is wrong with a capture: files, depth scale, intrinsics, poses.

    Example: `scenewright check my-capture/`
    """

    capture: CaptureFolder
    """Folder of the capture."""
    layout: Name = None
    """Layout of the capture; recognized if left out."""
    full: bool = False
    """Decode every frame, not a sample."""
    json: bool = False
    """Write the report as JSON."""


def run(options: Options, terminal: Terminal) -> int:
    """Shows the report; 1 if there are errors."""
    from scenewright.data import check_capture
    from scenewright.io import json_text

    report = check_capture(options.capture, layout=options.layout, full=options.full)
    if options.json:
        terminal.write(json_text(report.as_dict()).rstrip())
        return 0 if report.is_usable else 1
    for line in report.description:
        terminal.write(line)
    for problem in report.problems:
        terminal.write()
        style = "red" if problem.severity == "error" else "yellow"
        terminal.write(f"{problem.severity} [{problem.code}]: {problem.what}", style=style)
        words = (("expected", problem.expected), ("got", problem.got), ("do", problem.do))
        for word, value in words:
            if value:
                terminal.write(f"  {word + ':':<9} {value}")
        if problem.frames:
            more = f" and {len(problem.frames) - 5} more" if len(problem.frames) > 5 else ""
            terminal.write(f"  {'frames:':<9} {', '.join(problem.frames[:5])}{more}")
    terminal.write()
    counts = f"{len(report.errors)} errors, {len(report.warnings)} warnings"
    verdict = "mend the errors first"
    if report.is_usable:
        flat = any(problem.code == "no-depth" for problem in report.problems)
        verdict = "surfels can be fitted (fit-splats)" if flat else "it can be segmented"
    terminal.write(
        f"{counts} ({report.num_decoded} of {report.num_frames} frames decoded): {verdict}"
    )
    return 0 if report.is_usable else 1
