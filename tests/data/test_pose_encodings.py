"""Stored poses, and what is wrong with those that are none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.data.pose_encodings import (
    PoseEncoding,
    is_rounded,
    nearest_rigid,
    pose_fault,
    pose_scale,
)
from scenewright.geometry.transforms import invert_rigid


def some_pose() -> NDArray[np.float64]:
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec([0.4, -1.1, 0.7]).as_matrix()
    pose[:3, 3] = (1.0, 2.0, 3.0)
    return pose


def test_poses_of_all_encodings_are_converted_back() -> None:
    pose = np.eye(4)
    pose[:3, :3] = [(0, -1, 0), (1, 0, 0), (0, 0, 1)]
    pose[:3, 3] = (1.0, 2.0, 3.0)
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    body_from_optical = np.array([[0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    mirror = np.diag([1.0, -1.0, 1.0, 1.0])
    ned_from_optical = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    # Clockwise: what was on the right is below, so that x of the poses is y of the images.
    turned = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    moved, reordered = pose.copy(), pose.copy()
    moved[:3, 3] += (155000, 0, -20)
    x, y, z, w = Rotation.from_matrix(pose[:3, :3]).as_quat()
    reordered[:3, :3] = Rotation.from_quat([w, x, y, z]).as_matrix()
    scaled = pose.copy()
    scaled[:3, 3] *= 1000
    for encoding, stored in (
        (PoseEncoding(), pose),
        (PoseEncoding(direction="cam_from_world"), np.linalg.inv(pose)),
        (PoseEncoding(axes="opengl"), pose @ flip),
        (PoseEncoding(axes="ros"), pose @ np.linalg.inv(body_from_optical)),
        (PoseEncoding(axes="unity"), mirror @ pose @ mirror),
        (PoseEncoding(axes="ned"), pose @ np.linalg.inv(ned_from_optical)),
        (PoseEncoding(axes="unreal"), mirror @ pose @ np.linalg.inv(body_from_optical) @ mirror),
        (PoseEncoding(roll=90), pose @ turned),
        (PoseEncoding(roll=180), pose @ turned @ turned),
        (PoseEncoding(axes="opengl", roll=270), pose @ np.linalg.inv(turned) @ flip),
        (PoseEncoding(quaternion="wxyz"), reordered),
        (PoseEncoding(origin=(155000.0, 0.0, -20.0)), moved),
        (PoseEncoding(scale=1000), scaled),
        (PoseEncoding("cam_from_world", "opengl", 1000), np.linalg.inv(scaled @ flip)),
    ):
        found = encoding.world_from_cam(np.asarray(stored, np.float64))
        assert found is not None
        np.testing.assert_allclose(found, pose, atol=1e-9)
    assert PoseEncoding().world_from_cam(2 * np.eye(4)) is None


def test_rounded_rotations_become_the_nearest_rotation() -> None:
    pose = some_pose()
    stored = pose.copy()
    stored[:3, :3] = pose[:3, :3].round(2)
    assert is_rounded(stored) and not is_rounded(pose)
    found = PoseEncoding().world_from_cam(stored)
    assert found is not None
    np.testing.assert_allclose(found[:3, :3].T @ found[:3, :3], np.eye(3), atol=1e-12)
    assert np.abs(found - pose).max() < 0.006
    # No other rotation is nearer.
    near = np.linalg.norm(found - stored)
    rng = np.random.default_rng(0)
    for _ in range(20):
        turned = found.copy()
        turned[:3, :3] = Rotation.from_rotvec(rng.normal(0, 1e-3, 3)).as_matrix() @ found[:3, :3]
        assert np.linalg.norm(turned - stored) >= near
    np.testing.assert_array_equal(nearest_rigid(pose), pose)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda p: np.where(np.eye(4) > 0, np.nan, p), "not-finite"),
        (lambda p: p.T, "transposed"),
        (lambda p: np.diag([1.0, 1, -1, 1]) @ p, "mirrored"),
        (lambda p: p @ np.diag([0.37, 0.37, 0.37, 1]), "scaled"),
        (lambda p: p @ np.diag([1.0, 1.3, 1, 1]), "not-rigid"),
        (lambda p: 2 * p, "not-rigid"),
        (lambda p: np.zeros((4, 4)), "not-rigid"),
    ],
)
def test_matrices_that_are_no_poses_are_named(spoil: object, fault: str) -> None:
    assert callable(spoil)
    stored = spoil(some_pose())
    assert PoseEncoding().world_from_cam(stored) is None
    assert pose_fault(stored) == fault


def test_the_scale_of_a_similarity() -> None:
    assert pose_scale(some_pose() @ np.diag([0.37, 0.37, 0.37, 1])) == pytest.approx(0.37)
    assert pose_scale(np.zeros((4, 4))) is None
    assert pose_scale(some_pose() @ np.diag([1.0, 2, 1, 1])) is None


@pytest.mark.parametrize("encoding", [PoseEncoding(), PoseEncoding(axes="opengl", roll=90)])
def test_the_camera_of_a_body(encoding: PoseEncoding) -> None:
    stored, true_cam = some_pose(), invert_rigid(some_pose())
    before = encoding.world_from_cam(stored)
    moved = encoding.moved(true_cam)
    after = moved.world_from_cam(stored)
    assert before is not None and after is not None
    np.testing.assert_allclose(after, before @ true_cam, atol=1e-9)
    twice = moved.moved(true_cam).world_from_cam(stored)
    assert twice is not None
    np.testing.assert_allclose(twice, before @ true_cam @ true_cam, atol=1e-9)
