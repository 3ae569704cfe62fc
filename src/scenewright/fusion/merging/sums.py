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
INNER: Final = 23
INNER_COLOR: Final = 24
INNER_CHROMA: Final = 25
INNER_NORMAL: Final = 26
TEXTURED: Final = 27
TEXTURE: Final = 28
TEXTURE_SQUARE: Final = 29
PALETTE: Final = 30
NUM_GRAYS: Final = 4
NUM_HUES: Final = 6
NUM_SUMS: Final = PALETTE + NUM_GRAYS + NUM_HUES
# Columns of the bounds of a region: lowest x, y, height, then highest; then its largest number of
# frames; then its farthest point in horizontal directions around the full circle.
LOW: Final = 0
HIGH: Final = 3
FRAMES: Final = 6
REACH: Final = 7
NUM_DIRECTIONS: Final = 32
NUM_BOUNDS: Final = REACH + NUM_DIRECTIONS
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
EDGE: Final = 20
NUM_PAIR_SUMS: Final = 23
ODD: Final = (ABOVE, EDGE, EDGE + 1, EDGE + 2)
"""Columns that change their sign with the order of the two regions."""
UNKNOWN: Final = -2.0
"""Value of a feature that does not exist, such as the color step across a border of no length."""

_LIGHTNESS: Final = 0.5
"""Weight of lightness in color differences; shadows change mostly lightness."""
_FULL_CHROMA: Final = 0.15
"""Length of the two chroma components from which on a color counts as a hue, not as a gray."""
_ANGLES: Final = 2 * np.pi * np.arange(NUM_DIRECTIONS) / NUM_DIRECTIONS
_COSINES: Final = np.cos(_ANGLES).astype(np.float32)
_SINES: Final = np.sin(_ANGLES).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Surface:
    """The surface of the map as merging sees it, one row per surface voxel.

    Attributes:
        address: (M,) int64 voxel address.
        region: (M,) int32 region from 0 on, -1 = none.
        points: (M, 3) float32 meters, in a frame in which z is up.
        normals: (M, 3) float32 in the same frame.
        colors: (M, 3) float32: lightness, red minus green, yellow minus blue; about 0 to 1.
        votes: (M, 3) float32: votes for the region, all votes, votes that were possible.
        texture: (M,) float32 contrast within the voxel, see `texture`; -1 = unknown.
    """

    address: NDArray[np.int64]
    region: NDArray[np.int32]
    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    colors: NDArray[np.float32]
    votes: NDArray[np.float32]
    texture: NDArray[np.float32]


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
    texture: NDArray[np.float32],
    num_regions: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and bounds of each region; see the columns above.

    Args:
        region: (M,) region of each voxel, -1 = none.
        points: (M, 3).
        normals: (M, 3).
        colors: (M, 3).
        votes: (M, 3).
        texture: (M,).
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
        if texture[row] >= 0:
            sums[r, TEXTURED] += 1
            sums[r, TEXTURE] += texture[row]
            sums[r, TEXTURE_SQUARE] += texture[row] * texture[row]
        _add_color(sums[r, PALETTE:], colors[row, 0], colors[row, 1], colors[row, 2])
        for k in range(NUM_DIRECTIONS):
            reach = points[row, 0] * _COSINES[k] + points[row, 1] * _SINES[k]
            bounds[r, REACH + k] = max(bounds[r, REACH + k], reach)
    return sums, bounds


@njit(cache=True, nogil=True, inline="always")
def _add_color(palette: Any, lightness: float, red_green: float, yellow_blue: float) -> None:
    """Adds one color to a histogram: grays by lightness, then hues, shared by the nearest two."""
    chroma = np.sqrt(red_green * red_green + yellow_blue * yellow_blue)
    colored = min(chroma / _FULL_CHROMA, 1.0)
    place = min(max(lightness / _LIGHTNESS, 0.0), 1.0) * (NUM_GRAYS - 1)
    first = min(int(place), NUM_GRAYS - 2)
    palette[first] += (1 - colored) * (1 - (place - first))
    palette[first + 1] += (1 - colored) * (place - first)
    place = (np.arctan2(yellow_blue, red_green) / (2 * np.pi) + 1) * NUM_HUES
    first = int(place)
    palette[NUM_GRAYS + first % NUM_HUES] += colored * (1 - (place - first))
    palette[NUM_GRAYS + (first + 1) % NUM_HUES] += colored * (place - first)


@njit(cache=True, nogil=True, inline="always")
def _add_inside(sums: Any, normal: Any, other_normal: Any, color: Any, other_color: Any) -> None:
    """Adds the steps between two neighboring voxels of one region."""
    lightness = color[0] - other_color[0]
    chroma, same = 0.0, 0.0
    for axis in range(3):
        same += normal[axis] * other_normal[axis]
        if axis > 0:
            chroma += (color[axis] - other_color[axis]) ** 2
    sums[INNER] += 1
    sums[INNER_COLOR] += np.sqrt(chroma + lightness * lightness)
    sums[INNER_CHROMA] += np.sqrt(chroma)
    sums[INNER_NORMAL] += same


@njit(cache=True, nogil=True)
def list_contacts(
    neighbors: NDArray[np.int32],
    row_of_voxel: NDArray[np.int32],
    address: NDArray[np.int64],
    region: NDArray[np.int32],
    normals: NDArray[np.float32],
    colors: NDArray[np.float32],
    sums: NDArray[np.float64],
    out: NDArray[np.int32],
) -> int:
    """Lists the pairs of neighboring voxels (of 26) that belong to different regions, each once.

    The steps of color and normal between neighbors of one region are added up at the same time.

    Args:
        neighbors: (B, 27) from `BlockIndex.neighbors`.
        row_of_voxel: (B, 512) row of each surface voxel, -1 = none.
        address: (M,) voxels.
        region: (M,) region of each row, -1 = none.
        normals: (M, 3).
        colors: (M, 3).
        sums: (R, NUM_SUMS); the columns from `INNER` to `INNER_NORMAL` are written.
        out: (C, 2) receives rows; the row of the smaller region first.

    Returns:
        Number of pairs. If it is larger than C, only C were written.
    """
    count = 0
    sums[:, INNER : INNER_NORMAL + 1] = 0
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
            if beside < 0 or region[beside] < 0:
                continue
            if region[beside] == here:
                _add_inside(sums[here], normals[row], normals[beside], colors[row], colors[beside])
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
            sums[EDGE + axis] += difference
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
        is_odd = column == ABOVE or column >= EDGE
        target[column] += -value if flips and is_odd else value


@njit(cache=True, nogil=True, inline="always")
def add_contacts(sums: Any, link: Any) -> None:
    """Turns the contacts between two parts of a region into neighbors inside it."""
    sums[CONTACTS] -= 2 * link[TOUCH]
    sums[INNER] += link[TOUCH]
    sums[INNER_COLOR] += link[STEP_COLOR]
    sums[INNER_CHROMA] += link[STEP_CHROMA]
    sums[INNER_NORMAL] += link[STEP_NORMAL]


@njit(cache=True, nogil=True)
def join_sums(sums: Any, bounds: Any, keep: int, gone: int, link: Any) -> None:
    """Adds a region to another one; `link` holds the sums of this pair."""
    for column in range(NUM_SUMS):
        sums[keep, column] += sums[gone, column]
    add_contacts(sums[keep], link)
    for axis in range(3):
        bounds[keep, LOW + axis] = min(bounds[keep, LOW + axis], bounds[gone, LOW + axis])
    for column in range(HIGH, NUM_BOUNDS):
        bounds[keep, column] = max(bounds[keep, column], bounds[gone, column])
