"""Bounding boxes of points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from scenewright.core.boxes import Box3D
from scenewright.geometry.transforms import upright_frame

MIN_EXTENT = 1e-4
"""Extent below which a footprint counts as one point, meters."""
BOX_QUANTILE = 0.002
"""Share of an instance's points that may lie outside its box on each side (stray voxels)."""


def fit_box(points: NDArray[np.floating], *, up: NDArray[np.float64] | None = None) -> Box3D:
    """The smallest upright box around points.

    The z axis of the box is `up`; the angle around it minimizes the footprint area, so that one
    side lies on an edge of the convex hull of the footprint (Freeman and Shapira 1975).

    Args:
        points: (N, 3) meters, world frame, N at least 1.
        up: (3,) unit vector; None means +z.
    """
    frame = upright_frame(np.array([0.0, 0.0, 1.0]) if up is None else np.asarray(up, np.float64))
    local = np.asarray(points, np.float64) @ frame
    angle = _least_area_angle(local[:, :2])
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1.0]]
    )
    rotation = frame @ turn
    aligned = np.asarray(points, np.float64) @ rotation
    low, high = aligned.min(axis=0), aligned.max(axis=0)
    return Box3D(rotation @ ((low + high) / 2), high - low, rotation)


def trimmed(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (M, 3) points without the outermost ones along each axis; never empty."""
    low, high = np.quantile(points, [BOX_QUANTILE, 1 - BOX_QUANTILE], axis=0)
    inside = np.all((points >= low) & (points <= high), axis=1)
    return points[inside] if inside.any() else points


def _least_area_angle(plan: NDArray[np.float64]) -> float:
    try:
        corners = plan[ConvexHull(plan).vertices]
    except (QhullError, ValueError):
        return _main_direction(plan)
    edges = np.roll(corners, -1, axis=0) - corners
    angles = np.unique(np.mod(np.arctan2(edges[:, 1], edges[:, 0]), np.pi / 2))
    cos, sin = np.cos(angles), np.sin(angles)
    x = corners[:, :1] * cos + corners[:, 1:] * sin
    y = corners[:, 1:] * cos - corners[:, :1] * sin
    area = (x.max(axis=0) - x.min(axis=0)) * (y.max(axis=0) - y.min(axis=0))
    return float(angles[area.argmin()])


def _main_direction(plan: NDArray[np.float64]) -> float:
    """Direction of a footprint that is a point or a line and so has no hull."""
    spread = plan - plan.mean(axis=0)
    if np.abs(spread).max(initial=0.0) < MIN_EXTENT:
        return 0.0
    direction = np.linalg.svd(spread, full_matrices=False)[2][0]
    return float(np.mod(np.arctan2(direction[1], direction[0]), np.pi / 2))
