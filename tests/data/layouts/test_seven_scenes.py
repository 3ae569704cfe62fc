"""7-Scenes sequences."""

from __future__ import annotations

from pathlib import Path

from scenewright.data import open_capture
from tests.data.capture_builders import (
    Room,
    save_picture,
    write_seven_scenes,
)


def test_seven_scenes_marks_without_reading(room: Room, tmp_path: Path) -> None:
    folder = write_seven_scenes(tmp_path, room)
    depth = room.depths[0].copy()
    depth[:5] = 65535
    depth[5:7] = 0
    save_picture(folder / "frame-000000.depth.png", depth)
    read = open_capture(folder)[0].depth
    assert read is not None
    assert (read[:7] == 0).all() and (read[7:] > 0).all()
