"""State grids joined and cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import FREE, OCCUPIED, UNKNOWN, StateGrid
from scenewright.editing import grids
from scenewright.editing.grids import grid_parts, joined_grid, occupied_centers
from tests.editing.editing_builders import make_block_grid


def random_grid(seed: int) -> StateGrid:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 6, 3))
    states = rng.integers(0, 3, shape).astype(np.uint8)
    origin, cell = rng.normal(size=3), float(rng.uniform(0.1, 0.4))
    return StateGrid(states, origin, cell, float(rng.uniform()))


def state_at(grid: StateGrid, points: np.ndarray) -> np.ndarray:
    places = np.floor((points - grid.origin) / grid.cell_size).astype(int)
    inside = np.all((places >= 0) & (places < grid.states.shape), axis=1)
    found = np.full(len(points), UNKNOWN, np.uint8)
    found[inside] = grid.states[tuple(places[inside].T)]
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=3))
def test_no_occupied_cell_is_lost_and_none_is_invented(seeds: list[int]) -> None:
    parts = [random_grid(seed) for seed in seeds]
    joined = joined_grid(parts)
    assert joined.cell_size == min(part.cell_size for part in parts)
    for part in parts:
        centers = occupied_centers(part)
        if len(centers):
            # Of the cell that a center lies in; rounding may put it on a border.
            assert (state_at(joined, centers) == OCCUPIED).mean() > 0.99
    all_centers = np.moveaxis(np.indices(joined.states.shape), 0, -1).reshape(-1, 3) + 0.5
    positions = joined.origin + joined.cell_size * all_centers
    states = joined.states.reshape(-1)
    among = np.stack([state_at(part, positions) for part in parts])
    free = (among == FREE).any(axis=0) & (states != OCCUPIED)
    assert np.array_equal(states == FREE, free)
    assert 0 <= joined.seen_share <= 1


def test_grids_far_apart_get_larger_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "MOST_CELLS", 5000)
    near, far = make_block_grid(0.0, cell=0.1), make_block_grid(20.0, cell=0.1)
    joined = joined_grid([near, far])
    assert joined.states.size <= 5000 and joined.cell_size == pytest.approx(0.2)
    for part in (near, far):
        assert (state_at(joined, occupied_centers(part)) == OCCUPIED).all()


def test_the_share_seen_is_weighted_by_surface() -> None:
    first = replace(make_block_grid(0.0), seen_share=1.0)
    second = replace(make_block_grid(1.0, cell=0.5), seen_share=0.0)
    # 16 cells of 1/16 square metre and 4 of 1/4: the same area.
    assert joined_grid([first, second]).seen_share == pytest.approx(0.5)
    assert joined_grid([first]) is first
    nothing = replace(first, states=np.full_like(first.states, FREE))
    assert joined_grid([nothing, replace(nothing, seen_share=0.5)]).seen_share == pytest.approx(
        0.75
    )


def test_a_part_is_free_where_another_part_is() -> None:
    grid = make_block_grid(0.0)
    labels = (occupied_centers(grid)[:, 0] > 0.5).astype(np.int64)
    first, second = grid_parts(grid, labels, num_parts=2)
    assert np.array_equal(np.argwhere(first.states == OCCUPIED)[:, 0] < 2, np.ones(8, bool))
    assert (second.states[first.states == OCCUPIED] == FREE).all()
    again = np.maximum(first.states, second.states)
    assert np.array_equal(again, grid.states)
