"""Kernels on grids of states: symmetric evidence, and cells that seen surface encloses."""

from __future__ import annotations

import itertools

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.core import FREE, OCCUPIED, UNKNOWN
from scenewright.geometry.indices import cell_index

GROUND = 3
"""State of cells below the support, in `enclosure` alone."""
STILL = 6.0
"""A position that a symmetry moves by fewer cells says nothing of it: a plane that lies in a flat
face maps that face to itself."""
_DIRECTIONS = np.array(
    [step for step in itertools.product((-1, 0, 1), repeat=3) if any(step)], np.int64
)

_TANGENTS = np.array(
    [step for step in itertools.product((-2, -1, 0, 1, 2), repeat=3) if np.gcd.reduce(step) == 1],
    np.int64,
)


def grid_map(
    world_map: NDArray[np.float64], origin: NDArray[np.float64], cell_size: float
) -> NDArray[np.float64]:
    """(..., 4, 4) maps of the world, expressed in units of cells of a grid.

    Args:
        world_map: (..., 4, 4) affine maps of world points.
        origin: (3,) lowest corner of the grid, meters.
        cell_size: Meters.
    """
    result = world_map.copy()
    offset = world_map[..., :3, :3] @ origin + world_map[..., :3, 3] - origin
    result[..., :3, 3] = offset / cell_size
    return result


def cube_dilated(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(X, Y, Z) the cells of a set and all 26 neighbors of each.

    Like `scipy.ndimage.binary_dilation` with a cube, many times faster: along one axis after
    another.
    """
    result = cells.copy()
    for axis in range(3):
        before = np.moveaxis(result.copy(), axis, 0)
        after = np.moveaxis(result, axis, 0)
        after[1:] |= before[:-1]
        after[:-1] |= before[1:]
    return result


@njit(cache=True, nogil=True)
def match_counts(
    cells: NDArray[np.float64],
    maps: NDArray[np.float64],
    near_surface: NDArray[np.bool_],
    deep_free: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """How well maps send seen surface to seen surface.

    Args:
        cells: (N, 3) positions of the surface, in cells (the center of the first is 0.5).
        maps: (M, 4, 4) maps in units of cells.
        near_surface: (X, Y, Z) cells at or beside seen surface.
        deep_free: (X, Y, Z) cells that are free, as all around them.

    Returns:
        (M, 3) number of positions that are sent to seen surface elsewhere, to free space, and
        elsewhere at all.
    """
    result = np.zeros((len(maps), 3), np.int64)
    shape = near_surface.shape
    for m in range(len(maps)):
        a = maps[m]
        for n in range(len(cells)):
            x, y, z = cells[n, 0], cells[n, 1], cells[n, 2]
            u = a[0, 0] * x + a[0, 1] * y + a[0, 2] * z + a[0, 3]
            v = a[1, 0] * x + a[1, 1] * y + a[1, 2] * z + a[1, 3]
            w = a[2, 0] * x + a[2, 1] * y + a[2, 2] * z + a[2, 3]
            if (u - x) ** 2 + (v - y) ** 2 + (w - z) ** 2 < STILL * STILL:
                continue
            result[m, 2] += 1
            i, j, k = cell_index(u, shape[0]), cell_index(v, shape[1]), cell_index(w, shape[2])
            if i < 0 or j < 0 or k < 0:
                continue
            if near_surface[i, j, k]:
                result[m, 0] += 1
            elif deep_free[i, j, k]:
                result[m, 1] += 1
    return result


@njit(cache=True, nogil=True)
def symmetric_states(states: NDArray[np.uint8], maps: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The states that a symmetry adds: what is known anywhere in the orbit of a cell holds for it.

    Args:
        states: (X, Y, Z) `UNKNOWN`, `FREE` or `OCCUPIED`.
        maps: (M, 4, 4) maps in units of cells.

    Returns:
        (X, Y, Z) with the states of known cells, and those of unknown cells from where the maps
        send them; unknown where these disagree.
    """
    result = states.copy()
    shape = states.shape
    for i in range(shape[0]):
        for j in range(shape[1]):
            for k in range(shape[2]):
                if states[i, j, k] != UNKNOWN:
                    continue
                is_free, is_occupied = False, False
                x, y, z = i + 0.5, j + 0.5, k + 0.5
                for m in range(len(maps)):
                    a = maps[m]
                    u = cell_index(a[0, 0] * x + a[0, 1] * y + a[0, 2] * z + a[0, 3], shape[0])
                    v = cell_index(a[1, 0] * x + a[1, 1] * y + a[1, 2] * z + a[1, 3], shape[1])
                    w = cell_index(a[2, 0] * x + a[2, 1] * y + a[2, 2] * z + a[2, 3], shape[2])
                    if u < 0 or v < 0 or w < 0:
                        continue
                    is_free = is_free or states[u, v, w] == FREE
                    is_occupied = is_occupied or states[u, v, w] == OCCUPIED
                if is_free != is_occupied:
                    result[i, j, k] = OCCUPIED if is_occupied else FREE
    return result


def hull_cells(occupied: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells between the tangent planes of the filled cells in 98 directions.

    This contains the convex hull, and is hardly larger.

    Args:
        occupied: (X, Y, Z).
    """
    result = np.zeros_like(occupied)
    cells = np.argwhere(occupied)
    if len(cells):
        low, high = cells.min(axis=0), cells.max(axis=0) + 1
        tops = (cells @ _TANGENTS.T).max(axis=0)
        _fill_between(tops, low, high, result)
    return result


@njit(cache=True, nogil=True)
def _fill_between(
    tops: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    result: NDArray[np.bool_],
) -> None:
    """Fills the cells of a box that lie below all tangent planes."""
    for i in range(low[0], high[0]):
        for j in range(low[1], high[1]):
            for k in range(low[2], high[2]):
                inside = True
                for n in range(len(tops)):
                    across = _TANGENTS[n, 0] * i + _TANGENTS[n, 1] * j + _TANGENTS[n, 2] * k
                    if across > tops[n]:
                        inside = False
                        break
                result[i, j, k] = inside


def enclosure(states: NDArray[np.uint8], *, ground: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How much seen surface encloses each cell.

    Of the rays in the 26 directions of the neighbors, it is the share that reach occupied before
    free cells or the border of the grid. Rays that reach the ground do not count.

    Args:
        states: (X, Y, Z) `UNKNOWN`, `FREE` or `OCCUPIED`.
        ground: (X, Y, Z) cells below the plane that the object stands on.

    Returns:
        (X, Y, Z) float32 in [0, 1]; of interest for unknown cells.
    """
    cells = states.copy()
    cells[ground & (states != OCCUPIED)] = GROUND
    hits = np.zeros(states.shape, np.uint8)
    counted = np.zeros(states.shape, np.uint8)
    for direction in _DIRECTIONS:
        _sweep(cells, direction, hits, counted)
    return (hits / np.maximum(counted, 1)).astype(np.float32)


@njit(cache=True, nogil=True)
def _sweep(
    states: NDArray[np.uint8],
    direction: NDArray[np.int64],
    hits: NDArray[np.uint8],
    counted: NDArray[np.uint8],
) -> None:
    """Follows the rays of one direction, from their ends, and counts where they lead."""
    shape = states.shape
    ends = np.zeros(shape, np.uint8)  # 0 = missed, 1 = reached the surface, 2 = the ground
    di, dj, dk = direction
    for a in range(shape[0]):
        i = shape[0] - 1 - a if di > 0 else a
        for b in range(shape[1]):
            j = shape[1] - 1 - b if dj > 0 else b
            for c in range(shape[2]):
                k = shape[2] - 1 - c if dk > 0 else c
                u, v, w = i + di, j + dj, k + dk
                end = 0
                if 0 <= u < shape[0] and 0 <= v < shape[1] and 0 <= w < shape[2]:
                    state = states[u, v, w]
                    if state == OCCUPIED:
                        end = 1
                    elif state == GROUND:
                        end = 2
                    elif state == UNKNOWN:
                        end = ends[u, v, w]
                ends[i, j, k] = end
                if end != 2:
                    counted[i, j, k] += 1
                if end == 1:
                    hits[i, j, k] += 1
