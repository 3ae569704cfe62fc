"""Poses in the camera frame, relative to one object, and of voxels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from scenewright.core import ConventionError, ShapeError
from scenewright.data.generation.poses import (
    YUP_FROM_ZUP,
    euler_from_rotation,
    placed_voxels,
    relative_poses,
    rotation_from_euler,
)


def test_euler_angles_are_those_of_scipy() -> None:
    for angles in np.random.default_rng(1).uniform(-180, 180, (20, 3)):
        rotation = rotation_from_euler(angles)
        assert np.allclose(rotation, Rotation.from_euler("xyz", angles, degrees=True).as_matrix())
        back = euler_from_rotation(rotation)
        assert np.allclose(back, Rotation.from_matrix(rotation).as_euler("xyz", degrees=True))


@pytest.mark.parametrize("tilt", [90.0, -90.0])
def test_a_turn_by_90_degrees_about_y_has_no_z(tilt: float) -> None:
    rotation = rotation_from_euler(np.array([20.0, tilt, 50.0]))
    back = euler_from_rotation(rotation)
    assert back[2] == 0
    assert np.allclose(rotation_from_euler(back), rotation)


def test_the_turn_to_y_up() -> None:
    assert np.allclose(YUP_FROM_ZUP, Rotation.from_euler("x", -90, degrees=True).as_matrix())
    assert (YUP_FROM_ZUP @ (1, 2, 3)).tolist() == [1, 3, -2]


def test_relative_poses_follow_the_published_formulas() -> None:
    rng = np.random.default_rng(2)
    translations, angles = rng.normal(size=(4, 3)), rng.uniform(-80, 80, (4, 3))
    scales = rng.uniform(0.2, 2, 4)
    poses = relative_poses(translations, angles, scales, query=1)
    turns = Rotation.from_euler("xyz", angles, degrees=True)
    for row, pose in enumerate(poses):
        away = translations[row] / scales[1] - translations[1] / scales[1]
        assert np.allclose(pose[:3], turns[1].as_matrix().T @ away)
        quat = (turns[1].inv() * turns[row]).as_quat(canonical=True, scalar_first=True)
        assert np.allclose(pose[3:7], quat)
        assert pose[7] == pytest.approx(scales[row] / scales[1])
    assert poses[1].tolist() == [0, 0, 0, 1, 0, 0, 0, 1]


def test_voxels_of_all_objects_meet_in_the_query_frame() -> None:
    rng = np.random.default_rng(3)
    translations, angles = rng.normal(size=(2, 3)), rng.uniform(-80, 80, (2, 3))
    scales = np.array([0.7, 1.9])
    voxels = rng.integers(0, 64, (50, 3))
    pose = relative_poses(translations, angles, scales)[1]
    in_query = placed_voxels(voxels, pose)
    in_camera = scales[0] * in_query @ rotation_from_euler(angles[0]).T + translations[0]
    z_up = ((voxels + 0.5) / 64 - 0.5) * scales[1]
    y_up = np.stack([z_up[:, 0], z_up[:, 2], -z_up[:, 1]], axis=1)
    assert np.allclose(in_camera, y_up @ rotation_from_euler(angles[1]).T + translations[1])
    longer = pose * np.array([1, 1, 1, 3, 3, 3, 3, 1])
    assert np.allclose(placed_voxels(voxels, longer), in_query)


def test_bad_input() -> None:
    threes, ones = np.zeros((2, 3)), np.ones(2)
    with pytest.raises(ShapeError, match=r"got \(2, 3\) and \(1, 3\)"):
        relative_poses(threes, threes[:1], ones)
    with pytest.raises(ConventionError, match="query: expected 0 to 1, got 2"):
        relative_poses(threes, threes, ones, query=2)
    with pytest.raises(ConventionError, match="Scales of objects: expected above 0, got 0"):
        relative_poses(threes, threes, np.array([1.0, 0.0]))
    with pytest.raises(ConventionError, match="expected a quaternion that is not zero, got zero"):
        placed_voxels(np.zeros((1, 3), int), np.zeros(8))
