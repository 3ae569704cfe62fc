"""Helpers that several layouts share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.layouts.base import (
    attempt_intrinsics,
    first_size,
    frame_names,
    pair_up,
    poses_from_quaternions,
)
from tests.data.capture_builders import save_picture


def test_files_without_a_partner_are_reported() -> None:
    images = {name: Path(f"{name}.jpg") for name in ("a", "b", "c")}
    depths = {name: Path(f"{name}.png") for name in ("b", "c", "d")}
    names, problems = pair_up(images, depths)
    assert names == ["b", "c"]
    assert [str(problem) for problem in problems] == [
        "warning [missing-depth] 1 color images have no depth image and are not used: expected a "
        "depth image for each, got none for a. Export the capture again, or remove these files.",
        "warning [missing-color] 1 depth images have no color image and are not used: expected a "
        "color image for each, got none for d. Export the capture again, or remove these files.",
    ]


def test_frame_names_are_unique() -> None:
    assert frame_names(["images/a.png", "images/b.png"]) == ["a", "b"]
    assert frame_names(["left/a.png", "right/a.png"]) == ["left_a", "right_a"]


def test_errors_in_intrinsics_are_kept() -> None:
    error = CaptureError("no file")

    def fail() -> Intrinsics:
        raise error

    assert attempt_intrinsics(fail) is error
    good = Intrinsics(np.diag([5.0, 5.0, 1.0]))
    assert attempt_intrinsics(lambda: good) is good


def test_poses_from_quaternions_and_invalid_rows() -> None:
    rotations = Rotation.from_rotvec([(0.1, 0.2, 0.3), (1.0, 0.0, -1.0)])
    quaternions = np.concatenate([3.0 * rotations.as_quat(), np.zeros((1, 4))])
    positions = np.arange(9.0).reshape(3, 3)
    poses = poses_from_quaternions(positions, quaternions)
    np.testing.assert_allclose(poses[:2, :3, :3], rotations.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(poses[:2, :3, 3], positions[:2])
    assert np.isnan(poses[2]).all()


def test_the_first_readable_size_is_used(tmp_path: Path) -> None:
    save_picture(tmp_path / "b.png", np.zeros((3, 5), np.uint8))
    (tmp_path / "a.png").write_bytes(b"no image")
    assert first_size([None, tmp_path / "a.png", tmp_path / "b.png"]) == (5, 3)
    assert first_size([None, tmp_path / "missing.png"]) is None
