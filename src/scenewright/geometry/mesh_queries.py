"""Queries of points against triangles: inside or outside, and how far down the next surface is."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["distances_below", "winding_numbers"]


def winding_numbers(
    points: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Generalized winding number of points (Jacobson et al., SIGGRAPH 2013).

    It is 1 inside a closed mesh, 0 outside, and in between near the holes of an open one; above 0.5
    counts as inside. Its cost is the number of points times the number of triangles.

    Args:
        points: (N, 3).
        corners: (T, 3, 3) corners of triangles, counter-clockwise seen from outside.

    Returns:
        (N,) float64.
    """
    return _winding(
        np.ascontiguousarray(points, np.float64), np.ascontiguousarray(corners, np.float64)
    )


def distances_below(
    points: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance from each point straight down (-z) to the nearest triangle.

    Args:
        points: (N, 3).
        corners: (T, 3, 3). Vertical triangles are not hit.

    Returns:
        (N,) float64, infinite where nothing lies below.
    """
    return _below(
        np.ascontiguousarray(points, np.float64), np.ascontiguousarray(corners, np.float64)
    )


@njit(cache=True)
def _winding(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.zeros(len(points))
    for i in range(len(points)):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        total = 0.0
        for j in range(len(corners)):
            ax, ay, az = corners[j, 0, 0] - x, corners[j, 0, 1] - y, corners[j, 0, 2] - z
            bx, by, bz = corners[j, 1, 0] - x, corners[j, 1, 1] - y, corners[j, 1, 2] - z
            cx, cy, cz = corners[j, 2, 0] - x, corners[j, 2, 1] - y, corners[j, 2, 2] - z
            a = math.sqrt(ax * ax + ay * ay + az * az)
            b = math.sqrt(bx * bx + by * by + bz * bz)
            c = math.sqrt(cx * cx + cy * cy + cz * cz)
            volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
            ab = ax * bx + ay * by + az * bz
            bc = bx * cx + by * cy + bz * cz
            ca = cx * ax + cy * ay + cz * az
            # Solid angle of a triangle by Van Oosterom and Strackee (1983), over two.
            total += math.atan2(volume, a * b * c + ab * c + bc * a + ca * b)
        result[i] = total / (2 * math.pi)
    return result


@njit(cache=True)
def _below(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(len(points), np.inf)
    for j in range(len(corners)):
        ax, ay, az = corners[j, 0, 0], corners[j, 0, 1], corners[j, 0, 2]
        bx, by, bz = corners[j, 1, 0], corners[j, 1, 1], corners[j, 1, 2]
        cx, cy, cz = corners[j, 2, 0], corners[j, 2, 1], corners[j, 2, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        x0, x1 = min(ax, bx, cx), max(ax, bx, cx)
        y0, y1 = min(ay, by, cy), max(ay, by, cy)
        for i in range(len(points)):
            x, y = points[i, 0], points[i, 1]
            if x < x0 or x > x1 or y < y0 or y > y1:
                continue
            u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
            v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
            w = 1.0 - u - v
            if u < 0.0 or v < 0.0 or w < 0.0:
                continue
            drop = points[i, 2] - (u * az + v * bz + w * cz)
            if 0.0 <= drop < result[i]:
                result[i] = drop
    return result
