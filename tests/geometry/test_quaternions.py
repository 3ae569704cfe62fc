"""Quaternions against scipy's rotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from scenewright.geometry.quaternions import (
    multiply_quaternions,
    quaternion_from_normal,
    quaternion_from_rotation,
    rotation_from_quaternion,
    tangent_axes,
)

seeds = st.integers(0, 10_000)


def random_quats(seed: int) -> np.ndarray:
    quats = np.random.default_rng(seed).normal(size=(6, 4))
    return quats / np.linalg.norm(quats, axis=1, keepdims=True)


@given(seeds)
def test_rotations_are_those_of_scipy(seed: int) -> None:
    quats = random_quats(seed)
    true = Rotation.from_quat(quats[:, [1, 2, 3, 0]]).as_matrix()
    assert np.allclose(rotation_from_quaternion(quats), true, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rotations_are_worked_out_in_a_type(dtype: type) -> None:
    quats = random_quats(0).astype(np.float32)
    found = rotation_from_quaternion(quats, dtype=dtype)
    assert found.dtype == dtype and found.flags.c_contiguous
    assert rotation_from_quaternion(quats).dtype == np.float64


@given(seeds, st.floats(0.1, 10))
def test_tangent_axes_are_the_first_two_of_any_length(seed: int, length: float) -> None:
    quats = random_quats(seed)
    axes = tangent_axes(length * quats)
    assert np.allclose(axes, rotation_from_quaternion(quats)[:, :, :2], atol=1e-12)
    assert tangent_axes(quats.astype(np.float32)).dtype == np.float32


@given(seeds)
def test_z_is_turned_to_the_normal_without_a_twist(seed: int) -> None:
    normals = np.random.default_rng(seed).normal(size=(6, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    quats = quaternion_from_normal(normals)
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    assert np.allclose(rotation_from_quaternion(quats)[:, :, 2], normals, atol=1e-9)
    assert (quats[:, 3] == 0).all()


def test_no_quaternions() -> None:
    none = np.zeros((0, 4))
    assert rotation_from_quaternion(none).shape == (0, 3, 3)
    assert tangent_axes(none).shape == (0, 3, 2)


def test_products_are_rotations_one_after_the_other() -> None:
    quats = np.random.default_rng(3).normal(size=(2, 9, 4))
    left, right = quats / np.linalg.norm(quats, axis=2, keepdims=True)
    found = rotation_from_quaternion(multiply_quaternions(left, right))
    expected = rotation_from_quaternion(left) @ rotation_from_quaternion(right)
    assert np.allclose(found, expected, atol=1e-12)


def test_rotations_come_back_from_their_quaternion() -> None:
    quats = np.random.default_rng(4).normal(size=(9, 4))
    quats = np.concatenate([quats / np.linalg.norm(quats, axis=1, keepdims=True), np.eye(4)])
    for quat, rotation in zip(quats, rotation_from_quaternion(quats), strict=True):
        found = quaternion_from_rotation(rotation)
        assert abs(found @ quat) == pytest.approx(1, abs=1e-12)
