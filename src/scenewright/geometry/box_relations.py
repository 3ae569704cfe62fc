"""How upright boxes lie to each other: gaps, overlaps seen from above, and sides as a viewer sees.

Boxes are given by their lowest and highest corners along level axes, z up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NEAR_VIEWER = 0.3
"""Distance from the viewer below which an object has no clear sides, meters."""


def upright_bounds(
    center: NDArray[np.float64],
    size: NDArray[np.float64],
    rotation: NDArray[np.float64],
    *,
    level_from_world: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of oriented boxes along level axes.

    Args:
        center: (N, 3) world frame, meters.
        size: (N, 3) full extents, meters.
        rotation: (N, 3, 3) columns are the box axes.
        level_from_world: (3, 3) rotation.

    Returns:
        (N, 3) lowest and (N, 3) highest corners, meters.
    """
    axes = level_from_world @ rotation
    half = np.einsum("nij,nj->ni", np.abs(axes), size) / 2
    middle = center @ level_from_world.T
    return middle - half, middle + half


def box_gaps(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, N) distance between each two boxes, 0 if they overlap; meters."""
    apart = np.maximum(low[:, None] - high[None], low[None] - high[:, None])
    gaps: NDArray[np.float64] = np.linalg.norm(np.maximum(apart, 0), axis=2)
    return gaps


def footprint_overlaps(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, N) share of the footprint of the first box that lies within that of the second."""
    common = np.minimum(high[:, None, :2], high[None, :, :2])
    common = common - np.maximum(low[:, None, :2], low[None, :, :2])
    areas = np.prod(np.maximum(high[:, :2] - low[:, :2], 1e-6), axis=1)
    shares: NDArray[np.float64] = np.prod(np.maximum(common, 0), axis=2) / areas[:, None]
    return np.minimum(shares, 1.0)


def seen_offsets(
    targets: NDArray[np.float64],
    anchor: NDArray[np.float64],
    *,
    viewer: NDArray[np.float64],
    fallback: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """How far targets are to the left of an anchor, and beyond it, for a viewer who looks at it.

    Args:
        targets: (N, 2) plan positions, meters.
        anchor: (2,) plan position.
        viewer: (2,) plan position.
        fallback: (2,) direction in which the viewer looks at an anchor less than 0.3 m away, of any
            length; None takes +y.

    Returns:
        (N, 2) meters to the left, and meters away from the viewer.
    """
    ahead = anchor - viewer
    distance = float(np.linalg.norm(ahead))
    if distance < _NEAR_VIEWER:
        ahead = np.array([0.0, 1.0]) if fallback is None else np.asarray(fallback, np.float64)
        distance = float(np.linalg.norm(ahead))
    ahead = ahead / distance
    left = np.array([-ahead[1], ahead[0]])
    offsets = targets - anchor
    return np.stack([offsets @ left, offsets @ ahead], axis=1)
