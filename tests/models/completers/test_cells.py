"""Kernels on grids of states, against slow references and closed forms."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.ndimage import binary_dilation, generate_binary_structure

from scenewright.core import FREE, OCCUPIED, UNKNOWN
from scenewright.models.completers.cells import (
    STILL,
    cube_dilated,
    enclosure,
    grid_map,
    hull_cells,
    match_counts,
    symmetric_states,
)

RANDOM = np.random.default_rng(5).integers(0, 3, (6, 7, 8)).astype(np.uint8)
MIRROR = np.array([[-1.0, 0, 0, 6], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


def slow_enclosure(states: np.ndarray, ground: np.ndarray) -> np.ndarray:
    result = np.zeros(states.shape)
    for cell in np.ndindex(states.shape):
        hits = counted = 0
        for step in itertools.product((-1, 0, 1), repeat=3):
            if not any(step):
                continue
            at, end = np.array(cell), "missed"
            while True:
                at = at + step
                if (at < 0).any() or (at >= states.shape).any():
                    break
                state = states[tuple(at)]
                if state == OCCUPIED:
                    end = "surface"
                    break
                if ground[tuple(at)]:
                    end = "ground"
                    break
                if state == FREE:
                    break
            counted += end != "ground"
            hits += end == "surface"
        result[cell] = hits / max(counted, 1)
    return result


def test_enclosure_agrees_with_rays_followed_one_by_one() -> None:
    ground = np.zeros(RANDOM.shape, np.bool_)
    ground[:, :, :2] = True
    states = np.where(np.random.default_rng(6).random(RANDOM.shape) < 0.6, UNKNOWN, RANDOM)
    states = states.astype(np.uint8)
    unknown = (states == UNKNOWN) & ~ground
    found = enclosure(states, ground=ground)
    assert np.allclose(found[unknown], slow_enclosure(states, ground)[unknown], atol=1e-6)


def test_symmetric_states_fill_in_what_the_mirror_image_knows() -> None:
    states = RANDOM.copy()
    mirrored = symmetric_states(states, MIRROR[None])
    expected = np.where(states == UNKNOWN, states[::-1], states)
    assert np.array_equal(mirrored, expected)
    # Two maps that disagree leave a cell unknown.
    line = np.array([[[UNKNOWN, FREE, OCCUPIED]]], np.uint8)
    shifts = np.tile(np.eye(4), (2, 1, 1))
    shifts[:, 2, 3] = 1, 2
    assert symmetric_states(line, shifts)[0, 0].tolist() == [UNKNOWN, FREE, OCCUPIED]


def test_matches_and_contradictions_are_counted_of_what_moves() -> None:
    states = np.random.default_rng(6).integers(0, 3, (24, 5, 6)).astype(np.uint8)
    near, free = states == OCCUPIED, states == FREE
    cells = np.argwhere(near).astype(np.float64) + 0.5
    mirror = MIRROR.copy()
    mirror[0, 3] = 24
    counts = match_counts(cells, np.stack([np.eye(4), mirror]), near, free)
    assert counts[0].tolist() == [0, 0, 0]  # the identity moves nothing
    moves = np.abs(24 - 2 * (np.arange(24) + 0.5))[:, None, None] >= STILL
    far = near & moves
    assert counts[1].tolist() == [
        (far & near[::-1]).sum(), (far & free[::-1]).sum(), far.sum(),
    ]  # fmt: skip


def test_a_map_of_the_world_in_units_of_cells() -> None:
    world = MIRROR.copy()
    world[0, 3] = 2.0  # mirrors at x = 1
    cells = grid_map(world, np.array([0.5, 0, 0]), 0.25)
    assert (cells @ [1.5, 0.5, 0.5, 1]).tolist() == [2.5, 0.5, 0.5, 1]  # 0.875 becomes 1.125


def test_hull_holds_the_convex_hull_and_little_more() -> None:
    i, j, k = np.indices((20, 20, 20)) - 9.5
    ball = i**2 + j**2 + k**2 < 64
    shell = ball & ~(i**2 + j**2 + k**2 < 49)
    hull = hull_cells(shell)
    assert hull[ball].all() and hull.sum() < 1.05 * ball.sum()
    assert not hull_cells(np.zeros((3, 3, 3), np.bool_)).any()


def test_dilation_by_a_cube_is_that_of_scipy() -> None:
    cells = RANDOM == OCCUPIED
    cells &= np.random.default_rng(1).random(cells.shape) < 0.05
    before = cells.copy()
    expected = binary_dilation(cells, generate_binary_structure(3, 3))
    assert np.array_equal(cube_dilated(cells), expected)
    assert np.array_equal(cells, before)
