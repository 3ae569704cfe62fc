"""Normals of the surface that a depth picture shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core.camera import Camera
from scenewright.core.errors import ShapeError
from scenewright.geometry.projection import pixel_rays

Floats = NDArray[np.floating[Any]]


def surface_normals(depth: Floats, camera: Camera) -> Floats:
    """(H, W, 3) unit normals of a depth picture, camera frame, facing the camera.

    They stand on the differences of the points behind the pixels above and below, left and right;
    0 on the border of one pixel, and where one of these four has no depth.

    Args:
        depth: (H, W) metres, 0 = none.
        camera: Of the picture; without skew.

    Raises:
        ShapeError: The picture has another size than the camera.
    """
    if depth.shape != camera.size:
        raise ShapeError("Depth", expected=f"{camera.size}", got=f"{depth.shape}")
    normals = np.zeros((*depth.shape, 3), depth.dtype)
    _fill_normals(np.ascontiguousarray(depth), *pixel_rays(camera), normals)
    return normals


@njit(cache=True, nogil=True)
def _fill_normals(
    depth: Floats, x: NDArray[np.float64], y: NDArray[np.float64], out: Floats
) -> None:
    """Writes the normals to `out`, zeros; x and y are of `pixel_rays`."""
    height, width = depth.shape
    for r in range(1, height - 1):
        for c in range(1, width - 1):
            if not has_neighbors(depth, r, c):
                continue
            ax, ay, az, bx, by, bz = tangents(depth, x, y, r, c)
            u, v, w = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            length = np.sqrt(u * u + v * v + w * w)
            if length > 0:
                out[r, c, 0], out[r, c, 1], out[r, c, 2] = u / length, v / length, w / length


@njit(cache=True, nogil=True)
def has_neighbors(depth: Floats, r: int, c: int) -> bool:
    """Whether the pixels above, below, left and right of one have depth."""
    return bool(min(depth[r - 1, c], depth[r + 1, c], depth[r, c - 1], depth[r, c + 1]) > 0)


@njit(cache=True, nogil=True)
def tangents(
    depth: Floats, x: NDArray[np.float64], y: NDArray[np.float64], r: int, c: int
) -> tuple[float, float, float, float, float, float]:
    """From the point behind the pixel above to the one below, and from left to right."""
    up, down = float(depth[r - 1, c]), float(depth[r + 1, c])
    left, right = float(depth[r, c - 1]), float(depth[r, c + 1])
    return (
        x[c] * (down - up),
        y[r + 1] * down - y[r - 1] * up,
        down - up,
        x[c + 1] * right - x[c - 1] * left,
        y[r] * (right - left),
        right - left,
    )
