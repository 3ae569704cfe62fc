"""Poses that are misinterpreted contradict the depth."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import Camera
from scenewright.data import check_capture, open_capture
from scenewright.data.encodings import Intrinsics, rotate_bits
from scenewright.geometry.projection import along_axis
from tests.data.capture_builders import (
    FLIP_YZ,
    HEIGHT,
    K_INTEGER,
    WIDTH,
    Room,
    save_matrix,
    write_plain,
    write_settings,
    write_tum,
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


@pytest.mark.parametrize("direction", ["inverse_rotation", "inverse_position"])
def test_rotations_and_positions_of_two_directions(
    direction: str, walk: Room, tmp_path: Path
) -> None:
    poses, inverse = walk.poses.copy(), np.linalg.inv(walk.poses)
    if direction == "inverse_rotation":
        poses[:, :3, :3] = inverse[:, :3, :3]
    else:
        poses[:, :3, 3] = inverse[:, :3, 3]
    folder = write_plain(tmp_path, with_poses(walk, poses))
    report = check_capture(folder)
    assert codes(report) == ["pose-direction"]
    assert f'{{"pose": "{direction}"}}' in report.errors[0].do
    assert codes_with_settings(folder, pose=direction) == []
    pose = open_capture(folder)[3].world_from_cam
    assert pose is not None
    np.testing.assert_allclose(pose, walk.poses[3], atol=1e-9)


def test_flipped_axes(long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, with_poses(long_room, long_room.poses @ FLIP_YZ))
    report = check_capture(folder)
    assert codes(report) == ["pose-axes"]
    assert '{"axes": "opengl"}' in report.errors[0].do
    assert codes_with_settings(folder, axes="opengl") == []


@pytest.mark.parametrize("axes", ["ros", "ned", "unity", "unreal"])
def test_axes_of_robots_and_of_left_handed_worlds(
    axes: str, long_room: Room, tmp_path: Path
) -> None:
    body_from_optical = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    ned_from_optical = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    mirror = np.diag([1.0, -1.0, 1.0, 1.0])
    poses = {
        "ros": long_room.poses @ np.linalg.inv(body_from_optical),
        "ned": long_room.poses @ np.linalg.inv(ned_from_optical),
        "unity": mirror @ long_room.poses @ mirror,
        "unreal": mirror @ long_room.poses @ np.linalg.inv(body_from_optical) @ mirror,
    }[axes]
    folder = write_plain(tmp_path, with_poses(long_room, poses))
    report = check_capture(folder)
    assert codes(report) == ["pose-axes"]
    (problem,) = report.errors
    assert problem.do.startswith(
        f'Put {{"axes": "{axes}"}} into capture.json in the capture folder'
    )
    # Flipped images look like a left-handed world.
    assert ("flip color and depth instead" in problem.do) == (axes in ("unity", "unreal"))
    assert codes_with_settings(folder, axes=axes) == []


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_images_that_are_turned_against_the_poses(
    quarters: int, long_room: Room, tmp_path: Path
) -> None:
    upright = Room(
        np.rot90(long_room.images, -quarters, axes=(1, 2)),
        np.rot90(long_room.depths, -quarters, axes=(1, 2)),
        long_room.poses @ FLIP_YZ,
    )
    folder = write_plain(tmp_path, upright)
    K = K_INTEGER.copy()
    if quarters != 2:
        K[[0, 1], 2] = K[[1, 0], 2]
    save_matrix(folder / "intrinsics.txt", K)
    write_settings(folder, axes="opengl")
    report = check_capture(folder)
    assert codes(report) == ["pose-roll"]
    roll = 90 * quarters
    assert f"turned clockwise by {roll} degrees" in report.errors[0].what
    assert f'{{"roll": {roll}}}' in report.errors[0].do
    assert codes_with_settings(folder, axes="opengl", roll=roll) == []


def test_quaternions_in_another_order(long_room: Room, tmp_path: Path) -> None:
    folder = write_tum(tmp_path, long_room)
    path = folder / "groundtruth.txt"
    rows = [line.split() for line in path.read_text().splitlines()[1:]]
    path.write_text("\n".join(" ".join([*r[:4], r[7], *r[4:7]]) for r in rows))
    report = check_capture(folder)
    assert codes(report) == ["pose-quaternion"]
    assert '{"quaternion": "wxyz"}' in report.errors[0].do
    assert codes_with_settings(folder, quaternion="wxyz") == []


@pytest.mark.parametrize("factor", [0.29, 3.7])
def test_translations_in_any_unit(factor: float, long_room: Room, tmp_path: Path) -> None:
    poses = long_room.poses.copy()
    poses[:, :3, 3] *= factor
    folder = write_plain(tmp_path, with_poses(long_room, poses))
    report = check_capture(folder)
    assert codes(report) == ["pose-scale"]
    match = re.search(r'"pose_scale": ([\d.]+)', report.errors[0].do)
    assert match is not None and float(match[1]) == pytest.approx(factor, rel=0.03)
    assert codes_with_settings(folder, pose_scale=float(match[1])) == []


@pytest.mark.parametrize("focal", [0.8, 0.86, 1.14, 1.3])
def test_wrong_focal_lengths(focal: float, long_room: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, long_room)
    np.savetxt(folder / "intrinsics.txt", K_INTEGER * [[focal], [focal], [1]] + center(focal))
    report = check_capture(folder)
    assert codes(report) == ["intrinsics-focal"]
    match = re.search(r'"intrinsics": \[([\d.]+)', report.errors[0].do)
    assert match is not None and float(match[1]) == pytest.approx(K_INTEGER[0, 0], rel=0.04)


def center(focal: float) -> NDArray[np.float64]:
    """What keeps the principal point of a multiplied matrix."""
    lost = np.zeros((3, 3))
    lost[:2, 2] = (1 - focal) * K_INTEGER[:2, 2]
    return lost


def test_depth_along_the_rays(long_room: Room, tmp_path: Path) -> None:
    lengths = 1 / along_axis(np.ones((HEIGHT, WIDTH), np.float32), make_camera())
    depths = np.round(long_room.depths * lengths).astype(np.uint16)
    folder = write_plain(tmp_path, Room(long_room.images, depths, long_room.poses))
    assert codes(check_capture(folder)) == ["depth-ray"]
    assert codes_with_settings(folder, depth="ray") == []
    depth = open_capture(folder)[3].depth
    assert depth is not None
    np.testing.assert_allclose(depth, long_room.depths[3] / 1000, atol=2e-3)


def make_camera() -> Camera:
    return Intrinsics(K_INTEGER).camera(WIDTH, HEIGHT)


def test_rotated_bits(long_room: Room, tmp_path: Path) -> None:
    depths = rotate_bits(long_room.depths, left=True)
    folder = write_plain(tmp_path, Room(long_room.images, depths, long_room.poses))
    assert "depth-rotated" in codes(check_capture(folder))
    assert codes_with_settings(folder, depth="rotated") == []


def test_disparity(long_room: Room, tmp_path: Path) -> None:
    depths = np.round(2e6 / np.maximum(long_room.depths, 200)).astype(np.uint16)
    folder = write_plain(tmp_path, Room(long_room.images, depths, long_room.poses))
    assert "depth-disparity" in [p.code for p in check_capture(folder).errors]


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


def test_poses_of_another_body(walk: Room, tmp_path: Path) -> None:
    cam_from_body = np.eye(4)
    cam_from_body[:3, :3] = Rotation.from_euler("xyz", (10, 25, -15), degrees=True).as_matrix()
    cam_from_body[:3, 3] = (0.3, -0.1, 0.2)
    folder = write_plain(tmp_path, with_poses(walk, walk.poses @ cam_from_body))
    report = check_capture(folder)
    assert codes(report) == ["pose-offset"] and not report.is_usable
    (problem,) = report.errors
    assert "the camera is 0.3" in problem.what and "turned by 3" in problem.what
    match = re.search(r"put (\{.*\}) into capture.json", problem.do)
    assert match is not None
    assert codes_with_settings(folder, **json.loads(match[1])) == []
    opened = open_capture(folder)
    for frame, pose in zip(opened, walk.poses, strict=True):
        assert frame.world_from_cam is not None
        np.testing.assert_allclose(frame.world_from_cam, pose, atol=0.03)


@pytest.mark.parametrize("shift", [1, -2])
def test_poses_of_other_images(shift: int, walk: Room, tmp_path: Path) -> None:
    poses = np.roll(walk.poses, shift, axis=0)
    report = check_capture(write_plain(tmp_path, with_poses(walk, poses)))
    assert codes(report) == ["pose-shift"] and not report.is_usable
    number = "1 frame earlier" if shift == 1 else "2 frames later"
    assert f"each fits the image {number}" in report.errors[0].what
    assert f"{abs(shift)} {'lower' if shift > 0 else 'higher'}" in report.errors[0].do


def test_poses_in_the_opposite_order(walk: Room, tmp_path: Path) -> None:
    report = check_capture(write_plain(tmp_path, with_poses(walk, walk.poses[::-1])))
    assert codes(report) == ["pose-shift"] and not report.is_usable
    assert "opposite order" in report.errors[0].what


def test_cropped_images_with_the_matrix_of_whole_ones(walk: Room, tmp_path: Path) -> None:
    cut = 7
    cropped = Room(walk.images[:, :, cut:], walk.depths[:, :, cut:], walk.poses)
    folder = write_plain(tmp_path, cropped)
    report = check_capture(folder)
    assert codes(report) == ["intrinsics-center"] and not report.is_usable
    match = re.search(r'"intrinsics": \[([\d., ]+)\]', report.errors[0].do)
    assert match is not None
    values = [float(word) for word in match[1].split(",")]
    assert values[2] == pytest.approx(K_INTEGER[0, 2] - cut, abs=2.5)
    assert codes_with_settings(folder, intrinsics=values) == []


def test_swapped_bytes(walk: Room, tmp_path: Path) -> None:
    folder = write_plain(tmp_path, Room(walk.images, walk.depths.byteswap(), walk.poses))
    report = check_capture(folder)
    assert codes(report) == ["depth-swapped"] and "byteswap" in report.errors[0].do


def test_the_depth_buffer_of_a_renderer(walk: Room, tmp_path: Path) -> None:
    near, far = 0.1, 100.0
    depth = np.maximum(walk.depths / 1000, near)
    buffer = far / (far - near) - far * near / ((far - near) * depth)
    stored = np.round(buffer * 65535).astype(np.uint16)
    report = check_capture(write_plain(tmp_path, Room(walk.images, stored, walk.poses)))
    assert codes(report)[0] == "depth-flat" and not report.is_usable
    assert "pose-scale" not in codes(report) and "depth buffer" in report.errors[0].what


def test_one_pose_for_all_frames_of_a_moving_camera(walk: Room, tmp_path: Path) -> None:
    stuck = with_poses(walk, np.repeat(walk.poses[:1], len(walk), axis=0))
    report = check_capture(write_plain(tmp_path / "moving", stuck))
    assert {"pose-fit", "pose-duplicate"} <= set(codes(report)) and not report.is_usable
    still = Room(
        np.repeat(walk.images[:1], len(walk), axis=0),
        np.repeat(walk.depths[:1], len(walk), axis=0),
        stuck.poses,
    )
    assert check_capture(write_plain(tmp_path / "still", still)).is_usable


def test_shuffled_poses_fit_nothing(long_room: Room, tmp_path: Path) -> None:
    # Far apart and turned at random, so that no reading of them explains the depth.
    generator = np.random.default_rng(3)
    poses = long_room.poses.copy()
    poses[:, :3, 3] = generator.uniform(-1.5, 1.5, (len(long_room), 3))
    report = check_capture(write_plain(tmp_path, with_poses(long_room, poses)))
    assert codes(report) == ["pose-fit"]
    # Next to nothing matches, so the result would be wrong.
    assert not report.is_usable
