"""Kernels that compare rendered normals with the surface that the rendered depth makes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@njit(cache=True, nogil=True, parallel=True)
def mix_depth(depth_sum: Floats, alpha: Floats, median: Floats, ratio: float) -> Floats:
    """(H, W) depth of the surface: mean depth, median depth or a mix of both; 0 = none."""
    height, width = alpha.shape
    depth = np.zeros_like(alpha)
    for r in prange(height):
        for c in range(width):
            if alpha[r, c] > 0:
                mean = depth_sum[r, c] / alpha[r, c]
                depth[r, c] = (1 - ratio) * mean + ratio * median[r, c]
    return depth


@njit(cache=True, nogil=True)
def _difference(
    depth: Floats, rows: tuple[int, int], columns: tuple[int, int], K: NDArray[np.float64]
) -> tuple[float, float, float]:
    """From the point behind the first of two pixels to the one behind the second."""
    near, far = float(depth[rows[0], columns[0]]), float(depth[rows[1], columns[1]])
    x = (columns[1] - K[2]) * far - (columns[0] - K[2]) * near
    y = (rows[1] - K[3]) * far - (rows[0] - K[3]) * near
    return x / K[0], y / K[1], far - near


@njit(cache=True, nogil=True)
def _surface_at(
    depth: Floats, r: int, c: int, K: NDArray[np.float64]
) -> tuple[float, float, float, float]:
    """Unit normal of the surface at a pixel that is not on the border, and 1 / |a x b|; else 0."""
    if min(depth[r - 1, c], depth[r + 1, c], depth[r, c - 1], depth[r, c + 1]) <= 0:
        return 0.0, 0.0, 0.0, 0.0
    ax, ay, az = _difference(depth, (r - 1, r + 1), (c, c), K)
    bx, by, bz = _difference(depth, (r, r), (c - 1, c + 1), K)
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    length = np.sqrt(x * x + y * y + z * z)
    if length == 0:
        return 0.0, 0.0, 0.0, 0.0
    return x / length, y / length, z / length, 1 / length


@njit(cache=True, nogil=True, parallel=True)
def surface_normals(depth: Floats, K: NDArray[np.float64], out: Floats) -> None:
    """Normals of a depth picture, camera frame, towards the camera; see `losses.surface_normals`.

    Args:
        depth: (H, W), 0 = none.
        K: (4,) fx, fy and the principal point with pixel centres at integers.
        out: (H, W, 3), zeros.
    """
    height, width = depth.shape
    for r in prange(1, height - 1):
        for c in range(1, width - 1):
            x, y, z, _ = _surface_at(depth, r, c, K)
            out[r, c, 0], out[r, c, 1], out[r, c, 2] = x, y, z


@njit(cache=True, nogil=True)
def _along_ray(x: float, y: float, z: float, r: int, c: int, K: NDArray[np.float64]) -> float:
    along = x * (c - K[2]) / K[0] + y * (r - K[3]) / K[1] + z
    return float(along)


@njit(cache=True, nogil=True, parallel=True)
def compare_normals(
    depth: Floats,
    alpha: Floats,
    normals: Floats,
    K: NDArray[np.float64],
    weight: float,
    by_normals: Floats,
    by_neighbors: Floats,
) -> float:
    """Sum of N . A n_s over pixels, times -`weight` its derivatives.

    Args:
        depth: (H, W) of `mix_depth`.
        alpha: (H, W), constant.
        normals: (H, W, 3) rendered.
        K: As in `surface_normals`.
        weight: Factor of the derivatives.
        by_normals: (H, W, 3) zeros; receives the derivatives by the rendered normals.
        by_neighbors: (H, W, 4) zeros; those by the depth above, below, left and right of a pixel.
    """
    height, width = depth.shape
    sums = np.zeros(height, np.float64)
    for r in prange(1, height - 1):
        total = 0.0
        for c in range(1, width - 1):
            x, y, z, inverse = _surface_at(depth, r, c, K)
            if inverse == 0:
                continue
            share = float(alpha[r, c])
            p, q, s = float(normals[r, c, 0]), float(normals[r, c, 1]), float(normals[r, c, 2])
            cosine = p * x + q * y + s * z
            total += share * cosine
            factor = -weight * share
            by_normals[r, c, 0] = factor * x
            by_normals[r, c, 1] = factor * y
            by_normals[r, c, 2] = factor * z
            # Through the normalization, then through the cross product a x b.
            factor *= inverse
            p, q, s = (
                factor * (p - cosine * x),
                factor * (q - cosine * y),
                factor * (s - cosine * z),
            )
            ax, ay, az = _difference(depth, (r - 1, r + 1), (c, c), K)
            bx, by, bz = _difference(depth, (r, r), (c - 1, c + 1), K)
            u, v, w = by * s - bz * q, bz * p - bx * s, bx * q - by * p
            by_neighbors[r, c, 0] = -_along_ray(u, v, w, r - 1, c, K)
            by_neighbors[r, c, 1] = _along_ray(u, v, w, r + 1, c, K)
            u, v, w = q * az - s * ay, s * ax - p * az, p * ay - q * ax
            by_neighbors[r, c, 2] = -_along_ray(u, v, w, r, c - 1, K)
            by_neighbors[r, c, 3] = _along_ray(u, v, w, r, c + 1, K)
        sums[r] = total
    return float(sums.sum())


@njit(cache=True, nogil=True, parallel=True)
def split_depth_gradient(
    by_neighbors: Floats, depth_sum: Floats, alpha: Floats, ratio: float
) -> tuple[Floats, Floats, Floats]:
    """Derivatives by the sum of depths, alpha and the median, from those of `compare_normals`."""
    height, width = alpha.shape
    by_sum, by_alpha, by_median = np.zeros_like(alpha), np.zeros_like(alpha), np.zeros_like(alpha)
    for r in prange(height):
        for c in range(width):
            slope = 0.0
            if r > 0:
                slope += by_neighbors[r - 1, c, 1]
            if r + 1 < height:
                slope += by_neighbors[r + 1, c, 0]
            if c > 0:
                slope += by_neighbors[r, c - 1, 3]
            if c + 1 < width:
                slope += by_neighbors[r, c + 1, 2]
            if slope == 0:
                continue
            per_mean = (1 - ratio) * slope / alpha[r, c]
            by_sum[r, c] = per_mean
            by_alpha[r, c] = -per_mean * depth_sum[r, c] / alpha[r, c]
            by_median[r, c] = ratio * slope
    return by_sum, by_alpha, by_median
