"""Bookcases and wall shelves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scenewright.worlds.objects.families.shelves import make_bookcase, make_shelf


@pytest.mark.parametrize("seed", range(6))
def test_each_board_of_a_bookcase_carries(seed: int) -> None:
    model = make_bookcase(np.random.default_rng(seed))
    *inner, top = model.carriers
    boards = [part for part in model.parts if part.name == "board"]
    heights = sorted({round(carrier[4], 5) for carrier in inner})
    assert len(heights) == len(boards) - 1
    assert top[4] == pytest.approx(model.bounds[1, 2], abs=1e-5)
    # Boards are evenly spaced, and the clear height is the space between two of them.
    gaps = np.diff([*heights, top[4]])
    np.testing.assert_allclose(gaps, gaps[0], atol=1e-4)
    assert all(0.1 < carrier[5] < gaps[0] for carrier in inner)


def test_columns_of_a_bookcase_do_not_overlap() -> None:
    for seed in range(6):
        inner = make_bookcase(np.random.default_rng(seed)).carriers[:-1]
        lowest = min(carrier[4] for carrier in inner)
        row = sorted(carrier[:3] for carrier in inner if carrier[4] == lowest)
        assert all(left[2] < right[0] for left, right in itertools.pairwise(row))


def test_wall_shelves_carry_on_top_and_some_inside() -> None:
    counts = set()
    for seed in range(10):
        model = make_shelf(np.random.default_rng(seed))
        assert model.carriers[0][4] == pytest.approx(model.bounds[1, 2], abs=1e-5)
        counts.add(len(model.carriers))
    assert counts == {1, 2}
