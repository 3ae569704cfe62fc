"""Headings as classes."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.headings import (  # noqa: E402
    HEADINGS,
    STEP,
    likeliest_headings,
    shares_of_headings,
)


@pytest.mark.parametrize("angle", [0.0, 0.5, 3.1, -0.1, 6.2, 2 * np.pi - 1e-6])
def test_shares_lie_next_to_their_angle_and_give_it_back(angle: float) -> None:
    shares = shares_of_headings(torch.tensor([angle], dtype=torch.float64))
    assert shares.sum().item() == pytest.approx(1) and (shares > 0).sum() <= 2
    directions = STEP * torch.arange(HEADINGS, dtype=torch.float64)
    mean = torch.atan2((shares * directions.sin()).sum(), (shares * directions.cos()).sum())
    error = (mean.item() - angle + np.pi) % (2 * np.pi) - np.pi
    assert abs(error) < 0.02


def test_of_several_modes_the_likeliest_is_taken_whole() -> None:
    chances = torch.full((1, HEADINGS), 1e-4)
    chances[0, 3], chances[0, 15] = 0.6, 0.5  # half a turn apart
    assert likeliest_headings(chances.log()).item() == pytest.approx(3 * STEP, abs=1e-3)


def test_neighbors_move_the_likeliest_heading_and_the_circle_closes() -> None:
    chances = torch.full((1, HEADINGS), 1e-6)
    chances[0, 0], chances[0, -1] = 0.6, 0.4
    assert likeliest_headings(chances.log()).item() == pytest.approx(-0.4 * STEP, abs=1e-3)
