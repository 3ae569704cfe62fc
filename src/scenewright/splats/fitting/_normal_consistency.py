"""Kernels that compare rendered normals with the surface that the rendered depth makes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.depth_normals import has_neighbors, tangents

Floats = NDArray[np.floating[Any]]


@njit(cache=True, nogil=True)
def mix_depth(depth_sum: Floats, alpha: Floats, median: Floats, ratio: float) -> Floats:
    """(H, W) depth of the surface: mean depth, median depth or a mix of both; 0 = none."""
    height, width = alpha.shape
    depth = np.zeros_like(alpha)
    for r in range(height):
        for c in range(width):
            if alpha[r, c] > 0:
                mean = depth_sum[r, c] / alpha[r, c]
                depth[r, c] = (1 - ratio) * mean + ratio * median[r, c]
    return depth


@njit(cache=True, nogil=True, parallel=True)
def compare_normals(
    depth: Floats,
    alpha: Floats,
    normals: Floats,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: float,
    by_normals: Floats,
    by_neighbors: Floats,
) -> float:
    """Sum of N . A n_s over pixels, times -`weight` its derivatives.

    Args:
        depth: (H, W) of `mix_depth`.
        alpha: (H, W), constant.
        normals: (H, W, 3) rendered.
        x: Of `pixel_rays`.
        y: Of `pixel_rays`.
        weight: Factor of the derivatives.
        by_normals: (H, W, 3) zeros; receives the derivatives by the rendered normals.
        by_neighbors: (H, W, 4) zeros; those by the depth above, below, left and right of a pixel.
    """
    height, width = depth.shape
    sums = np.zeros(height, np.float64)
    for r in prange(1, height - 1):
        total = 0.0
        for c in range(1, width - 1):
            if not has_neighbors(depth, r, c):
                continue
            ax, ay, az, bx, by, bz = tangents(depth, x, y, r, c)
            nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            length = np.sqrt(nx * nx + ny * ny + nz * nz)
            if length == 0:
                continue
            inverse = 1 / length
            nx, ny, nz = nx * inverse, ny * inverse, nz * inverse
            p, q, s = float(normals[r, c, 0]), float(normals[r, c, 1]), float(normals[r, c, 2])
            cosine = p * nx + q * ny + s * nz
            share = float(alpha[r, c])
            total += share * cosine
            factor = -weight * share
            by_normals[r, c, 0] = factor * nx
            by_normals[r, c, 1] = factor * ny
            by_normals[r, c, 2] = factor * nz
            # Through the normalization, then through the cross product a x b to either factor.
            factor *= inverse
            p, q, s = p - cosine * nx, q - cosine * ny, s - cosine * nz
            u, v, w = by * s - bz * q, bz * p - bx * s, bx * q - by * p
            by_neighbors[r, c, 0] = -factor * (u * x[c] + v * y[r - 1] + w)
            by_neighbors[r, c, 1] = factor * (u * x[c] + v * y[r + 1] + w)
            u, v, w = q * az - s * ay, s * ax - p * az, p * ay - q * ax
            by_neighbors[r, c, 2] = -factor * (u * x[c - 1] + v * y[r] + w)
            by_neighbors[r, c, 3] = factor * (u * x[c + 1] + v * y[r] + w)
        sums[r] = total
    return float(sums.sum())


@njit(cache=True, nogil=True)
def split_depth_gradient(
    by_neighbors: Floats, depth_sum: Floats, alpha: Floats, ratio: float
) -> tuple[Floats, Floats, Floats]:
    """Derivatives by the sum of depths, alpha and the median, from those of `compare_normals`."""
    height, width = alpha.shape
    by_sum, by_alpha, by_median = np.zeros_like(alpha), np.zeros_like(alpha), np.zeros_like(alpha)
    for r in range(height):
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
