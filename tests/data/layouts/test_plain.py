"""The plain layout."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import (
    K_INTEGER,
    Room,
    as_4x4,
    assert_shows,
    save_matrix,
    write_plain,
)


def test_file_names_of_other_tools(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").unlink()
    save_matrix(folder / "intrinsic_depth.txt", as_4x4(K_INTEGER))
    (folder / "pose").rename(folder / "poses")
    assert_shows(open_capture(folder), room)


def test_depth_and_poses_without_color(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    shutil.rmtree(folder / "color")
    capture = open_capture(folder)
    assert (capture.layout, len(capture), capture.has_depth) == ("plain", len(room), True)
    assert "color: none, surfaces are gray" in capture.description
    for i, frame in enumerate(capture):
        assert frame.image is None and frame.world_from_cam is not None and frame.depth is not None
        assert np.allclose(frame.depth, room.depths[i] / 1000)
        assert frame.camera.size == room.depths[i].shape
    report = check_capture(folder)
    assert report.problems == ()


def test_color_under_another_name_is_not_left_out(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "color").rename(folder / "images")
    with pytest.raises(CaptureError, match="matches no known layout"):
        open_capture(folder)
