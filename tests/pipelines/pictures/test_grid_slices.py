"""Slices of state grids show each state in its color, at its place."""

from __future__ import annotations

import numpy as np

from scenewright.core import FREE, OCCUPIED, UNKNOWN, StateGrid
from scenewright.pipelines.pictures.grid_slices import COLORS, draw_grid


def grid(states: np.ndarray) -> StateGrid:
    """A grid of cells of 10 cm."""
    return StateGrid(states.astype(np.uint8), np.zeros(3), 0.1, 0.5)


def count(picture: np.ndarray, state: int) -> int:
    """Number of pixels in the color of a state."""
    return int((picture == COLORS[state]).all(axis=2).sum())


def test_all_states_are_seen_where_they_are() -> None:
    states = np.full((8, 8, 8), UNKNOWN)
    states[:, :, 6:] = FREE  # above
    states[3:5, 3:5, 3:5] = OCCUPIED
    picture = np.asarray(draw_grid(grid(states), title="7 box"))
    assert min(count(picture, state) for state in (UNKNOWN, FREE, OCCUPIED)) > 1000
    # Across x, z runs up: the free cells are in the upper quarter of the slice.
    top = picture[34 + 2 * 16 + 16 :][:192, 12 : 12 + 192]
    assert (top[:40] == COLORS[FREE]).all() and (top[60] != COLORS[FREE]).any()
    red = np.argwhere((top == COLORS[OCCUPIED]).all(axis=2))
    assert red.min(axis=0).tolist() == [192 // 8 * 3, 192 // 8 * 3]


def test_a_grid_without_surface_is_drawn_too() -> None:
    empty = np.asarray(draw_grid(grid(np.full((4, 6, 8), FREE)), title=""))
    assert count(empty, OCCUPIED) < 200  # only the legend
