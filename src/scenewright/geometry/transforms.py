"""Frames, and the rotations and rigid transforms between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def invert_rigid(b_from_a: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) float64 `a_from_b` of a rigid transform.

    Exact also where the rotation has few digits, as text files keep it: going there and back ends
    where it began.
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
    """(N, 3) unit vectors, each at a right angle to one of (N, 3) unit vectors."""
    least = np.eye(3)[np.abs(vectors).argmin(axis=1)]
    side = np.cross(vectors, least)
    result: NDArray[np.floating] = side / np.linalg.norm(side, axis=1, keepdims=True)
    return result


def upright_frame(up: NDArray[np.float64]) -> NDArray[np.float64]:
    """A frame that stands on the ground.

    Args:
        up: (3,) unit vector against gravity, world frame.

    Returns:
        (3, 3) world_from_upright rotation; its third column is `up`. The identity for +z.
    """
    if up[2] > 1 - 1e-12:
        return np.eye(3)
    least = np.eye(3)[np.argmin(np.abs(up))]
    x = np.cross(least, up)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(up, x), up], axis=1)
