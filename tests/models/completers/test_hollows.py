"""Objects whose walls were seen, with and without a lid, with and without an inside."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import FREE, OCCUPIED, UNKNOWN, StateGrid
from scenewright.models.completers.hollows import seen_empty_share, vessel_cells
from scenewright.models.completers.symmetry import SymmetryCompleter
from scenewright.models.partial_shapes import PartialShape

UP = np.array([0.0, 0.0, 1.0])
SIDE, LOW, HIGH = 24, 5, 19
NO_GROUND = np.zeros((SIDE,) * 3, np.bool_)


def walls(*, lid: bool, mouth: int = 2) -> NDArray[np.uint8]:
    """Four walls and a floor in free space; the inside is unknown, but for cells at the mouth."""
    states = np.full((SIDE,) * 3, FREE, np.uint8)
    states[LOW:HIGH, LOW:HIGH, LOW:HIGH] = OCCUPIED
    states[LOW + 1 : HIGH - 1, LOW + 1 : HIGH - 1, LOW + 1 : HIGH - 1] = UNKNOWN
    if not lid:
        states[LOW + 1 : HIGH - 1, LOW + 1 : HIGH - 1, HIGH - 1 - mouth : HIGH] = FREE
    return states


def inside_of(states: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(states == UNKNOWN)


def test_walls_without_a_lid_are_a_vessel() -> None:
    states = walls(lid=False)
    assert np.array_equal(vessel_cells(states, inside_of(states), up=UP), inside_of(states))
    closed = walls(lid=True)
    assert not vessel_cells(closed, inside_of(closed), up=UP).any()
    upside_down = states[:, :, ::-1]
    assert not vessel_cells(upside_down, inside_of(upside_down), up=UP).any()
    assert vessel_cells(upside_down, inside_of(upside_down), up=-UP).any()
    lying = np.moveaxis(states, 2, 0)
    found = vessel_cells(lying, inside_of(lying), up=np.array([1.0, 0, 0]))
    assert np.array_equal(found, inside_of(lying))


def test_a_top_that_was_only_seen_from_the_side_is_not_a_mouth() -> None:
    states = walls(lid=False, mouth=0)
    assert not vessel_cells(states, inside_of(states), up=UP).any()


def test_a_lid_with_pinholes_or_a_missing_corner_is_a_lid() -> None:
    states = walls(lid=True)
    rng = np.random.default_rng(0)
    holes = rng.random((SIDE, SIDE)) < 0.1
    states[:, :, HIGH - 1][holes] = FREE
    states[LOW + 1 : LOW + 7, LOW + 1 : LOW + 7, HIGH - 1] = FREE
    assert not vessel_cells(states, inside_of(states), up=UP).any()
    nothing = np.full((SIDE,) * 3, UNKNOWN, np.uint8)
    assert not vessel_cells(nothing, inside_of(nothing), up=UP).any()


def test_a_vessel_that_was_seen_into_at_a_low_angle_is_all_empty() -> None:
    states = walls(lid=False, mouth=0)
    # The frames see down to one third along the far wall; the rest of the mouth is unknown.
    for step in range(5):
        states[LOW + 1 + step, LOW + 1 : HIGH - 1, HIGH - 6 + step : HIGH] = FREE
    states[LOW + 6 : HIGH - 1, LOW + 1 : HIGH - 1, HIGH - 1] = OCCUPIED
    inside = inside_of(states)
    assert np.array_equal(vessel_cells(states, inside, up=UP), inside)
    # A hole in a lid that shows nothing below the rim is none.
    states[LOW + 1 : LOW + 6, LOW + 1 : HIGH - 1, LOW + 1 : HIGH - 1] = UNKNOWN
    assert not vessel_cells(states, inside_of(states), up=UP).any()


def test_the_share_that_was_seen_to_be_empty() -> None:
    assert seen_empty_share(walls(lid=True), ground=NO_GROUND) == 0
    few, many = (
        seen_empty_share(walls(lid=False, mouth=mouth), ground=NO_GROUND) for mouth in (4, 9)
    )
    assert 0.1 < few < 0.5 < many < 1
    nothing = np.full((SIDE,) * 3, UNKNOWN, np.uint8)
    assert seen_empty_share(nothing, ground=NO_GROUND) == 0


@pytest.mark.parametrize("lid", [True, False])
def test_solids_are_filled_and_vessels_are_not(lid: bool) -> None:
    grid = StateGrid(walls(lid=lid), np.zeros(3), 0.01, 0.5)
    shape = PartialShape(grid, UP)
    solid = SymmetryCompleter().complete(shape)[0].solid
    filled = solid[inside_of(grid.states)].mean()
    assert filled > 0.95 if lid else filled < 0.05
