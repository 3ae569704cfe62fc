"""Poses that are misinterpreted contradict the depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data import check_capture
from tests.data.capture_builders import (
    FLIP_YZ,
    Room,
    write_plain,
)
from tests.data.checking.check_builders import codes, codes_with_settings, with_poses


def test_inverted_poses(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, with_poses(long_room, np.linalg.inv(long_room.poses)))
    report = check_capture(folder)
    assert codes(report) == ["pose-direction"]
    problem = report.errors[0]
    assert problem.what == "The poses are the inverse of how they are interpreted (world_from_cam)"
    assert problem.do == (
        'Put {"pose": "cam_from_world"} into capture.json in the capture folder, or invert '
        "the matrices."
    )
    assert codes_with_settings(folder, pose="cam_from_world") == []


def test_flipped_axes(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, with_poses(long_room, long_room.poses @ FLIP_YZ))
    report = check_capture(folder)
    assert codes(report) == ["pose-axes"]
    assert '{"axes": "opengl"}' in report.errors[0].do
    assert codes_with_settings(folder, axes="opengl") == []


def test_flipped_and_inverted(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, with_poses(long_room, np.linalg.inv(long_room.poses @ FLIP_YZ)))
    assert codes(check_capture(folder)) == ["pose-direction", "pose-axes"]
    assert codes_with_settings(folder, axes="opengl", pose="cam_from_world") == []


def test_poses_in_millimeters(long_room: Room, tmp_path: Path) -> None:
    poses = long_room.poses.copy()
    poses[:, :3, 3] *= 1000
    folder = write_plain(tmp_path, with_poses(long_room, poses))
    report = check_capture(folder)
    assert codes(report) == ["pose-scale"]
    assert '{"pose_scale": 1000}' in report.errors[0].do
    assert codes_with_settings(folder, pose_scale=1000) == []


def test_plausible_depth_in_another_unit_than_the_poses(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(
        tmp_path, Room(long_room.images, long_room.depths * np.uint16(5), long_room.poses)
    )
    report = check_capture(folder)
    assert codes(report) == ["pose-scale"]
    assert '{"depth_scale": 5000}' in report.errors[0].do
    assert codes_with_settings(folder, depth_scale=5000) == []


def test_shuffled_poses_fit_nothing(long_room: Room, tmp_path: Path) -> None:
    # Far apart and turned at random, so that no reading of them explains the depth.
    generator = np.random.default_rng(3)
    poses = long_room.poses.copy()
    poses[:, :3, 3] = generator.uniform(-1.5, 1.5, (len(long_room), 3))
    report = check_capture(write_plain(tmp_path, with_poses(long_room, poses)))
    assert codes(report) == ["pose-fit"]
    assert report.is_usable
