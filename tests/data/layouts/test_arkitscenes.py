"""ARKitScenes: images by time, intrinsics per frame, a trajectory of axes times angles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import (
    Room,
    assert_shows,
    message_of,
    save_picture,
    write_arkitscenes,
)


def test_raw_data_show_the_room(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_arkitscenes(tmp_path, room))
    assert capture.layout == "arkitscenes" and len(capture) == len(room)
    assert_shows(capture, room)
    assert capture.up is None
    assert capture[1].time == 6845.223
    assert not [p for p in check_capture(tmp_path).problems if p.severity == "error"]


def test_confidence_drops_depth_and_lost_poses_are_none(room: Room, tmp_path: Path) -> None:
    folder = write_arkitscenes(tmp_path, room)
    none = np.zeros(room.depths[0].shape, np.uint8)
    save_picture(folder / "confidence" / "40753679_6845.123.png", none)
    lines = (folder / "lowres_wide.traj").read_text().splitlines()
    (folder / "lowres_wide.traj").write_text("\n".join(lines[:2] + lines[3:]))
    frames = list(open_capture(folder))
    assert frames[0].depth is not None and not frames[0].depth.any()
    assert [f.world_from_cam is None for f in frames[:4]] == [False, False, True, False]


def test_files_that_are_damaged(room: Room, tmp_path: Path) -> None:
    folder = write_arkitscenes(tmp_path, room)
    (folder / "lowres_wide.traj").write_text("1 2 3")
    assert "expected seven numbers per line: time, rotation as axis" in message_of(folder)
    folder = write_arkitscenes(tmp_path / "b", room)
    next((folder / "lowres_wide_intrinsics").iterdir()).write_text("1 2 3")
    assert "expected width height fx fy cx cy, got 3 numbers" in message_of(folder)
