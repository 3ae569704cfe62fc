"""Frames and the rotations between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
