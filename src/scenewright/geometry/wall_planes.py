"""Planes of the walls that meet at a corner, from points and normals and the vertical direction."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

UPRIGHT: Final = 0.3
"""Largest cosine between the vertical and the normal of a wall."""
_NEAR: Final = 0.08
"""Largest distance of a point from its plane, meters."""
_SAME_WAY: Final = 0.85
"""Smallest cosine between the normal of a point and that of its plane."""
_TURNED: Final = 0.85
"""Largest cosine between the normals of two walls; more is a step in one wall."""
_BIN: Final = 0.05
"""Width of the bins of offsets, meters; the same number of bins per circle as of degrees / 5."""
_NUM_ANGLES: Final = 72
_MOST: Final = 8
"""Largest number of planes that are looked for."""
_ROUNDS: Final = 3
"""Number of times that a plane is fitted to the points near it."""


def wall_planes(
    points: NDArray[np.floating],
    normals: NDArray[np.floating],
    *,
    point_area: float,
    least_area: float,
    least_height: float,
) -> NDArray[np.float64]:
    """Upright planes that points lie on, the one with most points first.

    Each plane is found as a peak, first in the directions of the normals and then in the offsets of
    the points along that direction, and is fitted to the points near it by least squares.

    Args:
        points: (M, 3) meters, in a frame in which z is up.
        normals: (M, 3) unit vectors that point into free space.
        point_area: Area that each point stands for, square meters.
        least_area: Area of the smallest wall, square meters.
        least_height: Height of the lowest wall, meters.

    Returns:
        (K, 3) unit normal (x, y) and offset of each: points of the plane have
        ``x * nx + y * ny == offset``.
    """
    length = np.linalg.norm(normals[:, :2], axis=1)
    is_left = (np.abs(normals[:, 2]) <= UPRIGHT) & (length > 0.5)
    direction = normals[:, :2] / np.maximum(length, 1e-9)[:, None]
    found: list[NDArray[np.float64]] = []
    for _ in range(_MOST):
        rows = np.flatnonzero(is_left)
        if len(rows) * point_area < least_area:
            break
        plane = _fitted(points[rows, :2], direction[rows])
        on_plane = rows[_near(plane, points[rows, :2], direction[rows])]
        if not len(on_plane):
            break
        is_left[on_plane] = False
        low, high = np.quantile(points[on_plane, 2], (0.02, 0.98))
        if len(on_plane) * point_area >= least_area and high - low >= least_height:
            found.append(plane)
    return np.array(found, np.float64).reshape(-1, 3)


def corner_parts(
    points: NDArray[np.floating],
    normals: NDArray[np.floating],
    *,
    point_area: float,
    least_area: float,
    least_height: float,
) -> NDArray[np.float64]:
    """The planes of the walls that meet at inner corners of a room; fewer than two are none.

    Each of two such walls lies in front of the other one. The sides of a cupboard lie behind each
    other and are no walls.

    Args:
        points: See `wall_planes`.
        normals: See `wall_planes`.
        point_area: See `wall_planes`.
        least_area: See `wall_planes`.
        least_height: See `wall_planes`.

    Returns:
        (K, 3) planes, see `wall_planes`; (0, 3) unless there are two or more.
    """
    planes = wall_planes(
        points, normals, point_area=point_area, least_area=least_area, least_height=least_height
    )
    nearest = nearest_plane(planes, points)
    kept: list[int] = []
    for one in range(len(planes)):
        middle = _middle(points, normals, planes[one], nearest == one)
        if all(
            planes[one, :2] @ planes[other, :2] <= _TURNED
            and _ahead(planes[other], middle) > 0
            and _ahead(planes[one], _middle(points, normals, planes[other], nearest == other)) > 0
            for other in kept
        ):
            kept.append(one)
    return planes[kept] if len(kept) > 1 else np.zeros((0, 3))


def nearest_plane(planes: NDArray[np.floating], points: NDArray[np.floating]) -> NDArray[np.int64]:
    """(M,) the plane that each point is nearest to, -1 if there is none.

    Args:
        planes: (K, 3), see `wall_planes`.
        points: (M, 3) meters, in a frame in which z is up.
    """
    if not len(planes):
        return np.full(len(points), -1, np.int64)
    distance = np.abs(points[:, :2] @ planes[:, :2].T - planes[:, 2])
    nearest: NDArray[np.int64] = distance.argmin(axis=1)
    return nearest


def _fitted(xy: NDArray[np.floating], direction: NDArray[np.floating]) -> NDArray[np.float64]:
    """The plane through the peak of directions and offsets."""
    angle = np.arctan2(direction[:, 1], direction[:, 0])
    turn = ((angle / (2 * np.pi)) % 1 * _NUM_ANGLES).astype(np.int64) % _NUM_ANGLES
    counts = np.bincount(turn, minlength=_NUM_ANGLES)
    around = sum(np.roll(counts, shift) for shift in range(-2, 3))
    best = 2 * np.pi * (int(np.argmax(around)) + 0.5) / _NUM_ANGLES
    normal = np.array([np.cos(best), np.sin(best)])
    facing = direction @ normal >= _SAME_WAY
    normal = direction[facing].sum(axis=0).astype(np.float64)
    normal /= max(float(np.linalg.norm(normal)), 1e-9)
    offsets = xy[facing] @ normal
    low = offsets.min()
    bins = np.bincount(((offsets - low) / _BIN).astype(np.int64))
    smooth = np.convolve(bins, np.ones(3), mode="same")
    plane = np.append(normal, low + (int(np.argmax(smooth)) + 0.5) * _BIN)
    for _ in range(_ROUNDS):
        near = _near(plane, xy, direction)
        if near.sum() < 3:
            break
        middle = xy[near].mean(axis=0, dtype=np.float64)
        spread, axes = np.linalg.eigh(np.cov((xy[near] - middle).T))
        if spread[0] > 0.5 * spread[1]:
            break
        normal = axes[:, 0] * np.sign(axes[:, 0] @ plane[:2] or 1.0)
        plane = np.append(normal, middle @ normal)
    return plane


def _near(
    plane: NDArray[np.float64], xy: NDArray[np.floating], direction: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """(M,) whether points lie on a plane and look the same way."""
    near: NDArray[np.bool_] = np.abs(xy @ plane[:2] - plane[2]) <= _NEAR
    return near & (direction @ plane[:2] >= _SAME_WAY)


def _ahead(plane: NDArray[np.float64], xy: NDArray[np.float64]) -> float:
    """How far a point lies in front of a plane, beyond its thickness, meters."""
    return float(plane[:2] @ xy - plane[2]) - _NEAR


def _middle(
    points: NDArray[np.floating],
    normals: NDArray[np.floating],
    plane: NDArray[np.float64],
    is_nearest: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(2,) mean of the points on a plane that are nearest to it."""
    on_plane = is_nearest & _near(plane, points[:, :2], normals[:, :2])
    chosen = on_plane if on_plane.any() else is_nearest
    middle: NDArray[np.float64] = points[chosen, :2].mean(axis=0, dtype=np.float64)
    return middle
