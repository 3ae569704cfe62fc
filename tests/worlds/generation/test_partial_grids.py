"""What a few cameras see of a grid."""

from __future__ import annotations

import numpy as np

from scenewright.core import FREE, OCCUPIED, UNKNOWN
from scenewright.worlds.generation.partial_grids import random_directions, seen_states


def test_what_is_behind_is_unknown() -> None:
    grid = np.zeros((8, 8, 8), bool)
    grid[3:5] = True
    states = seen_states(grid, np.array([[1.0, 0, 0]]))
    assert (states[5:] == FREE).all() and (states[4] == OCCUPIED).all()
    assert (states[:4] == UNKNOWN).all()
    both = seen_states(grid, np.array([[1.0, 0, 0], [-1.0, 0, 0]]))
    assert (both[3] == OCCUPIED).all() and (both[:3] == FREE).all()


def test_nothing_wrong_is_seen() -> None:
    rng = np.random.default_rng(0)
    grid = rng.uniform(size=(16, 16, 16)) > 0.8
    states = seen_states(grid, random_directions(rng, 5))
    assert not (grid & (states == FREE)).any() and not (~grid & (states == OCCUPIED)).any()
    more = seen_states(grid, random_directions(np.random.default_rng(0), 40))
    assert (more != UNKNOWN).sum() > (states != UNKNOWN).sum()


def test_directions_are_from_above() -> None:
    directions = random_directions(np.random.default_rng(1), 200)
    assert np.allclose(np.linalg.norm(directions, axis=1), 1)
    assert directions[:, 2].min() > 0 and directions[:, :2].min() < -0.5
