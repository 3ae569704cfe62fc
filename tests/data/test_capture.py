from __future__ import annotations

import json
import re
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
    make_room,
    save_matrix,
    save_picture,
    write_nerfstudio,
    write_plain,
    write_tum,
)


@pytest.fixture(scope="module")
def room() -> Room:
    return make_room()


def message(folder: Path, **options: object) -> str:
    with pytest.raises(CaptureError) as caught:
        open_capture(folder, **options)  # type: ignore[arg-type]
    return str(caught.value).replace(str(folder), "DIR")


def settings(folder: Path, **values: object) -> Path:
    (folder / "capture.json").write_text(json.dumps(values))
    return folder


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
    with pytest.raises(CaptureError, match="a slice of 3 frames that holds at least one"):
        capture.subset(start=3)


def test_nothing_is_decoded_before_it_is_asked_for(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "depth" / "000005.png").write_bytes(b"no picture")
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


def test_settings_file(room: Room, tmp_path: Path) -> None:
    flipped = Room(room.images, room.depths * np.uint16(5), room.poses.copy())
    for i, pose in enumerate(room.poses):
        stored = pose @ np.diag([1.0, -1.0, -1.0, 1.0])
        stored[:3, 3] *= 1000
        flipped.poses[i] = np.linalg.inv(stored)
    folder = write_plain(tmp_path, flipped)
    settings(
        folder,
        name="kitchen",
        depth_scale=5000,
        pixel_center="half",
        pose="cam_from_world",
        axes="opengl",
        pose_scale=1000,
        up=[0, -2, 0],
        times=[i / 2 for i in range(len(room))],
    )
    capture = open_capture(folder)
    frame = capture[3]
    assert capture.name == "kitchen"
    assert capture.up is not None and capture.up.tolist() == [0, -1, 0]
    assert frame.camera.cx == WIDTH / 2 - 0.5
    assert frame.time == 1.5
    assert frame.depth is not None
    np.testing.assert_allclose(frame.depth, room.depths[3] / 1000, rtol=1e-6)
    np.testing.assert_allclose(frame.world_from_cam, room.poses[3], atol=1e-9)


def test_settings_errors(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    assert message(settings(folder, depthscale=1)) == (
        "DIR/capture.json holds a key that is not known: expected keys among name, depth_scale, "
        "pixel_center, pose, axes, pose_scale, up, times, got depthscale. "
        "Correct the spelling or take the key out."
    )
    assert message(settings(folder, pose="c2w")) == (
        "DIR/capture.json: 'pose' has a value that does not fit: expected 'world_from_cam' or "
        "'cam_from_world', got 'c2w'"
    )
    for bad in ({"depth_scale": 0}, {"up": [0, 0, 0]}, {"times": [1, 2]}, {"depth_scale": "x"}):
        assert "has a value that does not fit" in message(settings(folder, **bad))
    (folder / "capture.json").write_text("{")
    assert message(folder).startswith("DIR/capture.json is not valid JSON: got ")


def test_depth_scale_of_the_caller(room: Room, tmp_path: Path) -> None:
    folder = settings(write_plain(tmp_path, room), depth_scale=5000)
    depth = open_capture(folder, depth_scale=2000)[0].depth
    assert depth is not None
    np.testing.assert_allclose(depth, room.depths[0] / 2000, rtol=1e-6)


def test_missing_folder(tmp_path: Path) -> None:
    assert message(tmp_path / "nowhere") == (
        "DIR is not a folder: expected the folder of a capture, got nothing there. "
        "Check the spelling of the path; an archive has to be unpacked first."
    )
    (tmp_path / "scan.zip").write_bytes(b"")
    assert "got a file" in message(tmp_path / "scan.zip")


LAYOUT_NAMES = "apc, 7scenes, scannet, scenenn, tum, replica, stray, nerfstudio, colmap, plain"


def test_empty_folder(tmp_path: Path) -> None:
    assert message(tmp_path) == (
        "DIR is empty: expected the files of a capture. "
        f"Readable layouts: {LAYOUT_NAMES}. For any other folder use the plain layout "
        "(color/, depth/, pose/, intrinsics.txt), see docs/captures.md."
    )


def test_unknown_layout(tmp_path: Path) -> None:
    save_picture(tmp_path / "0001.png", np.zeros((4, 4), np.uint8))
    text = message(tmp_path)
    assert text.startswith(
        "DIR has no layout that is known: expected apc (cam.info.txt beside frame-*.depth.png); "
        "7scenes (frame-*.color.jpg|png beside frame-*.depth.png); scannet ("
    )
    assert text.endswith(
        "plain (folder color/ beside depth/ or pose/), got 0001.png. "
        f"Readable layouts: {LAYOUT_NAMES}. For any other folder use the plain layout "
        "(color/, depth/, pose/, intrinsics.txt), see docs/captures.md."
    )
    with pytest.raises(UnknownNameError, match="There is no layout 'kitti': expected one of apc"):
        open_capture(tmp_path, layout="kitti")


def test_folder_one_level_too_high(room: Room, tmp_path: Path) -> None:
    write_plain(tmp_path / "bedroom", room)
    write_tum(tmp_path / "office", room)
    (tmp_path / "notes").mkdir()
    assert message(tmp_path).endswith(
        "got bedroom/, notes/, office/. Open one of the captures inside it: bedroom, office."
    )


def test_layout_can_be_forced(room: Room, tmp_path: Path) -> None:
    write_plain(tmp_path, room)
    write_nerfstudio(tmp_path, room)
    guessed = open_capture(tmp_path)
    assert guessed.layout == "nerfstudio"
    assert "also looks like plain: pass layout=... to read it so" in guessed.description
    assert open_capture(tmp_path, layout="plain").layout == "plain"


def test_no_frames(tmp_path: Path) -> None:
    (tmp_path / "color").mkdir()
    (tmp_path / "depth").mkdir()
    assert message(tmp_path) == (
        "DIR holds no frames: expected frames of the layout 'plain' (folder color/ beside depth/ "
        "or pose/), got none with all the files that it takes. "
        "See docs/captures.md for the files of each layout."
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "500 500",
            "DIR/intrinsics.txt does not hold the matrix: expected 3 x 3 numbers or 4 x 4 numbers, "
            "got 2 numbers. Write the matrix as text, one row a line, values separated by spaces.",
        ),
        (
            "fx 0 cx 0 fy cy 0 0 1",
            "DIR/intrinsics.txt holds something that is not a number: expected numbers, "
            "got could not convert string to float: 'fx'",
        ),
        (
            "60 0 32 0 -60 24 0 0 1",
            "DIR/intrinsics.txt does not hold camera intrinsics: expected fx 0 cx / 0 fy cy / "
            "0 0 1 with positive focal lengths in pixels, got 60 0 32 / 0 -60 24 / 0 0 1. "
            "Write the 3x3 matrix K of the depth picture into this file.",
        ),
    ],
)
def test_wrong_intrinsics(text: str, told: str, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").write_text(text)
    assert message(folder) == told


def test_missing_intrinsics(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").unlink()
    assert message(folder) == (
        "DIR/intrinsics.txt is missing: expected a text file with the 3x3 matrix K of the depth "
        "pictures. Write it as three lines: fx 0 cx / 0 fy cy / 0 0 1."
    )


@pytest.mark.parametrize("part", ["color", "depth"])
def test_truncated_picture(part: str, room: Room, tmp_path: Path) -> None:
    path = write_plain(tmp_path, room) / part / "000002.png"
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(CaptureError) as caught:
        open_capture(tmp_path)[2]
    assert re.fullmatch(
        rf"DIR/{part}/000002\.png cannot be decoded: expected a whole picture, "
        r"got 400 bytes that end in an error \(.+\)\. "
        r"Copy or export this file again, or take the frame's files out of the capture\.",
        str(caught.value).replace(str(tmp_path), "DIR"),
    )


def test_colored_depth_is_refused(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    save_picture(folder / "depth" / "000000.png", room.images[0])
    with pytest.raises(CaptureError, match="is not a depth picture: expected one channel of 16-b"):
        open_capture(folder)[0]


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


def test_unreadable_pose(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "pose" / "000001.txt").write_text("1 0 0 0\n0 1")
    with pytest.raises(CaptureError, match=r"000001\.txt does not hold the matrix: expected 4 x 4"):
        open_capture(folder)[1]


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "C:\\x.png", "a/../../b.png", ""])
def test_names_that_lead_out_of_the_capture(name: str, room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path / "nerf", room)
    path = folder / "transforms.json"
    values = json.loads(path.read_text())
    values["frames"][0]["depth_file_path"] = name
    path.write_text(json.dumps(values))
    assert message(folder) == (
        "DIR/transforms.json lists a file outside the capture: expected a name relative to DIR, "
        f"without '..', got {name!r}. Move the file into the capture's folder and correct the "
        "entry."
    )


def test_names_that_lead_out_of_a_tum_list(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", room)
    (folder / "rgb.txt").write_text("100.0 ../rgb.png")
    assert message(folder).startswith("DIR/rgb.txt lists a file outside the capture")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], "expected a JSON object, got list"),
        ({}, "lists no frames: expected a list called 'frames'"),
        ({"frames": [{}]}, "a frame has no 'file_path'"),
        ({"frames": [{"file_path": "a.png"}]}, "the pose of a.png cannot be read"),
        (
            {"frames": [{"file_path": "a.png", "transform_matrix": np.eye(4).tolist()}]},
            "holds no intrinsics",
        ),
        (
            {
                "fl_x": "long",
                "w": 4,
                "h": 4,
                "frames": [{"file_path": "a.png", "transform_matrix": np.eye(4).tolist()}],
            },
            "holds intrinsics that are not numbers",
        ),
    ],
)
def test_broken_transforms(values: object, told: str, tmp_path: Path) -> None:
    (tmp_path / "transforms.json").write_text(json.dumps(values))
    assert told in message(tmp_path)


def test_unusable_numbers_in_intrinsics(room: Room, tmp_path: Path) -> None:
    folder = write_nerfstudio(tmp_path, room)
    values = json.loads((folder / "transforms.json").read_text())
    (folder / "transforms.json").write_text(json.dumps(values | {"fl_y": -60}))
    assert message(folder) == (
        "The capture's intrinsics are not usable: expected finite numbers, positive focal lengths "
        "and picture sizes, got fx 60, fy -60, cx 32, cy 24 for 64 x 48 pixels. "
        "Correct the file that holds them; docs/captures.md names it for each layout."
    )


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY\x01\x00\x10\x00{'descr': (((\n    "])
def test_broken_array(data: bytes, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "depth" / "000000.png").rename(folder / "depth" / "000000.bak")
    (folder / "depth" / "000000.npy").write_bytes(data)
    with pytest.raises(CaptureError, match=r"000000\.npy cannot be decoded"):
        open_capture(folder, layout="plain")[0]
