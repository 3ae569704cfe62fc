"""Worlds far from the origin."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data import check_capture, open_capture
from tests.data.capture_builders import Room, save_matrix, write_plain, write_settings


def write_far(folder: Path, room: Room, shift: tuple[float, float, float]) -> Path:
    write_plain(folder, room)
    for i, pose in enumerate(room.poses):
        moved = pose.copy()
        moved[:3, 3] += shift
        save_matrix(folder / "pose" / f"{i:06d}.txt", moved)
    return folder


def test_survey_coordinates_are_shifted_and_the_shift_is_told(room: Room, tmp_path: Path) -> None:
    capture = open_capture(write_far(tmp_path, room, (450_012.0, 5_411_987.0, 123.0)))
    x, y, z = capture.origin
    assert (x % 100, y % 100, z % 100) == (0, 0, 0) and abs(x - 450_012) < 100
    pose = capture[3].world_from_cam
    assert pose is not None
    expected = room.poses[3][:3, 3] + (450_012, 5_411_987, 123) - np.array(capture.origin)
    np.testing.assert_allclose(pose[:3, 3], expected, atol=1e-5)
    (problem,) = check_capture(tmp_path).problems
    assert (problem.severity, problem.code) == ("warning", "pose-origin")
    assert problem.what == "The cameras are 5412 km from the origin: the world was shifted"
    assert problem.do.startswith(f"Add ({x:.0f}, {y:.0f}, {z:.0f}) to the coordinates of results")


def test_left_handed_worlds_are_shifted_before_they_are_mirrored(
    room: Room, tmp_path: Path
) -> None:
    write_settings(write_far(tmp_path, room, (0.0, 450_000.0, 0.0)), axes="unity")
    capture = open_capture(tmp_path)
    pose = capture[0].world_from_cam
    assert pose is not None and np.abs(pose[:3, 3]).max() < 100
    assert capture.origin == (0, 450_000, 0)


def test_an_origin_of_the_user_stays(room: Room, tmp_path: Path) -> None:
    folder = write_far(tmp_path, room, (450_000.0, 0.0, 0.0))
    write_settings(folder, origin=[450_000, 0, 0])
    capture = open_capture(folder)
    assert np.array_equal(capture.origin, (450_000, 0, 0))
    pose = capture[0].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose, room.poses[0], atol=1e-6)
    assert check_capture(folder).problems == ()


def test_worlds_near_the_origin_and_single_lost_poses_are_left_alone(
    room: Room, tmp_path: Path
) -> None:
    folder = write_far(tmp_path, room, (2_000.0, 0.0, 0.0))
    lost = np.eye(4)
    lost[:3, 3] = 1e7
    save_matrix(folder / "pose" / "000000.txt", lost)
    (folder / "pose" / "000002.txt").write_text("nothing")
    assert open_capture(folder).origin == (0, 0, 0)
