"""Completion by the network of generate/tiny."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from scenewright.core import FREE, OCCUPIED, UNKNOWN, ConventionError, StateGrid
from scenewright.models import ShapeCompleter, create
from scenewright.models.generators.tiny.shape_network import (
    ShapeDesign,
    ShapeNetwork,
    write_shape_network,
)
from scenewright.models.partial_shapes import PartialShape, check_guess


def half_box() -> PartialShape:
    """The front of a box of 8 x 8 x 12 cells of 5 cm, whose back is unknown."""
    states = np.full((16, 16, 16), UNKNOWN, np.uint8)
    states[:, :4] = FREE
    states[4:12, 4, 0:12] = OCCUPIED
    states[:4], states[12:], states[:, :, 12:] = FREE, FREE, FREE
    grid = StateGrid(states, origin=np.zeros(3), cell_size=0.05, seen_share=0.5)
    return PartialShape(grid, np.array([0.0, 0.0, 1.0]), support=0.0)


def test_guesses_keep_to_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_shape_network(path, ShapeNetwork(ShapeDesign(layers=1)), {})
    completer = create("complete/tiny", weights=f"file:{path}")
    assert isinstance(completer, ShapeCompleter)
    guesses = completer.complete(half_box())
    for guess in guesses:
        check_guess(guess, half_box())
    with pytest.raises(ConventionError, match="num_seeds: expected 1 or more, got 0"):
        completer.complete(half_box(), num_seeds=0)


def test_the_weights_of_the_wheel_complete_a_box() -> None:
    guess = create("complete/tiny").complete(half_box())[0]
    check_guess(guess, half_box())
    behind = guess.solid[4:12, 5:8, :12]
    assert behind.mean() > 0.3
