"""The way a hand-held camera takes through a synthetic room."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WALL_DISTANCE = 0.85
_EYE_HEIGHT = 1.45


def walk(size: tuple[float, float, float], *, num_frames: int, seed: int) -> NDArray[np.float64]:
    """Poses of one loop through a room, looking across it and swinging from side to side.

    Args:
        size: Room extents x, y and height, metres; the floor's middle is the origin, z is up.
        num_frames: Number of poses; the loop closes after the last.
        seed: Decides start, swing and tremble.

    Returns:
        (num_frames, 4, 4) float64 `world_from_cam`, camera axes x right, y down, z forward.
    """
    # A stream of its own, so that the number of frames never changes the furniture.
    rng = np.random.default_rng([seed, 1])
    phase = np.linspace(0, 2 * np.pi, num_frames, endpoint=False)
    turn = phase + rng.uniform(0, 2 * np.pi)
    reach = np.array(size[:2]) / 2 - _WALL_DISTANCE
    eye = np.stack(
        [
            reach[0] * np.cos(turn),
            reach[1] * np.sin(turn),
            _EYE_HEIGHT + 0.08 * _sway(phase, rng),
        ],
        axis=1,
    )
    target = np.stack(
        [
            -0.35 * reach[0] * np.cos(turn) + 0.15 * _sway(phase, rng),
            -0.35 * reach[1] * np.sin(turn) + 0.15 * _sway(phase, rng),
            0.62 + 0.20 * _sway(phase, rng),
        ],
        axis=1,
    )
    swing = 0.55 * np.sin(4 * phase + rng.uniform(0, 2 * np.pi))
    return np.stack(
        [
            look_at(e, t, yaw=float(yaw), roll=float(roll))
            for e, t, yaw, roll in zip(eye, target, swing, 0.03 * _sway(phase, rng), strict=True)
        ]
    )


def look_at(
    eye: NDArray[np.float64], target: NDArray[np.float64], *, yaw: float = 0.0, roll: float = 0.0
) -> NDArray[np.float64]:
    """The pose of a level camera that looks at a point, then turned.

    Args:
        eye: (3,) camera position, metres, world frame with z up.
        target: (3,) point to look at; not straight above or below `eye`.
        yaw: Turn to the left about the world's z axis, radians.
        roll: Turn about the viewing direction, radians.

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


def _sway(phase: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth periodic wobble within about [-1, 1]."""
    total = np.zeros_like(phase)
    for frequency in (1, 3, 7):
        total += np.sin(frequency * phase + rng.uniform(0, 2 * np.pi)) / frequency
    return total / (1 + 1 / 3 + 1 / 7)
