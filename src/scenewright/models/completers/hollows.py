"""Evidence that an object is hollow: cells that walls enclose may be empty all the same.

The inside of a solid is never seen. Where frames see through a good part of what walls enclose, as
below a table or between shelves, the unseen rest is likely empty as well. A vessel has walls and no
lid: frames see into it below its rim, and nothing there closes it. The top of a wardrobe that no
camera saw from above is not a mouth, since all that is seen to be empty lies above its walls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_opening

from scenewright.core import FREE, OCCUPIED, UNKNOWN
from scenewright.models.completers.cells import cube_dilated, enclosure

_ENCLOSED = 0.6
"""A cell lies between walls if at least this share of its rays reach them, whatever is seen to be
empty on the way."""
_DEEP, _LEAST_DEEP = 0.25, 4
"""An open column is that of a vessel if it goes down by this share of the object's height, and by
as many cells."""
_VESSEL = 0.5
"""Share of the columns of the inside that are open in a vessel. Less may be missing of a lid."""
_MOUTH, _MOST_BELOW = 0.15, 0.8
"""Frames that look into a vessel at a low angle, or with noisy depth, see less of its inside. It is
one as well if this share of the columns is open, and of these this share is seen to be empty below
the rim. All of its inside is then taken for empty."""
_RIM, _BELOW_RIM = 0.75, 2
"""Quantile of the tops of the walls that is the rim, and how far below it most open columns must be
seen to be empty, in cells."""
_LEVEL = np.ones((3, 3, 1), np.bool_)
"""Narrower openings are pinholes between samples."""


def seen_empty_share(states: NDArray[np.uint8], *, ground: NDArray[np.bool_]) -> float:
    """Share of the space between the walls of an object that was seen to be empty, in [0, 1].

    Args:
        states: (X, Y, Z) `UNKNOWN`, `FREE` or `OCCUPIED`.
        ground: (X, Y, Z) cells below the plane that the object stands on.
    """
    occupied = states == OCCUPIED
    is_free = states == FREE
    transparent = np.where(is_free & ~ground, UNKNOWN, states).astype(np.uint8)
    between = (enclosure(transparent, ground=ground) >= _ENCLOSED) & ~ground
    between &= ~cube_dilated(occupied)
    count = int(between.sum())
    return int((between & is_free).sum()) / count if count else 0.0


def vessel_cells(
    states: NDArray[np.uint8], inside: NDArray[np.bool_], *, up: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(X, Y, Z) cells of the inside of an open vessel; none if the object is not one.

    Args:
        states: (X, Y, Z) `UNKNOWN`, `FREE` or `OCCUPIED`.
        inside: (X, Y, Z) unknown cells that walls enclose.
        up: (3,) unit vector against gravity; the nearest axis of the grid counts.
    """
    result = np.zeros(states.shape, np.bool_)
    axis = int(np.argmax(np.abs(up)))

    def upright(cells: NDArray[np.generic]) -> NDArray[np.generic]:
        turned = np.moveaxis(cells, axis, 2)
        return turned if up[axis] > 0 else turned[:, :, ::-1]

    cells, within = upright(states), np.asarray(upright(inside), np.bool_)
    free, unknown, occupied = (cells == state for state in (FREE, UNKNOWN, OCCUPIED))
    levels = np.flatnonzero(occupied.any(axis=(0, 1)))
    columns = int(within.any(axis=2).sum())
    if not len(levels) or not columns:
        return result
    is_open = np.zeros(cells.shape, np.bool_)
    for level in range(cells.shape[2] - 2, -1, -1):
        is_open[:, :, level] = free[:, :, level + 1] | (
            unknown[:, :, level + 1] & is_open[:, :, level + 1]
        )
    found = binary_opening(is_open & within, _LEVEL)
    depth = max(_DEEP * (int(levels[-1] - levels[0]) + 1), _LEAST_DEEP)
    deep = found.sum(axis=2) >= depth
    rim = np.quantile(_tops(occupied)[occupied.any(axis=2)], _RIM)
    below = _tops(found)[deep] <= rim - _BELOW_RIM
    if not deep.any():
        return result
    if deep.sum() > _VESSEL * columns and below.mean() > 0.5:
        upright(result)[...] = found
    elif deep.sum() > _MOUTH * columns and below.mean() > _MOST_BELOW:
        upright(result)[...] = within
    return result


def _tops(cells: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(X, Y) level of the highest cell of each column; the highest of all if a column has none."""
    tops: NDArray[np.int64] = cells.shape[2] - 1 - np.argmax(cells[:, :, ::-1], axis=2)
    return tops
