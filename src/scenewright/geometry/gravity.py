"""Estimation of the up direction of a capture that does not state it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CONES_DEG = (40.0, 25.0, 12.0, 6.0)
"""Half angles of the shrinking cones in which surface normals are averaged, degrees; people hold
cameras level to within about 40."""
_LEAST_SHARE = 0.02
"""Share of all normals that must agree before they are used."""
_STEEP = 0.5
"""Part of the up direction that lies in the image plane below which a camera looks steeply."""


def estimate_up(
    world_from_cam: NDArray[np.float64], normals: NDArray[np.floating] | None = None
) -> NDArray[np.float64] | None:
    """Estimates the direction against gravity, assuming that the camera was held upright.

    The upward axes of the cameras give a rough direction. Most surfaces that face roughly up are
    floors and table tops, so averaging their normals refines it.

    Args:
        world_from_cam: (F, 4, 4) float64 poses, camera axes x right, y down, z forward.
        normals: (N, 3) unit normals of the surface, or None.

    Returns:
        (3,) float64 unit vector in the world frame, or None if the cameras do not agree on one.
    """
    if not len(world_from_cam):
        return None
    mean = -world_from_cam[:, :3, 1].mean(axis=0)
    length = float(np.linalg.norm(mean))
    if length < 0.3:
        return None
    up: NDArray[np.float64] = mean / length
    return up if normals is None else _refine(up, np.asarray(normals, np.float64))


def _refine(up: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.float64]:
    for cone in _CONES_DEG:
        near = normals[normals @ up > np.cos(np.deg2rad(cone))]
        if len(near) < max(_LEAST_SHARE * len(normals), 3):
            break
        mean = near.mean(axis=0)
        up = mean / np.linalg.norm(mean)
    return up


def angle_to_cameras(world_from_cam: NDArray[np.float64], up: NDArray[np.float64]) -> float | None:
    """How far an up direction is from upright in the images of most cameras.

    Cameras that look steeply down tell nothing. Cameras that look steeply up count with the angle
    between their upward axis and `up`, since hardly anyone films the ceiling only.

    Args:
        world_from_cam: (F, 4, 4) float64 poses, camera axes x right, y down, z forward.
        up: (3,) unit vector against gravity.

    Returns:
        The median angle in degrees, 0 if the images are upright and 180 if they are upside down;
        None if all cameras look steeply down.
    """
    x, y, z = np.einsum("fij,i->jf", world_from_cam[:, :3, :3], up)
    flat = np.hypot(x, y)
    is_told = (flat >= _STEEP) | (z > 0)
    if not is_told.any():
        return None
    cosine = np.where(flat >= _STEEP, -y / np.maximum(flat, _STEEP), -y)[is_told]
    return float(np.median(np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))))
