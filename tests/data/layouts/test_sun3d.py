"""SUN3D: rotated bits, depth by time, one pose per color image."""

from __future__ import annotations

from pathlib import Path

from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import Room, assert_shows, message_of, write_sun3d


def test_downloads_show_the_room(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_sun3d(tmp_path, room))
    assert capture.layout == "sun3d" and len(capture) == len(room)
    assert_shows(capture, room)
    assert capture[2].time == 0.066734
    assert not [p for p in check_capture(tmp_path).problems if p.severity == "error"]


def test_depth_that_is_missing_is_not_that_of_another_frame(room: Room, tmp_path: Path) -> None:
    folder = write_sun3d(tmp_path, room)
    for path in sorted((folder / "depth").iterdir())[2:6]:
        path.unlink()
    capture = open_capture(folder)
    assert len(capture) in (len(room) - 4, len(room) - 3)


def test_poses_that_are_cut_off(room: Room, tmp_path: Path) -> None:
    folder = write_sun3d(tmp_path, room)
    (folder / "extrinsics" / "20140808220511.txt").write_text("1 2 3")
    assert "expected a 3x4 matrix for each color image, got 3 numbers" in message_of(folder)
