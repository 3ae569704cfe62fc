"""State grids: cell centers and bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from scenewright.core import (
    FREE,
    OCCUPIED,
    UNKNOWN,
    ConventionError,
    ScenewrightError,
    ShapeError,
)
from tests.core.core_builders import make_grid

INVALID: list[tuple[Callable[[], Any], type[ScenewrightError], str]] = [
    (lambda: make_grid(states=np.zeros((2, 3), np.uint8)), ShapeError,
     "StateGrid.states: expected shape (N, M, K), got (2, 3)"),
    (lambda: make_grid(states=np.full((1, 1, 1), 3, np.uint8)), ConventionError,
     "StateGrid.states: expected 0, 1 or 2, got 3"),
    (lambda: make_grid(origin=np.zeros(2)), ShapeError,
     "StateGrid.origin: expected shape (3,), got (2,)"),
    (lambda: make_grid(cell_size=0.0), ConventionError,
     "StateGrid.cell_size: expected above 0, got 0 m"),
    (lambda: make_grid(cell_size=np.nan), ConventionError,
     "StateGrid.cell_size: expected above 0, got nan m"),
    (lambda: make_grid(seen_share=1.5), ConventionError,
     "StateGrid.seen_share: expected values in [0, 1], got 1.5 to 1.5"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "text"), INVALID)
def test_invalid_grids_cannot_be_built(
    build: Callable[[], Any], error: type[ScenewrightError], text: str
) -> None:
    with pytest.raises(error) as caught:
        build()
    assert str(caught.value) == text


def test_centers_of_cells() -> None:
    assert (UNKNOWN, FREE, OCCUPIED) == (0, 1, 2)
    centers = make_grid().centers()
    assert centers.shape == (2, 3, 4, 3)
    assert centers[0, 0, 0].tolist() == [1.25, 2.25, 3.25]
    assert centers[1, 2, 3].tolist() == [1.75, 3.25, 4.75]
