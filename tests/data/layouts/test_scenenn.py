"""SceneNN sequences."""

from __future__ import annotations

from pathlib import Path

from scenewright.data import open_capture
from tests.data.capture_builders import (
    Room,
    assert_shows,
    write_scenenn,
)


def test_scenenn_trajectory_log(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_scenenn(tmp_path, room, log=True))
    assert_shows(capture, room)
    assert capture.names[0] == "image00001"
