"""Cells of a grid whose centers are inside closed meshes."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.indices import clamped_index


@njit(cache=True)
def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """Twice the signed area of a, b, p; exactly antisymmetric in a and b."""
    if ax < bx or (ax == bx and ay < by):
        return (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return -((ax - bx) * (py - by) - (ay - by) * (px - bx))


@njit(cache=True)
def _within(t: NDArray[np.float64], px: float, py: float, sign: float) -> bool:
    """Whether a point is in a projected triangle; an edge belongs to exactly one side."""
    for k in range(3):
        ax, ay = t[k, 0], t[k, 1]
        bx, by = t[(k + 1) % 3, 0], t[(k + 1) % 3, 1]
        value = sign * _side(ax, ay, bx, by, px, py)
        if value < 0:
            return False
        if value == 0:
            dx, dy = sign * (bx - ax), sign * (by - ay)
            if not (dy > 0 or (dy == 0 and dx < 0)):
                return False
    return True


@njit(cache=True)
def fill_solid(
    triangles: NDArray[np.float64],
    origin: NDArray[np.float64],
    cell: float,
    value: int,
    grid: NDArray[np.int32],
) -> None:
    """Writes `value` to the cells of `grid` whose center is inside a closed mesh.

    Along each column of cells the crossings of the surface are counted from below: a face that
    faces down enters the mesh, one that faces up leaves it. Edges that a column hits exactly are
    counted once.

    Args:
        triangles: (F, 3, 3) meters, facing outward.
        origin: (3,) lowest corner of the grid, meters.
        cell: Edge of a cell, meters.
        value: Value to write.
        grid: (X, Y, Z) changed in place.
    """
    low, high = np.empty(3), np.empty(3)
    for axis in range(3):
        low[axis] = triangles[:, :, axis].min()
        high[axis] = triangles[:, :, axis].max()
    first = np.empty(2, np.int64)
    count = np.empty(2, np.int64)
    for axis in range(2):
        most = grid.shape[axis]
        first[axis] = clamped_index((low[axis] - origin[axis]) / cell - 0.5, 0, most)
        stop = clamped_index(np.ceil((high[axis] - origin[axis]) / cell - 0.5) + 1, 0, most)
        count[axis] = max(stop - first[axis], 0)
    depth = np.zeros((count[0], count[1], grid.shape[2] + 1), np.int32)
    for f in range(len(triangles)):
        _cross(triangles[f], origin, cell, first, depth)
    for i in range(count[0]):
        for j in range(count[1]):
            inside = 0
            for k in range(grid.shape[2]):
                inside += depth[i, j, k]
                if inside > 0:
                    grid[first[0] + i, first[1] + j, k] = value


@njit(cache=True)
def _cross(
    t: NDArray[np.float64],
    origin: NDArray[np.float64],
    cell: float,
    first: NDArray[np.int64],
    depth: NDArray[np.int32],
) -> None:
    """Marks where the columns that one triangle covers enter or leave the mesh."""
    area = (t[1, 0] - t[0, 0]) * (t[2, 1] - t[0, 1]) - (t[1, 1] - t[0, 1]) * (t[2, 0] - t[0, 0])
    if area == 0:
        return
    sign = 1.0 if area > 0 else -1.0
    bx = (
        (t[1, 2] - t[0, 2]) * (t[2, 1] - t[0, 1]) - (t[1, 1] - t[0, 1]) * (t[2, 2] - t[0, 2])
    ) / area
    by = (
        (t[1, 0] - t[0, 0]) * (t[2, 2] - t[0, 2]) - (t[1, 2] - t[0, 2]) * (t[2, 0] - t[0, 0])
    ) / area
    low = (min(t[0, 0], t[1, 0], t[2, 0]) - origin[0]) / cell - 0.5
    high = (max(t[0, 0], t[1, 0], t[2, 0]) - origin[0]) / cell - 0.5
    x0 = clamped_index(np.floor(low) - first[0], 0, depth.shape[0])
    x1 = clamped_index(np.ceil(high) - first[0] + 1, 0, depth.shape[0])
    low = (min(t[0, 1], t[1, 1], t[2, 1]) - origin[1]) / cell - 0.5
    high = (max(t[0, 1], t[1, 1], t[2, 1]) - origin[1]) / cell - 0.5
    y0 = clamped_index(np.floor(low) - first[1], 0, depth.shape[1])
    y1 = clamped_index(np.ceil(high) - first[1] + 1, 0, depth.shape[1])
    layers = depth.shape[2] - 1
    for i in range(x0, x1):
        px = origin[0] + (first[0] + i + 0.5) * cell
        for j in range(y0, y1):
            py = origin[1] + (first[1] + j + 0.5) * cell
            if _within(t, px, py, sign):
                z = t[0, 2] + bx * (px - t[0, 0]) + by * (py - t[0, 1])
                layer = clamped_index(np.ceil((z - origin[2]) / cell - 0.5), 0, layers)
                depth[i, j, layer] -= int(sign)
