"""Helpers of the tests that check captures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.data import CaptureReport, check_capture
from tests.data.capture_builders import Room


def with_poses(room: Room, poses: NDArray[np.floating]) -> Room:
    """The room with other poses."""
    return Room(room.images, room.depths, np.asarray(poses, np.float64))


def codes(report: CaptureReport) -> list[str]:
    """The codes of all problems in order."""
    return [problem.code for problem in report.problems]


def codes_with_settings(folder: Path, **settings: object) -> list[str]:
    """The codes of the problems that are left with these values in capture.json."""
    (folder / "capture.json").write_text(json.dumps(settings))
    return codes(check_capture(folder))
