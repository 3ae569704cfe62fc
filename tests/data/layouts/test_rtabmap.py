"""Exports of RTAB-Map."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import Room, assert_shows, write_rtabmap


@pytest.mark.parametrize("prefix", ["", "rtabmap_", "my scan_"])
def test_folders_with_and_without_the_name_of_the_database(
    prefix: str, room: Room, tmp_path: Path
) -> None:
    capture = open_capture(write_rtabmap(tmp_path, room, prefix=prefix))
    assert capture.layout == "rtabmap"
    assert_shows(capture, room)


def test_an_export_without_poses(room: Room, tmp_path: Path) -> None:
    folder = write_rtabmap(tmp_path, room)
    (folder / "rtabmap_camera_poses.txt").unlink()
    assert "no poses: no file camera_poses.txt" in open_capture(folder).description
    assert "pose-missing" in [p.code for p in check_capture(folder).errors]
