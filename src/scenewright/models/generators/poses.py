"""Published poses of objects as matrices of our axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.quaternions import rotation_from_quaternion

SMALLEST_SCALE = 1e-3
"""Scales below this, which the published head can predict, are raised to it."""
_Y_UP_FROM_Z_UP = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]], np.float64)
"""(x, y, z) becomes (x, z, -y)."""


def matrices_of_poses(poses: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Poses of SceneGen, which are given with y up, as similarities with z up.

    Args:
        poses: (N, 8) translation, quaternion (w, x, y, z; of any length), scale.

    Returns:
        N matrices (4, 4) from the cube of an object to the frame of the first one.
    """
    result = []
    for pose in poses:
        matrix = np.eye(4)
        matrix[:3, :3] = max(float(pose[7]), SMALLEST_SCALE) * _rotation(pose[3:7])
        matrix[:3, 3] = pose[:3]
        result.append(_Y_UP_FROM_Z_UP.T @ matrix @ _Y_UP_FROM_Z_UP)
    return result


def _rotation(quaternion: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(quaternion))
    if length < 1e-9:
        return np.eye(3)
    rotation: NDArray[np.float64] = rotation_from_quaternion(quaternion[None] / length)[0]
    return rotation
