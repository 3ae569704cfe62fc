"""Frames, rotations and rigid transforms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from scenewright.geometry.transforms import (
    invert_rigid,
    perpendicular,
    transform_points,
    upright_frame,
)

angles = st.floats(0.0, 2 * np.pi)


@given(angles, angles)
def test_the_frame_stands_on_up(azimuth: float, polar: float) -> None:
    up = np.array([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)])
    frame = upright_frame(up)
    assert frame[:, 2] == pytest.approx(up, abs=1e-6)
    assert frame.T @ frame == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1.0, abs=1e-9)


def test_z_up_is_left_alone() -> None:
    assert np.array_equal(upright_frame(np.array([0.0, 0.0, 1.0])), np.eye(3))


@given(st.integers(0, 10_000))
def test_the_inverse_of_a_rigid_transform_leads_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pose = np.eye(4)
    pose[:3, :3] = Rotation.random(random_state=seed).as_matrix()
    pose[:3, 3] = rng.normal(0, 5, 3)
    back = invert_rigid(pose)
    assert np.allclose(back @ pose, np.eye(4), atol=1e-12)
    assert np.allclose(back[:3, :3], pose[:3, :3].T, atol=1e-12)
    assert back[3].tolist() == [0, 0, 0, 1]


def test_the_inverse_leads_back_where_the_rotation_has_few_digits() -> None:
    pose = np.eye(4)
    pose[:3, :3] = np.round(Rotation.from_euler("xyz", [0.3, -1.1, 2.0]).as_matrix(), 3)
    pose[:3, 3] = (12.0, -3.0, 1.5)
    point = np.array([0.5, 0.25, 4.0, 1.0])
    assert np.allclose(invert_rigid(pose) @ (pose @ point), point, atol=1e-12)


@given(st.integers(0, 10_000))
def test_perpendicular_vectors_are_unit_and_at_right_angles(seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(5, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.concatenate([vectors, np.eye(3), -np.eye(3)])
    side = perpendicular(vectors)
    assert np.allclose(np.linalg.norm(side, axis=1), 1)
    assert np.abs((side * vectors).sum(axis=1)).max() < 1e-12


def test_points_are_turned_and_moved() -> None:
    pose = np.eye(4)
    pose[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    pose[:3, 3] = (10, 20, 30)
    points = np.array([[[1.0, 2, 3], [0, 0, 0]]])
    assert transform_points(points, pose).tolist() == [[[8, 21, 33], [10, 20, 30]]]
    assert transform_points(np.zeros((0, 3)), pose).shape == (0, 3)
