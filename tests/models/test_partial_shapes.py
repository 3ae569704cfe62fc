"""Evidence that completers read, and what they may return."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import FREE, OCCUPIED, ConventionError, ShapeError, StateGrid
from scenewright.models.partial_shapes import PartialShape, ShapeGuess, check_guess


def shape() -> PartialShape:
    """Two occupied, one free and five unknown cells."""
    states = np.zeros((2, 2, 2), np.uint8)
    states[0, 0] = OCCUPIED
    states[1, 1, 1] = FREE
    return PartialShape(StateGrid(states, np.zeros(3), 0.5, 0.5), np.array([0.0, 0, 1]))


def guess(solid: np.ndarray) -> ShapeGuess:
    return ShapeGuess(solid, np.ones(solid.shape, np.float32), 1.0, "test")


def test_a_shape_knows_its_cells_and_their_heights() -> None:
    one = shape()
    assert one.up.tolist() == [0, 0, 1]
    assert (one.occupied.sum(), one.free.sum(), one.unknown.sum()) == (2, 1, 5)
    assert one.heights()[0, 1].tolist() == [0.25, 0.75]


def test_contradictions_are_a_share_and_tell_noise() -> None:
    assert not shape().is_noisy and not replace(shape(), conflict=0.01).is_noisy
    assert replace(shape(), conflict=0.1).is_noisy
    with pytest.raises(ConventionError, match=r"PartialShape\.conflict"):
        replace(shape(), conflict=1.2)


def test_a_guess_that_contradicts_what_was_seen_is_refused() -> None:
    one = shape()
    check_guess(guess(~one.free), one)
    with pytest.raises(ConventionError) as error:
        check_guess(guess(one.free), one)
    assert str(error.value) == (
        "guess 'test': expected all occupied cells, and no free one, "
        "got 2 occupied cells left out, 1 free cells filled"
    )
    with pytest.raises(ShapeError) as size:
        check_guess(guess(np.ones((2, 2, 3), np.bool_)), one)
    assert str(size.value) == (
        "guess 'test': expected cells of shape (2, 2, 2), as the grid, got (2, 2, 3)"
    )


def test_certainty_is_a_share_and_symmetries_are_matrices() -> None:
    with pytest.raises(ConventionError, match=r"ShapeGuess.certainty: expected values in \[0, 1\]"):
        ShapeGuess(np.ones((1, 1, 1), bool), np.full((1, 1, 1), 2, np.float32), 1.0, "test")
    with pytest.raises(ShapeError, match=r"ShapeGuess\.symmetries"):
        ShapeGuess(np.ones((1, 1, 1), bool), np.ones((1, 1, 1), np.float32), 1.0, "test", np.eye(4))
