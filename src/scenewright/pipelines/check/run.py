"""``scenewright check``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scenewright.core import CaptureError
from scenewright.data import CaptureReport, check_capture, open_capture
from scenewright.fusion import fusion_preset
from scenewright.pipelines.check.settings import CheckSettings
from scenewright.pipelines.sources.depth_range import (
    depth_range_problem,
    describe_depth_range,
    find_depth_range,
)


def check_run(capture: str | Path, settings: CheckSettings) -> CaptureReport:
    """Checks a capture; see `scenewright.data.check_capture`.

    The report also says how far `segment` would use the depth readings.

    Args:
        capture: Folder of the capture.
        settings: How it is checked.
    """
    report = check_capture(capture, layout=settings.layout, full=settings.full)
    return _with_depth_range(report, settings) if report.is_usable else report


def _with_depth_range(report: CaptureReport, settings: CheckSettings) -> CaptureReport:
    try:
        source = open_capture(report.path, layout=settings.layout)
        if not source.has_depth:
            return report
        found = find_depth_range(source, voxel_size=fusion_preset("default").voxel_size)
    except CaptureError:
        # A damaged image that the check has not decoded; `--full` finds it.
        return report
    if found is None:
        return report
    problem = depth_range_problem(found)
    return replace(
        report,
        description=(*report.description, describe_depth_range(found)),
        problems=report.problems if problem is None else (*report.problems, problem),
    )
