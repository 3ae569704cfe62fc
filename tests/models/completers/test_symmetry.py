"""The completer without weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.models import ShapeCompleter, create
from scenewright.models.completers.symmetry import SymmetryCompleter
from scenewright.models.partial_shapes import check_guess
from tests.models.completers.completer_builders import (
    box,
    cylinder,
    iou,
    partial,
    seen_from,
)


@pytest.mark.parametrize(
    ("body", "views", "least"),
    [
        (box((8, 12, 5), (30, 26, 25)), ((0, 1), (1, 1), (2, -1)), 0.9),
        (cylinder(9, 4, 30), ((0, 1), (2, -1)), 0.85),
    ],
    ids=["box", "cylinder"],
)
def test_half_hidden_bodies_are_completed(
    body: np.ndarray, views: tuple[tuple[int, int], ...], least: float
) -> None:
    states = seen_from(body, *views)
    states[:, :, :4] = 1  # below the support
    states[:, :, 4:][body[:, :, 4:] & (states[:, :, 4:] == 1)] = 0
    shape = partial(states, support=0.2)
    guesses = create("complete/symmetry").complete(shape)
    for one in guesses:
        check_guess(one, shape)
    assert [g.score for g in guesses] == sorted((g.score for g in guesses), reverse=True)
    hull = create("complete/hull").complete(shape)[0]
    best = iou(guesses[0].solid, body)
    assert best > least
    assert best > iou(shape.occupied, body) + 0.3
    assert best > iou(hull.solid, body) - 0.02


def test_under_noise_less_is_filled_behind_single_faces() -> None:
    stool = box((10, 10, 24), (30, 30, 27))
    for x in (10, 27):
        for y in (10, 27):
            stool |= box((x, y, 4), (x + 3, y + 3, 24))
    clean = partial(seen_from(stool, (2, -1), (0, 1)))
    noisy = replace(clean, conflict=0.2)
    full, careful = (create("complete/symmetry").complete(one)[0].solid for one in (clean, noisy))
    assert not (careful & ~full).any()
    assert full.sum() > careful.sum()


def test_certainty_falls_from_seen_to_mirrored_to_guessed() -> None:
    body = box((8, 12, 5), (30, 26, 25))
    shape = partial(seen_from(body, (0, 1), (1, 1), (2, -1)))
    best = SymmetryCompleter().complete(shape)[0]
    assert (best.certainty[~shape.unknown] == 1).all()
    assert set(np.unique(best.certainty)) == {np.float32(0.3), np.float32(0.7), np.float32(1)}


def test_it_is_a_completer_and_checks_its_numbers() -> None:
    assert isinstance(SymmetryCompleter(), ShapeCompleter)
    with pytest.raises(ConventionError, match=r"enclosed: expected values in \[0, 1\]"):
        SymmetryCompleter(enclosed=1.5)
    shape = partial(np.zeros((4, 4, 4), np.uint8))
    with pytest.raises(ConventionError) as error:
        SymmetryCompleter().complete(shape, num_seeds=0)
    assert str(error.value) == "num_seeds: expected 1 or more, got 0"
    assert not SymmetryCompleter().complete(shape)[0].solid.any()
