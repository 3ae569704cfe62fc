"""The frame of learned completers, with functions in place of a network."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError, ShapeError
from scenewright.models import ShapeCompleter
from scenewright.models.completers.cubes import (
    RESOLUTION,
    ROOM,
    CubeCompleter,
    best_level,
    joined_views,
    known_cells,
    seen_cube,
    turned_views,
)
from scenewright.models.partial_shapes import PartialShape, check_guess
from tests.models.completers.completer_builders import CELL, box, iou, partial, seen_from

BODY = box((8, 12, 4), (32, 26, 30))


def seen() -> PartialShape:
    """The body from three sides, standing at a height of four cells."""
    return partial(seen_from(BODY, (0, 1), (1, 1), (2, -1)), support=4 * CELL)


def tight_box(occupied: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Probabilities of the box around the occupied cells of each cube."""
    found = np.full(occupied.shape, 0.01, np.float32)
    for one, known in zip(found, occupied, strict=True):
        cells = np.argwhere(known)
        low, high = cells.min(axis=0), cells.max(axis=0) + 1
        one[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = 0.99
    return found


def test_the_cube_is_upright_around_what_was_seen_down_to_the_support() -> None:
    cube = seen_cube(seen())
    assert np.allclose(cube.rotation[:, 2], [0, 0, 1])
    assert np.linalg.det(cube.rotation) == pytest.approx(1)
    assert cube.edge == pytest.approx(ROOM * 26 * CELL, rel=0.05)
    assert cube.center == pytest.approx(CELL * np.array([20, 19, 17]), abs=CELL)


def test_known_cells_are_those_of_the_grid() -> None:
    shape = seen()
    cube = seen_cube(shape)
    occupied, free = known_cells(shape, cube, RESOLUTION)
    assert occupied.any() and free.any() and not (occupied & free).any()
    centers = cube.centers(RESOLUTION)
    assert np.allclose(cube.positions(centers, RESOLUTION)[3, 4, 5], [3.5, 4.5, 5.5])
    low, high = CELL * np.array([8, 12, 4]), CELL * np.array([32, 26, 30])
    inside = ((centers > low + CELL) & (centers < high - CELL)).all(axis=-1)
    assert not free[inside].any()


def test_guesses_keep_what_is_known_and_come_best_first() -> None:
    shape = seen()
    asked: list[np.ndarray] = []

    def predict(occupied: np.ndarray, free: np.ndarray) -> np.ndarray:
        asked.append(occupied)
        return tight_box(occupied, free)

    completer = CubeCompleter(predict, name="test")
    assert isinstance(completer, ShapeCompleter)
    guesses = completer.complete(shape, num_seeds=2)
    assert len(asked) == len(guesses) == 2
    turned, mirrored = asked[0][1], asked[0][4]
    assert np.array_equal(turned, np.rot90(asked[0][0])) and len(asked[0]) == 8
    assert np.array_equal(mirrored, asked[0][0][::-1])
    for one in guesses:
        check_guess(one, shape)
    assert [g.score for g in guesses] == sorted((g.score for g in guesses), reverse=True)
    assert iou(guesses[0].solid, BODY) > 0.85
    assert (guesses[0].certainty[~shape.unknown] == 1).all()
    again = completer.complete(shape, num_seeds=2)
    assert all(np.array_equal(a.solid, b.solid) for a, b in zip(guesses, again, strict=True))


def test_a_network_that_fills_free_space_scores_worse_and_cannot_fill_it() -> None:
    shape = seen()
    full = CubeCompleter(lambda o, f: np.full(o.shape, 0.9, np.float32), name="full")
    fair = CubeCompleter(tight_box, name="fair")
    assert full.complete(shape)[0].score < fair.complete(shape)[0].score - 0.3
    assert not (full.complete(shape)[0].solid & shape.free).any()


def test_bad_input() -> None:
    with pytest.raises(ConventionError, match="num_seeds: expected 1 or more, got 0"):
        CubeCompleter(tight_box, name="test").complete(seen(), num_seeds=0)
    with pytest.raises(ShapeError) as error:
        CubeCompleter(lambda o, f: o[:, :2], name="test").complete(seen())  # type: ignore[arg-type,return-value]
    assert str(error.value) == ("cells of test: expected (8, 32, 32, 32), got (8, 2, 32, 32)")
    nothing = partial(np.zeros((4, 4, 4), np.uint8))
    assert not CubeCompleter(tight_box, name="test").complete(nothing)[0].solid.any()


def test_views_are_brought_back_before_they_are_joined() -> None:
    cells = np.random.default_rng(0).random((6, 6, 6)) < 0.4
    views = turned_views(cells)
    assert len({view.tobytes() for view in views}) == 8
    assert np.array_equal(joined_views(np.stack(views).astype(np.float32)), cells)


def test_the_level_has_the_largest_expected_overlap() -> None:
    rng = np.random.default_rng(0)
    for sure in (0, 20):
        values = rng.random(200) ** 3
        level = best_level(values, sure=sure)
        overlaps = {}
        for tried in np.unique(values):
            taken = values >= tried
            both = sure + values[taken].sum()
            overlaps[tried] = both / (sure + values.sum() + (1 - values[taken]).sum())
        assert level == pytest.approx(min(max(overlaps, key=overlaps.__getitem__), 0.5))
    assert best_level(np.zeros(0)) == 0.5
    assert best_level(np.full(5, 0.01), sure=1000) == 0.5
