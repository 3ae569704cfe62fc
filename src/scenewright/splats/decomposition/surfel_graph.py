"""The graph of neighboring surfels, with lengths relative to their spacing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

_QUANTA = 2.0**16
"""Steps along the longest edge of the scene that positions are rounded to, so that the same scene
in another unit gives the same graph."""
_LENGTH_STEPS = 16.0
"""Steps of a spacing that lengths are rounded to, for the same reason."""


@dataclass(frozen=True, eq=False)
class SurfelGraph:
    """Links between neighboring surfels, each pair once.

    Attributes:
        num_surfels: N.
        first: (E,) int32, the smaller number of a pair.
        second: (E,) int32.
        length: (E,) float32 distance over the mean spacing of the two.
    """

    num_surfels: int
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    length: NDArray[np.float32]


def neighbor_graph(
    means: NDArray[np.floating], *, neighbors: int = 8, reach: float = 3.0
) -> SurfelGraph:
    """Links each surfel to its nearest neighbors.

    Args:
        means: (N, 3) centers, any unit.
        neighbors: Nearest neighbors that each surfel is linked to.
        reach: Longest link, in spacings. The spacing at a surfel is the mean distance to the
            nearer half of its neighbors.
    """
    num = len(means)
    count = min(neighbors, num - 1)
    if count < 1:
        none = np.zeros(0, np.int32)
        return SurfelGraph(num, none, none, np.zeros(0, np.float32))
    positions = grid_positions(means)
    distance, found = cKDTree(positions).query(positions, k=count + 1)
    spacing = np.maximum(distance[:, 1 : 2 + count // 2].mean(axis=1), 1.0)
    asking = np.repeat(np.arange(num), count + 1)
    other, gap = found.ravel(), distance.ravel()
    low, high = np.minimum(asking, other), np.maximum(asking, other)
    keys, index = np.unique(low * np.int64(num) + high, return_index=True)
    first, second, gap = keys // num, keys % num, gap[index]
    length = gap / (0.5 * (spacing[first] + spacing[second]))
    length = np.rint(length * _LENGTH_STEPS) / _LENGTH_STEPS
    kept = (first != second) & (length <= reach)
    return SurfelGraph(
        num,
        first[kept].astype(np.int32),
        second[kept].astype(np.int32),
        length[kept].astype(np.float32),
    )


def grid_positions(means: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) centers as whole numbers on a fine grid that scales with the scene."""
    points = np.asarray(means, np.float64)
    low = points.min(axis=0)
    extent = float((points.max(axis=0) - low).max()) or 1.0
    result: NDArray[np.float64] = np.rint((points - low) * (_QUANTA / extent))
    return result
