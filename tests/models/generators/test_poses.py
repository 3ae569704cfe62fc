"""Published poses in our axes."""

from __future__ import annotations

import numpy as np

from scenewright.models.generators.poses import SMALLEST_SCALE, matrices_of_poses


def test_identity_stays_identity() -> None:
    (matrix,) = matrices_of_poses(np.array([[0, 0, 0, 1, 0, 0, 0, 1.0]]))
    np.testing.assert_allclose(matrix, np.eye(4), atol=1e-12)


def test_a_pose_with_y_up_becomes_one_with_z_up() -> None:
    """A quarter turn about y (up), twice as large, one unit up: the same about z."""
    half = np.sqrt(0.5)
    (matrix,) = matrices_of_poses(np.array([[0, 1.0, 0, half, 0, half, 0, 2.0]]))
    np.testing.assert_allclose(matrix[:3, 3], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(matrix[:3, :3] @ [1, 0, 0], [0, 2, 0], atol=1e-12)
    np.testing.assert_allclose(matrix[:3, :3] @ [0, 0, 1], [0, 0, 2], atol=1e-12)


def test_dead_scales_and_long_quaternions() -> None:
    near, far = matrices_of_poses(
        np.array([[0, 0, 0, 0, 0, 0, 0, 0.0], [0, 0, 0, 3.0, 0, 0, 0, 1.0]])
    )
    np.testing.assert_allclose(near[:3, :3], SMALLEST_SCALE * np.eye(3))
    np.testing.assert_allclose(far, np.eye(4), atol=1e-12)
