"""Voxels of a cube that a surface passes through."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.indices import clamped_index

_MARGIN = 1e-6
"""Vertices are kept this far inside of the cube, in edges of the cube."""


@dataclass(frozen=True)
class UnitCube:
    """The cube around a shape: centered on its bounding box, its edge the longest extent.

    Attributes:
        center: Center of the bounding box.
        edge: Longest extent of the bounding box, above 0.
    """

    center: tuple[float, float, float]
    edge: float

    @classmethod
    def around(cls, points: NDArray[np.floating]) -> UnitCube:
        """The cube around (N, 3) points.

        Raises:
            ConventionError: There are no points, one is not finite, or all coincide.
        """
        if not len(points) or not np.isfinite(points).all():
            raise ConventionError(
                "Shape", expected="finite vertices", got="none" if not len(points) else "NaN"
            )
        low = points.min(axis=0).astype(np.float64)
        high = points.max(axis=0).astype(np.float64)
        edge = float((high - low).max())
        if not edge > 0:
            raise ConventionError("Shape", expected="an extent above 0", got="a single point")
        x, y, z = ((low + high) / 2).tolist()
        return cls((x, y, z), edge)

    def normalized(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) points in the cube [-0.5, 0.5]^3."""
        moved: NDArray[np.float64] = (points.astype(np.float64) - self.center) / self.edge
        return moved


def surface_voxels(triangles: NDArray[np.floating], *, resolution: int = 64) -> NDArray[np.int32]:
    """The voxels of the cube [-0.5, 0.5]^3 that triangles touch.

    Each voxel is tested against each triangle near it by separating axes (Akenine-Moeller, 2001),
    so that no voxel is missed however large or small the triangles are.

    Args:
        triangles: (T, 3, 3) corners inside of the cube; corners outside are moved to its border.
        resolution: Voxels along each edge.

    Returns:
        (V, 3) int32 voxel coordinates, sorted by x, y, z. The center of a voxel is
        ``(coordinate + 0.5) / resolution - 0.5``.

    Raises:
        ShapeError: The array has another shape.
        ConventionError: The resolution is below 1 or above 1024.
    """
    if triangles.ndim != 3 or triangles.shape[1:] != (3, 3):
        raise ShapeError("triangles", expected="shape (T, 3, 3)", got=f"{triangles.shape}")
    if not 1 <= resolution <= 1024:
        raise ConventionError("resolution", expected="1 to 1024", got=str(resolution))
    inside = np.clip(triangles.astype(np.float64), -0.5 + _MARGIN, 0.5 - _MARGIN)
    grid = np.zeros((resolution, resolution, resolution), np.bool_)
    _mark_touched((inside + 0.5) * resolution, grid)
    return np.argwhere(grid).astype(np.int32)


def occupancy_grid(voxels: NDArray[np.integer], *, resolution: int = 64) -> NDArray[np.bool_]:
    """(resolution, resolution, resolution) grid, True at (V, 3) voxel coordinates.

    Raises:
        ConventionError: A coordinate is outside of the grid.
    """
    if len(voxels) and not (voxels.min() >= 0 and voxels.max() < resolution):
        raise ConventionError(
            "Voxel coordinates",
            expected=f"0 to {resolution - 1}",
            got=f"{voxels.min()} to {voxels.max()}",
        )
    grid = np.zeros((resolution, resolution, resolution), np.bool_)
    grid[tuple(voxels.T)] = True
    return grid


@numba.njit(cache=True)
def _mark_touched(triangles: NDArray[np.float64], grid: NDArray[np.bool_]) -> None:
    """Sets the voxels that triangles, in voxel units, touch."""
    most = grid.shape[0] - 1
    corner = np.empty((3, 3))
    for t in range(len(triangles)):
        x0 = min(triangles[t, 0, 0], triangles[t, 1, 0], triangles[t, 2, 0])
        x1 = max(triangles[t, 0, 0], triangles[t, 1, 0], triangles[t, 2, 0])
        y0 = min(triangles[t, 0, 1], triangles[t, 1, 1], triangles[t, 2, 1])
        y1 = max(triangles[t, 0, 1], triangles[t, 1, 1], triangles[t, 2, 1])
        z0 = min(triangles[t, 0, 2], triangles[t, 1, 2], triangles[t, 2, 2])
        z1 = max(triangles[t, 0, 2], triangles[t, 1, 2], triangles[t, 2, 2])
        for i in range(clamped_index(x0, 0, most + 1), clamped_index(x1, 0, most) + 1):
            for j in range(clamped_index(y0, 0, most + 1), clamped_index(y1, 0, most) + 1):
                for k in range(clamped_index(z0, 0, most + 1), clamped_index(z1, 0, most) + 1):
                    if grid[i, j, k]:
                        continue
                    for c in range(3):
                        corner[c, 0] = triangles[t, c, 0] - (i + 0.5)
                        corner[c, 1] = triangles[t, c, 1] - (j + 0.5)
                        corner[c, 2] = triangles[t, c, 2] - (k + 0.5)
                    if _touches(corner):
                        grid[i, j, k] = True


@numba.njit(cache=True)
def _touches(corner: NDArray[np.float64]) -> bool:
    """Whether a triangle touches the unit box around the origin; their bounds overlap."""
    for a in range(3):
        b = (a + 1) % 3
        ex = corner[b, 0] - corner[a, 0]
        ey = corner[b, 1] - corner[a, 1]
        ez = corner[b, 2] - corner[a, 2]
        if (
            _apart(corner, 0.0, -ez, ey)
            or _apart(corner, ez, 0.0, -ex)
            or _apart(corner, -ey, ex, 0.0)
        ):
            return False
    ax, ay, az = (
        corner[1, 0] - corner[0, 0], corner[1, 1] - corner[0, 1], corner[1, 2] - corner[0, 2],
    )  # fmt: skip
    bx, by, bz = (
        corner[2, 0] - corner[0, 0], corner[2, 1] - corner[0, 1], corner[2, 2] - corner[0, 2],
    )  # fmt: skip
    return not _apart(corner, ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)


@numba.njit(cache=True)
def _apart(corner: NDArray[np.float64], x: float, y: float, z: float) -> bool:
    """Whether the plane across an axis separates a triangle from the unit box."""
    reach = 0.5 * (abs(x) + abs(y) + abs(z))
    first = corner[0, 0] * x + corner[0, 1] * y + corner[0, 2] * z
    low, high = first, first
    for c in range(1, 3):
        value = corner[c, 0] * x + corner[c, 1] * y + corner[c, 2] * z
        low, high = min(low, value), max(high, value)
    return bool(low > reach or high < -reach)
