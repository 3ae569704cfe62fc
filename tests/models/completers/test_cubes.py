"""The frame of learned completers, with functions in place of a network."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.models import ShapeCompleter
from scenewright.models.completers.cubes import (
    FILL,
    RESOLUTION,
    CubeCompleter,
    candidate_cubes,
    known_cells,
)
from scenewright.models.partial_shapes import PartialShape, check_guess
from tests.models.completers.completer_builders import CELL, box, iou, partial, seen_from

BODY = box((8, 12, 4), (32, 26, 30))


def seen() -> PartialShape:
    """The body from three sides, standing at a height of four cells."""
    return partial(seen_from(BODY, (0, 1), (1, 1), (2, -1)), support=4 * CELL)


def tight_box(occupied: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Logits of the box around the occupied cells of each cube."""
    logits = np.full(occupied.shape, -5.0, np.float32)
    for one, known in zip(logits, occupied, strict=True):
        cells = np.argwhere(known)
        low, high = cells.min(axis=0), cells.max(axis=0) + 1
        one[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = 5
    return logits


def test_cubes_hold_the_object_upright_in_four_turns_and_two_sizes() -> None:
    cubes = candidate_cubes(seen())
    assert len(cubes) == 8
    for cube in cubes:
        assert np.allclose(cube.rotation[:, 2], [0, 0, 1])
        assert np.linalg.det(cube.rotation) == pytest.approx(1)
    assert cubes[0].edge == pytest.approx(26 * CELL / FILL, rel=0.05)
    assert cubes[0].center == pytest.approx(CELL * np.array([20, 19, 17]), abs=CELL)
    more = candidate_cubes(seen(), num_seeds=3, seed=1)
    assert len(more) == 24 and np.allclose(more[0].center, cubes[0].center)
    assert not np.allclose(more[8].center, cubes[0].center)


def test_known_cells_are_those_of_the_grid() -> None:
    shape = seen()
    cube = candidate_cubes(shape)[0]
    occupied, free = known_cells(shape, cube, RESOLUTION)
    assert occupied.any() and free.any() and not (occupied & free).any()
    centers = cube.centers(RESOLUTION)
    assert np.allclose(cube.positions(centers, RESOLUTION)[3, 4, 5], [3.5, 4.5, 5.5])
    low, high = CELL * np.array([8, 12, 4]), CELL * np.array([32, 26, 30])
    inside = ((centers > low + CELL) & (centers < high - CELL)).all(axis=-1)
    assert not free[inside].any()


def test_guesses_keep_what_is_known_and_come_best_first() -> None:
    shape = seen()
    sizes: list[int] = []

    def predict(occupied: np.ndarray, free: np.ndarray) -> np.ndarray:
        sizes.append(len(occupied))
        return tight_box(occupied, free)

    completer = CubeCompleter(predict, name="test", batch=6)
    assert isinstance(completer, ShapeCompleter)
    guesses = completer.complete(shape, num_seeds=2)
    assert sizes == [6, 6, 4] and len(guesses) == 16
    for one in guesses:
        check_guess(one, shape)
    assert [g.score for g in guesses] == sorted((g.score for g in guesses), reverse=True)
    assert iou(guesses[0].solid, BODY) > 0.85
    assert (guesses[0].certainty[~shape.unknown] == 1).all()
    again = completer.complete(shape, num_seeds=2)
    assert all(np.array_equal(a.solid, b.solid) for a, b in zip(guesses, again, strict=True))


def test_a_network_that_fills_free_space_scores_worse_and_cannot_fill_it() -> None:
    shape = seen()
    full = CubeCompleter(lambda o, f: np.full(o.shape, 5, np.float32), name="full")
    fair = CubeCompleter(tight_box, name="fair")
    assert full.complete(shape)[0].score < fair.complete(shape)[0].score - 0.3
    assert not (full.complete(shape)[0].solid & shape.free).any()


def test_bad_input() -> None:
    with pytest.raises(ConventionError, match="num_seeds: expected 1 or more, got 0"):
        CubeCompleter(tight_box, name="test").complete(seen(), num_seeds=0)
    with pytest.raises(ShapeError) as error:
        CubeCompleter(lambda o, f: o[:, :2], name="test").complete(seen())  # type: ignore[arg-type,return-value]
    assert str(error.value) == ("logits of test: expected (8, 32, 32, 32), got (8, 2, 32, 32)")
    nothing = partial(np.zeros((4, 4, 4), np.uint8))
    assert not CubeCompleter(tight_box, name="test").complete(nothing)[0].solid.any()
