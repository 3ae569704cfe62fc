"""Unit quaternions (w, x, y, z) and rotations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rotation_from_quaternion(quats: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """(N, 3, 3) float64 rotations of (N, 4) unit quaternions, (w, x, y, z)."""
    w, x, y, z = np.asarray(quats, np.float64).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.ascontiguousarray(np.moveaxis(np.array(rows), -1, 0))
