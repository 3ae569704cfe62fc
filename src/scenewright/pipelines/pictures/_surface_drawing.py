"""Draws triangles and points with a depth test, seen from infinitely far away."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.indices import clamped_index


@njit(cache=True, nogil=True)
def draw_triangles(
    corners: NDArray[np.float64],
    first: int,
    nearest: NDArray[np.float32],
    index: NDArray[np.int32],
) -> None:
    """Draws triangles into a depth and an index picture.

    Args:
        corners: (F, 3, 3) column, row and depth of the corners; columns and rows in pixels, where
            the center of the first pixel is (0.5, 0.5), depth in any unit, smaller is nearer.
        first: Index of the first triangle.
        nearest: (H, W) depth of the nearest surface; initially infinite. Changed in place.
        index: (H, W) index of the nearest surface. Changed in place.
    """
    height, width = nearest.shape
    for i in range(len(corners)):
        ax, ay, az = corners[i, 0]
        bx, by, bz = corners[i, 1]
        cx, cy, cz = corners[i, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0.0:
            continue
        top = clamped_index(np.ceil(min(ay, by, cy) - 0.5), 0, height)
        bottom = clamped_index(max(ay, by, cy) - 0.5, -1, height - 1)
        left = clamped_index(np.ceil(min(ax, bx, cx) - 0.5), 0, width)
        right = clamped_index(max(ax, bx, cx) - 0.5, -1, width - 1)
        for r in range(top, bottom + 1):
            y = r + 0.5
            for c in range(left, right + 1):
                x = c + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                if u < 0.0 or v < 0.0 or u + v > 1.0:
                    continue
                depth = u * az + v * bz + (1.0 - u - v) * cz
                if depth < nearest[r, c]:
                    nearest[r, c] = depth
                    index[r, c] = first + i


@njit(cache=True, nogil=True)
def draw_points(
    places: NDArray[np.float64],
    first: int,
    radius: int,
    nearest: NDArray[np.float32],
    index: NDArray[np.int32],
) -> None:
    """Draws points as small squares into a depth and an index picture.

    Args:
        places: (N, 3) column, row and depth of each, as in `draw_triangles`.
        first: Index of the first point.
        radius: A point covers a square of ``2 * radius + 1`` pixels.
        nearest: (H, W) depth of the nearest surface; initially infinite. Changed in place.
        index: (H, W) index of the nearest surface. Changed in place.
    """
    height, width = nearest.shape
    for i in range(len(places)):
        # A point whose square lies outside of the picture is clamped to just outside of it.
        column = clamped_index(places[i, 0], -radius - 1, width + radius)
        row = clamped_index(places[i, 1], -radius - 1, height + radius)
        for r in range(max(row - radius, 0), min(row + radius + 1, height)):
            for c in range(max(column - radius, 0), min(column + radius + 1, width)):
                # A depth that grows slightly outward keeps neighboring squares of one surface from
                # interleaving.
                away = (abs(r - row) + abs(c - column)) / (2.0 * radius + 1.0)
                value = places[i, 2] + 1e-4 * away
                if value < nearest[r, c]:
                    nearest[r, c] = value
                    index[r, c] = first + i
