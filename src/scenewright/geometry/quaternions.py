"""Unit quaternions (w, x, y, z) and rotations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def rotation_from_quaternion(
    quats: NDArray[np.floating[Any]], *, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """(N, 3, 3) rotations of (N, 4) unit quaternions, (w, x, y, z).

    Args:
        quats: Any number.
        dtype: Type in which they are worked out.
    """
    w, x, y, z = np.asarray(quats, dtype).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.ascontiguousarray(np.moveaxis(np.array(rows), -1, 0))


def multiply_quaternions(
    left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 4) products of (N, 4) or (1, 4) quaternions, (w, x, y, z): first `right`, then `left`."""
    a, b, c, d = left.T
    w, x, y, z = right.T
    return np.stack(
        [
            a * w - b * x - c * y - d * z,
            a * x + b * w + c * z - d * y,
            a * y - b * z + c * w + d * x,
            a * z + b * y - c * x + d * w,
        ],
        axis=1,
    )


def quaternion_from_rotation(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4,) unit quaternion: the largest eigenvector of a symmetric matrix (Bar-Itzhack, 2000)."""
    (a, b, c), (d, e, f), (g, h, i) = rotation
    matrix = np.array(
        [
            [a + e + i, h - f, c - g, d - b],
            [h - f, a - e - i, b + d, c + g],
            [c - g, b + d, e - a - i, f + h],
            [d - b, c + g, f + h, i - a - e],
        ]
    )
    quat: NDArray[np.float64] = np.linalg.eigh(matrix)[1][:, -1]
    return quat


def tangent_axes(quats: NDArray[np.floating[Any]]) -> NDArray[Any]:
    """(N, 3, 2) first two axes of the frames of (N, 4) quaternions of any length, in their type."""
    unit = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    return rotation_from_quaternion(unit, dtype=unit.dtype)[:, :, :2]


def quaternion_from_normal(normals: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """(N, 4) quaternions, not of unit length, that turn z to unit normals the shortest way.

    Args:
        normals: (N, 3) unit vectors other than -z.
    """
    n = normals
    # The axis of the turn lies in the plane of x and y.
    return np.stack([1 + n[:, 2], -n[:, 1], n[:, 0], np.zeros(len(n))], axis=1)
