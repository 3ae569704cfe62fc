"""What a few cameras see of an occupancy grid: occupied, free and unknown voxels."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core import FREE, OCCUPIED, UNKNOWN

_STEP = 0.5
"""Length of a step of a ray, voxels."""


def seen_states(grid: NDArray[np.bool_], directions: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The three-state grid that distant cameras see.

    Args:
        grid: (r, r, r) occupied voxels.
        directions: (K, 3) unit vectors towards the cameras.

    Returns:
        (r, r, r) uint8 of OCCUPIED, FREE and UNKNOWN.
    """
    states = np.full(grid.shape, UNKNOWN, np.uint8)
    for direction in np.asarray(directions, np.float64):
        _look(np.ascontiguousarray(grid), direction, states, FREE, OCCUPIED)
    return states


def random_directions(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """(count, 3) unit vectors towards cameras at 5 to 60 degrees above the horizon."""
    azimuth = rng.uniform(0, 2 * np.pi, count)
    elevation = np.deg2rad(rng.uniform(5, 60, count))
    level = np.cos(elevation)
    return np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], axis=1)


@njit(cache=True)
def _look(
    grid: NDArray[np.bool_],
    direction: NDArray[np.float64],
    states: NDArray[np.uint8],
    free: int,
    occupied: int,
) -> None:
    """Marks the voxels from whose center the way to the camera is not blocked."""
    side = grid.shape[0]
    for i in range(side):
        for j in range(side):
            for k in range(side):
                if states[i, j, k] == free or states[i, j, k] == occupied:
                    continue
                x, y, z = i + 0.5, j + 0.5, k + 0.5
                blocked = False
                while not blocked:
                    x += _STEP * direction[0]
                    y += _STEP * direction[1]
                    z += _STEP * direction[2]
                    if x < 0 or y < 0 or z < 0 or x >= side or y >= side or z >= side:
                        break
                    a, b, c = int(x), int(y), int(z)
                    if (a != i or b != j or c != k) and grid[a, b, c]:
                        blocked = True
                if not blocked:
                    states[i, j, k] = occupied if grid[i, j, k] else free
