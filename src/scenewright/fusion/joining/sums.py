"""Sums over the voxels of regions and over the contacts between them.

All of them can be added when two regions join, so that nothing has to be measured again on voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.neighborhood import neighbor_of
from scenewright.geometry.voxel_hash import BLOCK_VOXELS

# Columns of the sums of a region.
COUNT: Final = 0
POSITION: Final = 1
MOMENT: Final = 4
NORMAL: Final = 10
COLOR: Final = 13
COLOR_SQUARE: Final = 16
SUPPORT: Final = 19
AGREEMENT: Final = 20
SEEN: Final = 21
CONTACTS: Final = 22
NUM_SUMS: Final = 23
# Columns of the bounds of a region: lowest x, y, height, then highest; then its largest number of
# frames.
LOW: Final = 0
HIGH: Final = 3
FRAMES: Final = 6
NUM_BOUNDS: Final = 7
# Columns of the sums of a pair of regions.
TOUCH: Final = 0
STEP_COLOR: Final = 1
STEP_CHROMA: Final = 2
STEP_NORMAL: Final = 3
CONVEX: Final = 4
ABOVE: Final = 5
PLACE: Final = 6
PLACE_MOMENT: Final = 9
TOGETHER: Final = 15
APART: Final = 16
SHARED: Final = 17
AFFINITY: Final = 18
AFFINITY_WEIGHT: Final = 19
NUM_PAIR_SUMS: Final = 20

_LIGHTNESS: Final = 0.5
"""Weight of lightness in color differences; shadows change mostly lightness."""


@dataclass(frozen=True, eq=False)
class Surface:
    """The surface of the map as joining sees it, one row per surface voxel.

    Attributes:
        address: (M,) int64 voxel address.
        region: (M,) int32 region from 0 on, -1 = none.
        points: (M, 3) float32 meters, in a frame in which z is up.
        normals: (M, 3) float32 in the same frame.
        colors: (M, 3) float32: lightness, red minus green, yellow minus blue; about 0 to 1.
        votes: (M, 3) float32: votes for the region, all votes, votes that were possible.
    """

    address: NDArray[np.int64]
    region: NDArray[np.int32]
    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    colors: NDArray[np.float32]
    votes: NDArray[np.float32]


def opponent_colors(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(M, 3) lightness, red minus green, yellow minus blue of (M, 3) RGB."""
    red, green, blue = (colors[:, i].astype(np.float32) / 255 for i in range(3))
    lightness = _LIGHTNESS * (red + green + blue) / 3
    return np.stack([lightness, red - green, (red + green) / 2 - blue], axis=1)


@njit(cache=True, nogil=True)
def sum_regions(
    region: NDArray[np.int32],
    points: NDArray[np.float32],
    normals: NDArray[np.float32],
    colors: NDArray[np.float32],
    votes: NDArray[np.float32],
    num_regions: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and bounds of each region; see the columns above.

    Args:
        region: (M,) region of each voxel, -1 = none.
        points: (M, 3).
        normals: (M, 3).
        colors: (M, 3).
        votes: (M, 3).
        num_regions: Number of regions R.

    Returns:
        (R, NUM_SUMS) and (R, NUM_BOUNDS) float64.
    """
    sums = np.zeros((num_regions, NUM_SUMS))
    bounds = np.empty((num_regions, NUM_BOUNDS))
    bounds[:, :HIGH] = np.inf
    bounds[:, HIGH:] = -np.inf
    for row in range(region.shape[0]):
        r = region[row]
        if r < 0:
            continue
        sums[r, COUNT] += 1
        column = MOMENT
        for a in range(3):
            sums[r, POSITION + a] += points[row, a]
            sums[r, NORMAL + a] += normals[row, a]
            sums[r, COLOR + a] += colors[row, a]
            sums[r, COLOR_SQUARE + a] += colors[row, a] * colors[row, a]
            bounds[r, LOW + a] = min(bounds[r, LOW + a], points[row, a])
            bounds[r, HIGH + a] = max(bounds[r, HIGH + a], points[row, a])
            for b in range(a, 3):
                sums[r, column] += np.float64(points[row, a]) * points[row, b]
                column += 1
        sums[r, SUPPORT] += min(votes[row, 0] / max(votes[row, 2], 1e-6), 1.0)
        sums[r, AGREEMENT] += votes[row, 0] / max(votes[row, 1], 1e-6)
        sums[r, SEEN] += min(votes[row, 2], 8.0)
    return sums, bounds


@njit(cache=True, nogil=True)
def list_contacts(
    neighbors: NDArray[np.int32],
    row_of_voxel: NDArray[np.int32],
    address: NDArray[np.int64],
    region: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:
    """Lists the pairs of neighboring voxels (of 26) that belong to different regions, each once.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        row_of_voxel: (B, 512) row of each surface voxel, -1 = none.
        address: (M,) voxels.
        region: (M,) region of each row, -1 = none.
        out: (C, 2) receives rows; the row of the smaller region first.

    Returns:
        Number of pairs. If it is larger than C, only C were written.
    """
    count = 0
    for row in range(address.shape[0]):
        here = region[row]
        if here < 0:
            continue
        block = address[row] // BLOCK_VOXELS
        local = address[row] % BLOCK_VOXELS
        i, j, k = local >> 6, (local >> 3) & 7, local & 7
        for step in range(14, 27):
            other, at = neighbor_of(
                neighbors, block, i + step // 9 - 1, j + step // 3 % 3 - 1, k + step % 3 - 1
            )
            if other < 0:
                continue
            beside = row_of_voxel[other, at]
            if beside < 0 or region[beside] < 0 or region[beside] == here:
                continue
            if count < out.shape[0]:
                first = row if here < region[beside] else beside
                out[count, 0] = first
                out[count, 1] = row + beside - first
            count += 1
    return count


@njit(cache=True, nogil=True)
def sum_contacts(
    contacts: NDArray[np.int32],
    pair_of_contact: NDArray[np.int64],
    points: NDArray[np.float32],
    normals: NDArray[np.float32],
    colors: NDArray[np.float32],
    pairs: NDArray[np.float64],
) -> None:
    """Adds the contacts to the sums of their pairs.

    Args:
        contacts: (C, 2) rows.
        pair_of_contact: (C,) pair of each.
        points: (M, 3).
        normals: (M, 3).
        colors: (M, 3).
        pairs: (P, NUM_PAIR_SUMS) added to.
    """
    for c in range(contacts.shape[0]):
        a, b = contacts[c, 0], contacts[c, 1]
        sums = pairs[pair_of_contact[c]]
        length, bend, same, chroma, square = 0.0, 0.0, 0.0, 0.0, 0.0
        for axis in range(3):
            step = points[b, axis] - points[a, axis]
            length += step * step
            bend += (normals[b, axis] - normals[a, axis]) * step
            same += normals[a, axis] * normals[b, axis]
            difference = colors[a, axis] - colors[b, axis]
            square += difference * difference
            if axis > 0:
                chroma += difference * difference
        length = max(np.sqrt(length), 1e-6)
        sums[TOUCH] += 1
        sums[STEP_COLOR] += np.sqrt(square)
        sums[STEP_CHROMA] += np.sqrt(chroma)
        sums[STEP_NORMAL] += same
        sums[CONVEX] += bend / length
        sums[ABOVE] += (points[b, 2] - points[a, 2]) / length
        column = PLACE_MOMENT
        for i in range(3):
            middle = 0.5 * (points[a, i] + points[b, i])
            sums[PLACE + i] += middle
            for j in range(i, 3):
                sums[column] += middle * 0.5 * (points[a, j] + points[b, j])
                column += 1


@njit(cache=True, nogil=True, inline="always")
def add_pair(target: Any, source: Any, flips: bool) -> None:
    """Adds the sums of a pair; `flips` if the order of its regions is the opposite one."""
    for column in range(NUM_PAIR_SUMS):
        value = source[column]
        target[column] += -value if flips and column == ABOVE else value


@njit(cache=True, nogil=True)
def join_sums(sums: Any, bounds: Any, keep: int, gone: int, touch: float) -> None:
    """Adds a region to another one with which it has `touch` contacts."""
    for column in range(NUM_SUMS):
        sums[keep, column] += sums[gone, column]
    sums[keep, CONTACTS] -= 2 * touch
    for axis in range(3):
        bounds[keep, LOW + axis] = min(bounds[keep, LOW + axis], bounds[gone, LOW + axis])
        bounds[keep, HIGH + axis] = max(bounds[keep, HIGH + axis], bounds[gone, HIGH + axis])
    bounds[keep, FRAMES] = max(bounds[keep, FRAMES], bounds[gone, FRAMES])
