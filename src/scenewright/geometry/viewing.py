"""Where to look at a scene from: level axes along the walls, the open side, framing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.transforms import upright_frame

_STEEP = 0.9
"""Length of the horizontal part of a unit normal above which a surface counts as a wall."""


def level_axes(
    up: NDArray[np.float64],
    normals: NDArray[np.floating] | None = None,
    weights: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """Axes of a level frame, turned so that most walls run along its first two axes.

    Args:
        up: (3,) unit vector against gravity.
        normals: (N, 3) normals of the surface, or None.
        weights: (N,) area of each, or None if all are equal.

    Returns:
        (3, 3) level_from_world: two horizontal axes, and up, as rows.
    """
    axes = upright_frame(up).T
    if normals is None or not len(normals):
        return axes
    flat = normals @ axes[:2].T
    is_wall = np.linalg.norm(flat, axis=1) > _STEEP
    size = np.ones(len(normals)) if weights is None else weights
    # Walls repeat every quarter turn, so their angles agree once multiplied by four.
    angles = 4j * np.arctan2(flat[is_wall, 1], flat[is_wall, 0])
    turn = np.angle((size[is_wall] * np.exp(angles)).sum()) / 4
    c, s = np.cos(turn), np.sin(turn)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) @ axes


def direction(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """(3,) unit vector from the scene to a viewer, in level axes.

    Azimuth 0 is the side of the negative second axis; it grows counterclockwise seen from above.
    """
    turn, tilt = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
    flat = np.array([np.sin(turn), -np.cos(turn), 0.0])
    away: NDArray[np.float64] = np.cos(tilt) * flat + np.array([0.0, 0.0, np.sin(tilt)])
    return away


def facing_areas(
    normals: NDArray[np.floating],
    weights: NDArray[np.floating],
    azimuths_deg: Sequence[float],
    *,
    elevation_deg: float,
) -> NDArray[np.float64]:
    """How much surface faces a viewer, per azimuth.

    A scan shows the sides of surfaces that cameras saw. From the open side of a room these face the
    viewer, and the back sides of near walls do not hide them once back faces are left out.

    Args:
        normals: (N, 3) unit normals in level axes.
        weights: (N,) area of each.
        azimuths_deg: A azimuths of the viewer, degrees.
        elevation_deg: Of the viewer, degrees.

    Returns:
        (A,) areas as the viewer sees them, foreshortened.
    """
    views = np.stack([direction(azimuth, elevation_deg) for azimuth in azimuths_deg])
    facing = np.clip(np.asarray(normals, np.float64) @ views.T, 0, None)
    areas: NDArray[np.float64] = np.asarray(weights, np.float64) @ facing
    return areas


def framed_bounds(points: NDArray[np.floating], *, share: float = 0.98) -> NDArray[np.float64]:
    """(2, 3) corners of the box that holds most points along each axis.

    Args:
        points: (N, 3), at least one.
        share: Share of the points between the two corners, per axis.
    """
    outside = (1 - share) / 2
    low, high = np.quantile(np.asarray(points, np.float64), [outside, 1 - outside], axis=0)
    return np.stack([low, high])


def face_normals(
    vertices: NDArray[np.floating], faces: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit normals and areas of triangles.

    Args:
        vertices: (V, 3).
        faces: (F, 3).

    Returns:
        (F, 3) unit normals, zero for a triangle without area, and (F,) areas.
    """
    a, b, c = np.asarray(vertices, np.float64)[faces].transpose(1, 0, 2)
    cross = np.cross(b - a, c - a)
    length = np.linalg.norm(cross, axis=1)
    return cross / np.maximum(length, 1e-30)[:, None], length / 2
