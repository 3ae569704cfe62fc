"""Opening captures: layouts, subsets, and folders that are not captures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.core import CaptureError, UnknownNameError
from scenewright.data import open_capture
from tests.data.capture_builders import (
    HEIGHT,
    K_INTEGER,
    WIDTH,
    Room,
    message_of,
    save_matrix,
    save_picture,
    write_nerfstudio,
    write_plain,
    write_tum,
)


def test_subset_and_negative_index(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    capture = open_capture(folder, start=1, stop=8, stride=3)
    assert capture.names == ("000001", "000004", "000007")
    assert [frame.index for frame in capture] == [0, 1, 2]
    assert capture[-1].name == "000007" and capture[-1].index == 2
    assert capture.subset(stride=2)[1].name == "000007"
    assert "frames: 3 of 8" in capture.description
    with pytest.raises(IndexError):
        capture[3]
    with pytest.raises(CaptureError, match="1 or more, got 0"):
        capture.subset(stride=0)
    with pytest.raises(CaptureError, match="a slice of 3 frames with at least one frame"):
        capture.subset(start=3)


def test_nothing_is_decoded_before_it_is_asked_for(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "depth" / "000005.png").write_bytes(b"no image")
    capture = open_capture(folder)
    assert capture.camera.size == (HEIGHT, WIDTH)
    assert capture[4].name == "000004"
    with pytest.raises(CaptureError, match=r"000005\.png cannot be decoded"):
        capture[5]


def test_files_sort_by_number(room: Room, tmp_path: Path) -> None:
    save_matrix(tmp_path / "intrinsics.txt", K_INTEGER)
    for number in (10, 9, 100):
        save_picture(tmp_path / "color" / f"{number}.jpg", room.images[0])
        save_picture(tmp_path / "depth" / f"{number}.png", room.depths[0])
    capture = open_capture(tmp_path)
    assert capture.names[:3] == ("9", "10", "100")
    assert capture[0].world_from_cam is None
    assert "poses: none" in capture.description


def test_missing_folder(tmp_path: Path) -> None:
    assert message_of(tmp_path / "nowhere") == (
        "DIR is not a folder: expected the folder of a capture, got no such path. "
        "Check the spelling of the path."
    )
    (tmp_path / "scan.zip").write_bytes(b"")
    assert "got an archive. Unpack it first" in message_of(tmp_path / "scan.zip")


LAYOUT_NAMES = (
    "apc, 7scenes, scannet, arkitscenes, sun3d, scenenn, tum, replica, stray, polycam, record3d, "
    "rtabmap, nerfstudio, colmap, plain"
)


def test_empty_folder(tmp_path: Path) -> None:
    assert message_of(tmp_path) == (
        "DIR is empty: expected the files of a capture. "
        f"Known layouts: {LAYOUT_NAMES}. For any other folder use the plain layout "
        "(color/, depth/, pose/, intrinsics.txt), see docs/captures.md."
    )


def test_unknown_layout(tmp_path: Path) -> None:
    save_picture(tmp_path / "0001.png", np.zeros((4, 4), np.uint8))
    text = message_of(tmp_path)
    assert text.startswith(
        "DIR matches no known layout: expected apc (cam.info.txt next to frame-*.depth.png); "
        "7scenes (frame-*.color.jpg|png next to frame-*.depth.png); scannet ("
    )
    assert text.endswith(
        "plain (two of: a folder color/ (rgb/, images/), a folder depth/, poses in pose/ or "
        "poses.txt), got 0001.png. "
        f"Known layouts: {LAYOUT_NAMES}. For any other folder use the plain layout "
        "(color/, depth/, pose/, intrinsics.txt), see docs/captures.md."
    )
    with pytest.raises(UnknownNameError, match="There is no layout 'kitti': expected one of apc"):
        open_capture(tmp_path, layout="kitti")


def test_folder_one_level_too_high(room: Room, tmp_path: Path) -> None:
    write_plain(tmp_path / "bedroom", room)
    write_tum(tmp_path / "office", room)
    (tmp_path / "notes").mkdir()
    assert message_of(tmp_path).endswith(
        "got bedroom/, notes/, office/. Open one of the captures inside it: bedroom, office."
    )


def test_layout_can_be_forced(room: Room, tmp_path: Path) -> None:
    write_plain(tmp_path, room)
    write_nerfstudio(tmp_path, room)
    guessed = open_capture(tmp_path)
    assert guessed.layout == "nerfstudio"
    assert "also matches plain: pass layout=... to choose it" in guessed.description
    assert open_capture(tmp_path, layout="plain").layout == "plain"


def test_no_frames(tmp_path: Path) -> None:
    (tmp_path / "color").mkdir()
    (tmp_path / "depth").mkdir()
    assert message_of(tmp_path) == (
        "DIR contains no frames: expected frames of the layout 'plain' (two of: a folder color/ "
        "(rgb/, images/), a folder depth/, poses in pose/ or poses.txt), got no frame with all "
        "required files; color/ holds 0 files, depth/ holds 0 files. "
        "See docs/captures.md for the files of each layout."
    )


def test_missing_intrinsics(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").unlink()
    assert message_of(folder) == (
        "DIR/intrinsics.txt is missing: expected a text file with the 3x3 matrix K of the depth "
        "images. Write it in three lines: fx 0 cx / 0 fy cy / 0 0 1."
    )
