"""Sofas, armchairs, beds and cushions."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.families.upholstery import (
    make_armchair,
    make_bed,
    make_cushion,
    make_sofa,
)


@pytest.mark.parametrize("seed", range(8))
def test_each_seat_of_a_sofa_carries(seed: int) -> None:
    model = make_sofa(np.random.default_rng(seed))
    seats = [part for part in model.parts if part.name == "seat"]
    assert 2 <= len(seats) == len(model.carriers) <= 4
    heights = {round(carrier[4], 5) for carrier in model.carriers}
    assert len(heights) == 1 and 0.38 < heights.pop() < 0.48
    points = np.concatenate([part.mesh.vertices for part in model.parts if part.name == "back"])
    assert points[:, 1].mean() > max(carrier[1] for carrier in model.carriers)


def test_a_chaise_breaks_the_symmetry() -> None:
    for seed in range(10):
        model = make_sofa(np.random.default_rng(seed))
        fronts = {round(carrier[1], 4) for carrier in model.carriers}
        assert model.symmetry.mirrors == (len(fronts) == 1)


def test_armchairs_have_one_seat() -> None:
    for seed in range(8):
        model = make_armchair(np.random.default_rng(seed))
        assert sum(part.name == "seat" for part in model.parts) == 1
        assert np.ptp(model.bounds[:, 0]) < 1.2


@pytest.mark.parametrize("seed", range(6))
def test_pillows_are_at_the_head_of_a_bed(seed: int) -> None:
    model = make_bed(np.random.default_rng(seed))
    pillows = [p.mesh.vertices.mean(axis=0) for p in model.parts if p.name == "pillow"]
    board = [p.mesh.vertices[:, 1].mean() for p in model.parts if p.name == "headboard"]
    assert 1 <= len(pillows) <= 2 and all(pillow[1] > 0.5 for pillow in pillows)
    assert min(board) > max(pillow[1] for pillow in pillows)
    assert model.carriers[0][4] < model.bounds[1, 2]


def test_cushions_rest_on_a_flat_side() -> None:
    for seed in range(6):
        body = make_cushion(np.random.default_rng(seed)).parts[0].mesh.vertices
        flat = body[body[:, 2] < body[:, 2].min() + 1e-5]
        assert len(flat) > 3 or np.ptp(flat[:, 0]) > 0
