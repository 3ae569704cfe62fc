"""``scenewright check``."""

from __future__ import annotations

from pathlib import Path

from scenewright.data import CaptureReport, check_capture
from scenewright.pipelines.check.settings import CheckSettings


def check_run(capture: str | Path, settings: CheckSettings) -> CaptureReport:
    """Checks a capture; see `scenewright.data.check_capture`.

    Args:
        capture: Folder of the capture.
        settings: How it is checked.
    """
    return check_capture(capture, layout=settings.layout, full=settings.full)
