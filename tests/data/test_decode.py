"""One frame from its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import (
    Room,
    save_matrix,
    save_picture,
    write_plain,
)


def test_other_size_than_the_first(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    save_picture(folder / "depth" / "000003.png", room.depths[3][::2, ::2])
    with pytest.raises(CaptureError, match=r"expected 64 x 48 pixels, got 32 x 24"):
        open_capture(folder)[3]


@pytest.mark.parametrize(
    "pose",
    [np.full((4, 4), np.nan), np.full((4, 4), -np.inf), np.diag([2.0, 2, 2, 1]), np.zeros((4, 4))],
)
def test_unusable_pose_is_none(pose: np.ndarray, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    save_matrix(folder / "pose" / "000001.txt", pose)
    assert open_capture(folder)[1].world_from_cam is None


def test_a_pose_that_cannot_be_read_drops_its_frame_alone(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "pose" / "000001.txt").write_text("1 0 0 0\n0 1")
    (folder / "pose" / "000002.txt").write_text("")
    capture = open_capture(folder)
    assert [frame.world_from_cam is None for frame in capture][:4] == [False, True, True, False]
    (problem,) = [p for p in check_capture(folder).problems if p.code == "pose-unreadable"]
    assert problem.severity == "warning" and problem.frames == ("000001", "000002")
