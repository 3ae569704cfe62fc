"""Camera poses from a position and a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def look_at(
    eye: NDArray[np.float64], target: NDArray[np.float64], *, yaw: float = 0.0, roll: float = 0.0
) -> NDArray[np.float64]:
    """The pose of a level camera that looks at a point, with optional yaw and roll.

    Args:
        eye: (3,) camera position, meters, world frame with z up.
        target: (3,) point to look at; not directly above or below `eye`.
        yaw: Rotation to the left about the world z axis, radians.
        roll: Rotation about the viewing direction, radians.

    Returns:
        (4, 4) float64 `world_from_cam`.
    """
    c, s = np.cos(yaw), np.sin(yaw)
    forward = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ (target - eye)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    pose = np.eye(4)
    pose[:3, 0] = np.cos(roll) * right + np.sin(roll) * down
    pose[:3, 1] = np.cos(roll) * down - np.sin(roll) * right
    pose[:3, 2] = forward
    pose[:3, 3] = eye
    return pose
