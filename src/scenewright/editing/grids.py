"""State grids of objects that are joined or cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FREE, OCCUPIED, UNKNOWN, StateGrid

MOST_CELLS = 2**25
"""Cells of a joined grid, 32 MiB; beyond it the cells are made larger."""


def joined_grid(grids: Sequence[StateGrid]) -> StateGrid:
    """One grid around all objects of several grids.

    A cell is occupied if it is in one of the grids, otherwise free if it is free in one (an object
    is not where another is known to have nothing), otherwise unknown. The cells are as small as the
    smallest of the grids, or as large as `MOST_CELLS` demands; no occupied cell is lost.

    Args:
        grids: One or more.
    """
    if len(grids) == 1:
        return grids[0]
    cell = min(grid.cell_size for grid in grids)
    low = np.min([grid.origin for grid in grids], axis=0)
    high = np.max([g.origin + g.cell_size * np.array(g.states.shape) for g in grids], axis=0)
    while np.prod(np.ceil((high - low) / cell)) > MOST_CELLS:
        cell *= 2
    shape = np.maximum(np.ceil((high - low) / cell - 1e-9), 1).astype(np.int64)
    states = np.full(tuple(shape), UNKNOWN, np.uint8)
    sampled = [_sampled(grid, low, cell, states.shape) for grid in grids]
    for value in (FREE, OCCUPIED):
        for one in sampled:
            states[one == value] = value
    for grid in grids:
        # Where cells became larger, the middle of a new one may miss an occupied one.
        centers = grid.origin + grid.cell_size * (np.argwhere(grid.states == OCCUPIED) + 0.5)
        cells = np.minimum(((centers - low) / cell).astype(np.int64), shape - 1)
        states[tuple(cells.T)] = OCCUPIED
    areas = [np.count_nonzero(g.states == OCCUPIED) * g.cell_size**2 for g in grids]
    weights = areas if sum(areas) > 0 else [1.0] * len(grids)
    share = float(np.average([grid.seen_share for grid in grids], weights=weights))
    return StateGrid(states, low, cell, min(max(share, 0.0), 1.0))


def occupied_centers(grid: StateGrid) -> NDArray[np.float64]:
    """(N, 3) centers of the occupied cells, metres, world frame."""
    result: NDArray[np.float64] = grid.origin + grid.cell_size * (
        np.argwhere(grid.states == OCCUPIED) + 0.5
    )
    return result


def grid_parts(grid: StateGrid, labels: NDArray[np.int64], *, num_parts: int) -> list[StateGrid]:
    """A grid per part of an object; what another part occupies is free for this one.

    The share of the surface that was seen is that of the whole object.

    Args:
        grid: Of the whole object.
        labels: (N,) part of each cell of `occupied_centers`.
        num_parts: How many.
    """
    occupied = np.argwhere(grid.states == OCCUPIED)
    parts = []
    for part in range(num_parts):
        states = grid.states.copy()
        states[tuple(occupied[labels != part].T)] = FREE
        parts.append(replace(grid, states=states))
    return parts


def _sampled(
    grid: StateGrid, low: NDArray[np.float64], cell: float, shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """The states of a grid at the centers of the cells of another; unknown outside."""
    axes, inside = [], []
    for axis in range(3):
        centers = low[axis] + cell * (np.arange(shape[axis]) + 0.5)
        number = np.floor((centers - grid.origin[axis]) / grid.cell_size).astype(np.int64)
        within = (number >= 0) & (number < grid.states.shape[axis])
        axes.append(np.where(within, number, 0))
        inside.append(within)
    if 0 in grid.states.shape:
        return np.full(shape, UNKNOWN, np.uint8)
    states = grid.states[np.ix_(*axes)]
    states[~(inside[0][:, None, None] & inside[1][:, None] & inside[2])] = UNKNOWN
    return states
