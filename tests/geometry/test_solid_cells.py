"""Cells inside closed meshes, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.geometry.solid_cells import fill_solid
from scenewright.worlds.composing._body import Body, turned, upright
from tests.worlds.composing.composing_builders import brick


def filled(body: Body, cell: float, *, size: int = 20) -> np.ndarray:
    """The grid from the origin after filling a body."""
    grid = np.zeros((size, size, size), np.int32)
    fill_solid(body.triangles, np.zeros(3), cell, 7, grid)
    return grid


def test_a_box_fills_the_cells_whose_center_is_inside() -> None:
    grid = filled(Body(brick(0.4, 0.6, 0.2), upright(0.5, 0.5, 0.3, 0)), 0.1)
    inside = np.argwhere(grid == 7)
    assert inside.min(axis=0).tolist() == [3, 2, 3] and inside.max(axis=0).tolist() == [6, 7, 4]
    assert len(inside) == 4 * 6 * 2 and set(np.unique(grid)) == {0, 7}


def test_what_is_outside_the_grid_is_cut_off() -> None:
    grid = filled(Body(brick(4, 4, 4), upright(0, 0, -1, 0)), 0.1, size=5)
    assert (grid == 7).all()
    assert not filled(Body(brick(1, 1, 1), upright(-5, 0, 0, 0)), 0.1, size=5).any()


@settings(max_examples=20, deadline=None)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 0.099))
def test_the_number_of_cells_is_the_volume(yaw: float, tilt: float, shift: float) -> None:
    body = Body(brick(0.8, 0.6, 0.7), upright(1.0 + shift, 1.0, 0.65, yaw))
    body = turned(body, np.array([tilt, 0.3, 0.0]), body.center_of_mass)
    volume = np.count_nonzero(filled(body, 0.1)) * 0.1**3
    assert volume == pytest.approx(0.8 * 0.6 * 0.7, rel=0.15)
