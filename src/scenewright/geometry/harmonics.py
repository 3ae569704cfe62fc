"""Real spherical harmonics of degree 0 to 3 with the signs of splat files, and their rotation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SH_C0

_NUM_DIRECTIONS = 64
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


def harmonics(directions: NDArray[np.float64], num: int) -> NDArray[np.float64]:
    """Values of the first `num` harmonics, Condon-Shortley phase, order -l to l in each degree.

    Args:
        directions: (N, 3) unit vectors.
        num: 1, 4, 9 or 16.

    Returns:
        (N, num) float64.
    """
    x, y, z = directions.T
    xx, yy, zz = x * x, y * y, z * z
    values = [
        np.full(len(directions), SH_C0),
        -0.4886025119029199 * y,
        0.4886025119029199 * z,
        -0.4886025119029199 * x,
        1.0925484305920792 * x * y,
        -1.0925484305920792 * y * z,
        0.31539156525252005 * (2 * zz - xx - yy),
        -1.0925484305920792 * x * z,
        0.5462742152960396 * (xx - yy),
        -0.5900435899266435 * y * (3 * xx - yy),
        2.890611442640554 * x * y * z,
        -0.4570457994644658 * y * (4 * zz - xx - yy),
        0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
        -0.4570457994644658 * x * (4 * zz - xx - yy),
        1.445305721320277 * z * (xx - yy),
        -0.5900435899266435 * x * (xx - 3 * yy),
    ]
    return np.stack(values[:num], axis=1)


def turn_harmonics(sh: NDArray[np.float32], rotation: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rotates the coefficients of harmonics.

    Rotations map the harmonics of one degree to themselves, so the coefficients of a rotated
    function follow exactly from its values in enough directions.

    Args:
        sh: (N, K, 3) coefficients, K = 1, 4, 9 or 16.
        rotation: (3, 3) new frame from old frame.

    Returns:
        (N, K, 3) float32; the color along d becomes the color along ``rotation @ d``.
    """
    num = sh.shape[1]
    steps = np.arange(_NUM_DIRECTIONS)
    heights = 1 - (2 * steps + 1) / _NUM_DIRECTIONS
    angles = _GOLDEN_ANGLE * steps
    radii = np.sqrt(1 - heights**2)
    new = np.stack([radii * np.cos(angles), radii * np.sin(angles), heights], axis=1)
    matrix = np.linalg.pinv(harmonics(new, num)) @ harmonics(new @ rotation, num)
    turned: NDArray[np.float32] = np.matmul(matrix.astype(np.float32), sh)
    return turned
