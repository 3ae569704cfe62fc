"""The extent of a scene of surfels, and the lengths that follow from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SurfelCloud, Views

CELLS = 384
"""Voxels along the longest side of a bounded scene by default."""
_OUTSIDE = 0.005
"""Share of the surfels on each side that is ignored in the extent of a scene."""


def scene_bounds(surfels: SurfelCloud) -> NDArray[np.float64]:
    """(2, 3) lowest and highest corner of the surfels with their disks, without outliers,
    meters."""
    spread = 2 * surfels.scales.max(axis=1, keepdims=True)
    low = np.quantile(surfels.means - spread, _OUTSIDE, axis=0)
    high = np.quantile(surfels.means + spread, 1 - _OUTSIDE, axis=0)
    return np.stack([low, high]).astype(np.float64)


def scene_voxel(surfels: SurfelCloud) -> float:
    """Default voxel size of a bounded scene, meters."""
    return float(np.ptp(scene_bounds(surfels), axis=0).max()) / CELLS


def scene_reach(surfels: SurfelCloud, views: Views) -> float:
    """Largest distance from a camera to a corner of the scene, meters."""
    bounds = scene_bounds(surfels)
    corners = np.stack(np.meshgrid(*bounds.T, indexing="ij"), axis=-1).reshape(-1, 3)
    return float(np.linalg.norm(views.centers[:, None] - corners, axis=2).max())
