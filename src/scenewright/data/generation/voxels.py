"""Reads the occupied voxels of an object."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError
from scenewright.data.generation.folders import RESOLUTION
from scenewright.io import read_ply_points


def read_voxels(path: Path) -> NDArray[np.int32]:
    """(V, 3) int32 coordinates of the voxels whose centers a PLY holds, in its order.

    Raises:
        FormatError: The file is missing or damaged, or a point is not in the cube.
    """
    points = read_ply_points(path).points
    voxels = np.floor((points.astype(np.float64) + 0.5) * RESOLUTION).astype(np.int32)
    if len(voxels) and not (voxels.min() >= 0 and voxels.max() < RESOLUTION):
        raise FormatError(
            f"{path}",
            expected="centers of voxels in the cube from -0.5 to 0.5",
            got=f"points from {points.min():g} to {points.max():g}",
        )
    return voxels
