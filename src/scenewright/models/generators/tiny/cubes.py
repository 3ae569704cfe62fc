"""The cube of an object: level axes that follow the camera, around what is seen of it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.models.generators.tiny.design import COLOR_SIDE, GRID
from scenewright.models.generators.tiny.inputs import LEAST_POINTS

ROOM = 1.3
"""Edge of the cube, per longest edge of what is seen: room for what is hidden."""
FRONT = 0.08
"""Distance of the nearest point from the front of the cube, in edges."""
_TRIM = 1.0
"""Share of the points, percent, beyond which the extent is cut at both ends."""
_LEAST_EDGE = 0.02


def object_cube(points: NDArray[np.floating]) -> NDArray[np.float64] | None:
    """The cube of an object from its measured points; None with too few.

    Args:
        points: (P, 3) in a level frame, y away from the camera.

    Returns:
        (4,) center and edge.
    """
    if len(points) < LEAST_POINTS:
        return None
    low, high = np.percentile(points.astype(np.float64), (_TRIM, 100 - _TRIM), axis=0)
    edge = max(ROOM * float((high - low).max()), _LEAST_EDGE)
    center = (low + high) / 2
    center[1] = low[1] + (0.5 - FRONT) * edge
    return np.array([*center, edge])


def seen_voxels(points: NDArray[np.floating], cube: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(32, 32, 32) voxels of the cube of an object that hold measured points.

    Args:
        points: (P, 3) in the frame of the cube.
        cube: (4,) center and edge.
    """
    result = np.zeros((GRID,) * 3, bool)
    cells = np.floor(((points - cube[:3]) / cube[3] + 0.5) * GRID)
    inside = cells[((cells >= 0) & (cells < GRID)).all(axis=1)].astype(np.int64)
    result[inside[:, 0], inside[:, 1], inside[:, 2]] = True
    return result


def cell_colors(
    points: NDArray[np.floating], colors: NDArray[np.uint8], cube: NDArray[np.floating]
) -> NDArray[np.uint8]:
    """(8, 8, 8, 3) mean color of the points in each cell of a cube; 0 without points, and at
    least 1 with any.

    Args:
        points: (P, 3) in the frame of the cube.
        colors: (P, 3) RGB.
        cube: (4,) center and edge.
    """
    side = COLOR_SIDE
    cells = np.floor(((points - cube[:3]) / cube[3] + 0.5) * side)
    inside = ((cells >= 0) & (cells < side)).all(axis=1)
    flat = np.ravel_multi_index(cells[inside].astype(np.int64).T, (side,) * 3)
    counts = np.bincount(flat, minlength=side**3)
    sums = [np.bincount(flat, weights=colors[inside, c], minlength=side**3) for c in range(3)]
    means = np.rint(np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None])
    found = np.where(counts[:, None] > 0, np.clip(means, 1, 255), 0)
    return found.astype(np.uint8).reshape(side, side, side, 3)


@njit(cache=True)
def moved_grid(grid: NDArray[np.bool_], grid_from_cube: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A grid seen in another cube: its voxel at the center of every voxel there.

    Args:
        grid: (r, r, r) over [-0.5, 0.5]^3; nothing is beyond.
        grid_from_cube: (3, 4) affine map from the other cube, also over [-0.5, 0.5]^3.
    """
    side = grid.shape[0]
    result = np.zeros(grid.shape, np.bool_)
    a = grid_from_cube
    for i in range(side):
        for j in range(side):
            for k in range(side):
                x, y, z = (i + 0.5) / side - 0.5, (j + 0.5) / side - 0.5, (k + 0.5) / side - 0.5
                u = (a[0, 0] * x + a[0, 1] * y + a[0, 2] * z + a[0, 3] + 0.5) * side
                v = (a[1, 0] * x + a[1, 1] * y + a[1, 2] * z + a[1, 3] + 0.5) * side
                w = (a[2, 0] * x + a[2, 1] * y + a[2, 2] * z + a[2, 3] + 0.5) * side
                if 0 <= u < side and 0 <= v < side and 0 <= w < side:
                    result[i, j, k] = grid[int(u), int(v), int(w)]
    return result


def cube_map(pose: NDArray[np.floating], cube: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3, 4) map from the cube of an object to its canonical cube.

    Args:
        pose: (4, 4) similarity from the canonical cube to the frame of `cube`.
        cube: (4,) center and edge.
    """
    back = np.linalg.inv(pose.astype(np.float64))
    turn = back[:3, :3] * float(cube[3])
    shift = back[:3, :3] @ cube[:3].astype(np.float64) + back[:3, 3]
    return np.concatenate([turn, shift[:, None]], axis=1)
