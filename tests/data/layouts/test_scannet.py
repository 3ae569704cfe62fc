"""ScanNet exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.data import open_capture
from tests.data.capture_builders import (
    HEIGHT,
    WIDTH,
    Room,
    save_matrix,
    save_picture,
    write_scannet,
)


def test_scannet_frames_folder_itself(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_scannet(tmp_path / "scene0000_00", room) / "frames")
    assert capture.layout == "scannet"
    assert capture.name == "scene0000_00"
    assert capture.names[3] == "3"


def test_scannet_color_is_resized_to_depth(room: Room, tmp_path: Path) -> None:
    folder = write_scannet(tmp_path, room)
    for i in range(len(room)):
        large = room.images[i].repeat(2, axis=0).repeat(2, axis=1)
        save_picture(folder / "frames" / "color" / f"{i}.png", large)
    frame = open_capture(folder)[2]
    assert frame.image is not None
    assert frame.image.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(frame.image.astype(int) - room.images[2]).mean() < 3
    assert frame.camera.cx == pytest.approx(WIDTH / 2)


def test_scannet_lost_pose_is_none(room: Room, tmp_path: Path) -> None:
    folder = write_scannet(tmp_path, room)
    save_matrix(folder / "frames" / "pose" / "2.txt", np.full((4, 4), -np.inf))
    capture = open_capture(folder)
    assert capture[2].world_from_cam is None
    assert capture[3].world_from_cam is not None
