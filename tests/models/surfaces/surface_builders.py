"""Planes and depth images for the tests of the surface grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def wavy_inverse(seed: int = 0) -> NDArray[np.float32]:
    """(20, 24) noisy inverse depth of two planes with a step between them and a hole."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:20, :24]
    inverse = 0.8 + 0.004 * rows - 0.003 * columns + rng.normal(0, 0.001, rows.shape)
    inverse[:, 14:] += 0.3
    inverse[3:6, 3:6] = 0
    result: NDArray[np.float32] = inverse.astype(np.float32)
    return result


def roof(sign: float) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Two planes at 90 degrees that meet in a vertical crease 2 m away, seen from the front.

    Args:
        sign: 1 for a crease that bulges toward the camera, -1 for a dent.

    Returns:
        (40, 40) int32 labels 0 and 1, (40, 40, 3) float32 planes and (40,) float32 rays.
    """
    rays = np.linspace(-0.4, 0.4, 40).astype(np.float32)
    labels = np.repeat((rays > 0).astype(np.int32)[None], 40, axis=0)
    # z = 2 + sign * |x|
    left, right = np.array([sign, 0, 1.0]) / 2, np.array([-sign, 0, 1.0]) / 2
    planes = np.where(labels[..., None] == 0, left, right).astype(np.float32)
    return labels, planes, rays
