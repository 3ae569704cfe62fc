"""TUM RGB-D: images and poses joined by time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import (
    Room,
    assert_shows,
    message_of,
    write_tum,
)


def test_paths_of_a_tum_list_that_leave_the_capture(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "tum", room)
    (folder / "rgb.txt").write_text("100.0 ../rgb.png")
    assert message_of(folder).startswith("DIR/rgb.txt lists a file outside the capture")


def test_tum_interpolates_between_poses(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    lines = (folder / "groundtruth.txt").read_text().splitlines()
    kept = [line for i, line in enumerate(lines[1:]) if i != 3]
    (folder / "groundtruth.txt").write_text("\n".join(kept))
    capture = open_capture(folder)
    assert capture[3].world_from_cam is None, "the gap of 0.2 s is too long"
    assert capture[2].world_from_cam is not None
    shifted = []  # poses halfway between the images
    for line in lines[1:]:
        time, rest = line.split(" ", 1)
        shifted.append(f"{float(time) + 0.05:.6f} {rest}")
    (folder / "groundtruth.txt").write_text("\n".join(shifted))
    pose = open_capture(folder)[4].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose[:3, 3], room.poses[3:5, :3, 3].mean(axis=0), atol=1e-4)


def test_tum_pairs_by_time_and_uses_each_once(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    lines = (folder / "depth.txt").read_text().splitlines()
    (folder / "depth.txt").write_text("\n".join(line for line in lines if "100.300000" not in line))
    capture = open_capture(folder)
    assert len(capture) == len(room) - 1
    assert [frame.time for frame in capture][:4] == [100.0, 100.1, 100.2, 100.4]


def test_tum_intrinsics_by_folder_name(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "rgbd_dataset_freiburg3_office", room)
    (folder / "intrinsics.txt").unlink()
    capture = open_capture(folder)
    assert capture.camera.resized(640, 480).fx == pytest.approx(535.4)
    assert any("freiburg3" in line for line in capture.description)


def test_one_list_of_associations(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    rows = [
        [line.split() for line in (folder / f"{name}.txt").read_text().splitlines()[1:]]
        for name in ("rgb", "depth")
    ]
    lines = [" ".join(a + b) for a, b in zip(*rows, strict=True)]
    for name in ("rgb", "depth"):
        (folder / f"{name}.txt").unlink()
    (folder / "associations.txt").write_text("\n".join(lines))
    assert_shows(open_capture(folder), room)


@pytest.mark.parametrize("name", ["CameraTrajectory.txt", "KeyFrameTrajectory.txt"])
def test_trajectories_of_slam_programs(name: str, room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    (folder / "groundtruth.txt").rename(folder / name)
    assert_shows(open_capture(folder), room)


def test_lists_of_other_recorders(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    for name in ("rgb", "depth", "groundtruth"):
        path = folder / f"{name}.txt"
        lines = [line.replace(" ", "\t") for line in path.read_text().splitlines()[1:]]
        text = "\ufefftime\tvalues\r\n # by my recorder\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        path.write_bytes(text.encode())
    assert_shows(open_capture(folder), room)


def test_poses_of_keyframes_only_are_named(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    path = folder / "groundtruth.txt"
    path.write_text("\n".join(path.read_text().splitlines()[1::3]))
    (problem,) = [p for p in check_capture(folder).problems if p.code == "pose-gap"]
    assert "poses every 0.3 s" in problem.got and "0.15 s apart" in problem.expected


def test_lists_of_icl_nuim(room: Room, tmp_path: Path) -> None:
    mirror = np.diag([1.0, -1.0, 1.0, 1.0])
    mirrored = Room(room.images, room.depths, mirror @ room.poses @ mirror)
    folder = write_tum(tmp_path, mirrored)
    rows = [
        [line.split() for line in (folder / f"{name}.txt").read_text().splitlines()[1:]]
        for name in ("depth", "rgb")
    ]
    lines = [" ".join(a + b) for a, b in zip(*rows, strict=True)]
    (folder / "rgb.txt").unlink()
    (folder / "associations.txt").write_text("\n".join(lines))
    (folder / "groundtruth.txt").rename(folder / "livingRoom0.gt.freiburg")
    assert_shows(open_capture(folder), room)


def test_lists_of_different_clocks_name_the_smallest_gap(room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, room)
    lines = (folder / "depth.txt").read_text().splitlines()
    moved = [
        line if line.startswith("#") else f"{float(line.split()[0]) + 5000:.6f} {line.split()[1]}"
        for line in lines
    ]
    (folder / "depth.txt").write_text("\n".join(moved))
    text = message_of(folder)
    assert text.startswith("No color image has a depth image at the same time: expected one within")
    assert " s apart. Give rgb.txt and depth.txt times of the same clock, in seconds." in text
