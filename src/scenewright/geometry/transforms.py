"""Rotations and rigid transforms between frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def invert_rigid(b_from_a: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of a rigid transform, (4, 4) float64.

    It is a true inverse even if the rotation has few digits, as in text files: a round trip returns
    to the start.
    """
    inverse: NDArray[np.float64] = np.linalg.inv(np.asarray(b_from_a, np.float64))
    return inverse


def transform_points(
    points: NDArray[np.floating], b_from_a: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(..., 3) points of frame a in frame b.

    Args:
        points: (..., 3).
        b_from_a: (4, 4).
    """
    moved: NDArray[np.float64] = points @ b_from_a[:3, :3].T + b_from_a[:3, 3]
    return moved


def perpendicular(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """(N, 3) unit vectors, each perpendicular to one of (N, 3) unit vectors."""
    least = np.eye(3)[np.abs(vectors).argmin(axis=1)]
    side = np.cross(vectors, least)
    result: NDArray[np.floating] = side / np.linalg.norm(side, axis=1, keepdims=True)
    return result


def upright_frame(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """A frame whose z axis points up.

    Args:
        up: (3,) unit vector against gravity, world frame.

    Returns:
        (3, 3) world_from_upright rotation with `up` as its third column; the identity for +z.
    """
    if up[2] > 1 - 1e-12:
        return np.eye(3)
    least = np.eye(3)[np.argmin(np.abs(up))]
    x = np.cross(least, up)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(up, x), up], axis=1)
