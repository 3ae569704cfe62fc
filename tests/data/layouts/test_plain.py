"""The plain layout."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("name", ["rgb", "images", "image"])
def test_color_under_another_name_is_read(name: str, room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "color").rename(folder / name)
    (folder / "depth").rename(folder / "depths")
    assert_shows(open_capture(folder, layout="plain"), room)


@pytest.mark.parametrize(
    ("color", "depth", "pose"),
    [("Color", "Depth", "Pose"), ("RGB", "depth_gt", "extrinsics"), ("imgs", "depth_maps", "pose")],
)
def test_folders_under_other_names(
    color: str, depth: str, pose: str, room: Room, tmp_path: Path
) -> None:
    folder = write_plain(tmp_path / "before", room)
    (tmp_path / "after").mkdir()
    for old, new in (("color", color), ("depth", depth), ("pose", pose)):
        (folder / old).rename(tmp_path / "after" / new)
    (folder / "intrinsics.txt").rename(tmp_path / "after" / "intrinsics.txt")
    assert_shows(open_capture(tmp_path / "after"), room)


@pytest.mark.parametrize(
    ("color", "depth", "pose"),
    [
        ("color_{:04d}", "depth_{:04d}", "pose_{:04d}"),
        ("{:06d}", "{}", "{}"),
        ("frame{}.color", "{:03d}", "p{:05d}"),
    ],
)
def test_files_are_paired_by_number(
    color: str, depth: str, pose: str, room: Room, tmp_path: Path
) -> None:
    folder = write_plain(tmp_path, room)
    for kind, pattern in (("color", color), ("depth", depth), ("pose", pose)):
        for path in sorted((folder / kind).iterdir()):
            path.rename(path.with_name(pattern.format(int(path.stem)) + path.suffix))
    if not color.endswith(".color"):
        assert_shows(open_capture(folder), room)
        return
    with pytest.raises(CaptureError, match="No color image has a depth image of the same name"):
        open_capture(folder)


def test_poses_in_one_file(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    shutil.rmtree(folder / "pose")
    np.savetxt(folder / "poses.txt", room.poses.reshape(-1, 16))
    capture = open_capture(folder)
    assert_shows(capture, room)
    assert "8 poses from poses.txt, the n-th pose is that of the n-th frame" in capture.description


def test_folders_of_the_open3d_recorder(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    shutil.rmtree(folder / "pose")
    (folder / "intrinsics.txt").unlink()
    blocks = [
        f"{i} {i} {len(room)}\n" + "\n".join(" ".join(map(repr, r)) for r in pose.tolist())
        for i, pose in enumerate(room.poses)
    ]
    (folder / "scene").mkdir()
    (folder / "scene" / "trajectory.log").write_text("\n".join(blocks))
    values = {"width": 64, "height": 48, "intrinsic_matrix": K_INTEGER.T.ravel().tolist()}
    (folder / "intrinsic.json").write_text(json.dumps(values))
    assert_shows(open_capture(folder), room)


def test_a_description_of_another_kind_is_named(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    (folder / "intrinsics.txt").unlink()
    (folder / "camera.json").write_text('{"lens": 50.0, "sensor_width": 36.0}')
    with pytest.raises(CaptureError, match=r"got camera\.json without fx, fy, cx, cy or a matrix"):
        open_capture(folder)


def test_poses_as_arrays(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    for path in list((folder / "pose").iterdir()):
        np.save(path.with_suffix(".npy"), np.loadtxt(path))
        path.unlink()
    assert_shows(open_capture(folder), room)


def test_two_files_for_one_frame_are_refused(room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, room)
    np.save(folder / "depth" / "000003.npy", room.depths[3])
    with pytest.raises(CaptureError) as caught:
        open_capture(folder)
    assert str(caught.value) == (
        f"{folder / 'depth'} has two files for one frame: expected one file per frame, got "
        "000003.npy and 000003.png. Move the files that are not to be used out of the folder."
    )
