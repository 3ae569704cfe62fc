"""Recordings: which intrinsics hold for a frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.recording import FrameEntry, Recording

SHARED = Intrinsics(np.diag([50.0, 50.0, 1.0]))
OTHER = Intrinsics(np.diag([70.0, 70.0, 1.0]))


def test_intrinsics_of_a_frame_override_those_of_the_recording() -> None:
    entries = (FrameEntry("a", None, None), FrameEntry("b", None, None, intrinsics=OTHER))
    recording = Recording("plain", Path("scan"), entries, SHARED)
    assert [recording.intrinsics_of(entry) for entry in entries] == [SHARED, OTHER]


def test_errors_in_shared_intrinsics_are_raised_only_where_they_are_needed() -> None:
    entries = (FrameEntry("a", None, None), FrameEntry("b", None, None, intrinsics=OTHER))
    error = CaptureError("intrinsics.txt is missing")
    recording = Recording("plain", Path("scan"), entries, error)
    assert recording.intrinsics_of(entries[1]) is OTHER
    with pytest.raises(CaptureError, match=r"^intrinsics\.txt is missing$"):
        recording.intrinsics_of(entries[0])
    assert recording.depth.scale == 1000 and recording.pose.direction == "world_from_cam"
