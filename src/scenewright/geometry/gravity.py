"""Which way is up in a capture that does not say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CONES_DEG = (40.0, 25.0, 12.0, 6.0)
"""Shrinking cones in which surface normals are averaged: people hold cameras level to about 40."""
_LEAST_SHARE = 0.02
"""Share of all normals that must agree before they are believed."""


def estimate_up(
    world_from_cam: NDArray[np.float64], normals: NDArray[np.floating] | None = None
) -> NDArray[np.float64] | None:
    """Estimates the direction against gravity, supposing that the camera was held upright.

    The cameras' upward axes give it roughly. Floors and table tops face up and outnumber everything
    else that nearly does, so the surface's normals then pin it down.

    Args:
        world_from_cam: (F, 4, 4) float64 poses, camera axes x right, y down, z forward.
        normals: (N, 3) unit normals of the surface, or None.

    Returns:
        (3,) float64 unit vector in the world frame, or None if the cameras point every way.
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
