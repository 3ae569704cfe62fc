"""Least-squares rigid transforms."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.rigid_fit import fit_rigid
from scenewright.geometry.transforms import transform_points
from tests.builders import turn


def test_a_known_transform_is_recovered() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3))
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn(2.5, 0) @ turn(0.7), (1, -2, 3)
    found = fit_rigid(points, transform_points(points, matrix))
    np.testing.assert_allclose(found, matrix, atol=1e-12)


def test_weights_decide() -> None:
    source = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]])
    target = source + np.array([0, 0, 1])
    target[3] = (-9, 0, 2)
    found = fit_rigid(source, target, weights=np.array([1.0, 1, 1, 0]))
    np.testing.assert_allclose(found[:3, 3], (0, 0, 1), atol=1e-12)
    np.testing.assert_allclose(found[:3, :3], np.eye(3), atol=1e-12)


def test_a_mirror_image_does_not_give_a_reflection() -> None:
    points = np.random.default_rng(1).normal(size=(20, 3))
    found = fit_rigid(points, points * (1, 1, -1))
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1)
