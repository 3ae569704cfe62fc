"""The surface of the filled cells of a dense grid, as a closed mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from scenewright.geometry.sheets import separated_sheets
from scenewright.geometry.surface_nets import extract_surface
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, BlockIndex

_BLUR = 0.7
"""Standard deviation of the blur that makes the surface smooth, in cells."""
_LEAST_DISTANCE = 0.08
"""Distance of a center from the surface, in cells, at least: no filled cell is lost, no empty one
is filled, however thin."""


def grid_surface(
    solid: NDArray[np.bool_], *, origin: NDArray[np.float64], cell_size: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The surface between filled and empty cells, by surface nets on their blurred values.

    Every filled cell has its center inside, every empty one outside. The mesh is closed and
    manifold; what reaches the border of the grid ends there.

    Args:
        solid: (X, Y, Z) filled cells.
        origin: (3,) lowest corner of the grid, meters.
        cell_size: Meters.

    Returns:
        (V, 3) vertices, meters, and (F, 3) faces, counter-clockwise seen from outside; both empty
        if no cell is filled.
    """
    if not solid.any():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    low = np.argwhere(solid).min(axis=0)
    high = np.argwhere(solid).max(axis=0) + 1
    part = solid[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    # Two empty cells on all sides, and whole blocks.
    sizes = [-(-(n + 4) // BLOCK_SIDE) * BLOCK_SIDE for n in part.shape]
    padded = np.pad(part, [(2, m - n - 2) for n, m in zip(part.shape, sizes, strict=True)])
    distance = 0.5 - gaussian_filter(padded.astype(np.float32), _BLUR)
    distance = np.where(
        padded, np.minimum(distance, -_LEAST_DISTANCE), np.maximum(distance, _LEAST_DISTANCE)
    )
    blocks = [n // BLOCK_SIDE for n in sizes]
    split = distance.reshape(blocks[0], 8, blocks[1], 8, blocks[2], 8).transpose(0, 2, 4, 1, 3, 5)
    values = np.ascontiguousarray(split, np.float32).reshape(-1, BLOCK_VOXELS)
    index = BlockIndex()
    index.add(np.stack(np.meshgrid(*map(np.arange, blocks), indexing="ij"), -1).reshape(-1, 3)
              .astype(np.int32))  # fmt: skip
    surface = extract_surface(
        index, values, np.ones(values.shape, np.uint16),
        np.zeros((*values.shape, 3), np.uint16), voxel_size=1.0,
    )  # fmt: skip
    vertices, faces = separated_sheets(surface.vertices.astype(np.float64), surface.faces)
    return origin + cell_size * (vertices + low - 2), faces
