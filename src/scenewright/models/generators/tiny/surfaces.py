"""Closed surfaces of occupancy logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, zoom

from scenewright.geometry.dual_surface import DualSurface, cube_corners, dual_surface

_FINE = 2
"""Interpolated samples per voxel and axis."""
_LEAST_SHARE = 0.02
"""Smaller connected parts, as a share of the occupied voxels, are specks."""


def occupied_voxels(logits: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Occupied voxels without specks.

    Args:
        logits: (r, r, r).
    """
    filled = logits > 0
    parts, count = label(filled, np.ones((3, 3, 3), bool))
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        filled &= (sizes >= _LEAST_SHARE * filled.sum())[parts]
    return filled


def grid_surface(logits: NDArray[np.floating]) -> DualSurface:
    """The surface where logits change their sign, closed, in the cube [-0.5, 0.5]^3.

    Args:
        logits: (r, r, r) at the centers of voxels, positive inside; specks are left out. The
            surface has no triangles if no voxel is occupied.
    """
    side = len(logits)
    filled = occupied_voxels(logits)
    cleaned = np.where((logits > 0) & ~filled, -1.0, logits)
    padded = np.pad(np.clip(cleaned, -4, 4), 1, constant_values=-4.0)
    fine = zoom(padded, _FINE, order=1, mode="nearest", grid_mode=True)
    inside = fine > 0
    if not inside.any():
        return DualSurface(np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros((0, 0)))
    low = np.argwhere(inside).min(axis=0) - 1
    high = np.argwhere(inside).max(axis=0) + 1
    cubes = np.stack(
        np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1
    ).reshape(-1, 3)
    mixed = np.zeros(len(cubes), np.int64)
    for corner in np.ndindex(2, 2, 2):
        mixed += inside[tuple((cubes + corner).T)]
    corners = cube_corners(cubes[(mixed > 0) & (mixed < 8)])
    places = corners.points
    # Sample i of the fine grid is the middle of its cell; the padding is one voxel wide.
    positions = ((places + 0.5) / _FINE - 1) / side - 0.5
    return dual_surface(corners, -fine[tuple(places.T)], positions)
