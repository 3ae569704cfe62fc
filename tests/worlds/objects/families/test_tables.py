"""Dining tables, coffee tables, and shared legs."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects import Material
from scenewright.worlds.objects.closed_meshes import is_closed
from scenewright.worlds.objects.families.tables import corner_legs, make_coffee_table, make_table

GRAY = Material((0.5, 0.5, 0.5))


@pytest.mark.parametrize("seed", range(8))
def test_four_legs_stand_within_their_rectangle(seed: int) -> None:
    legs = corner_legs(
        np.random.default_rng(seed), (1.2, 0.8), height=0.7, thickness=0.05, material=GRAY
    )
    assert len(legs) == 4
    quadrants = set()
    for leg in legs:
        points = leg.mesh.vertices
        assert is_closed(leg.mesh.faces) and leg.material is GRAY
        assert (np.abs(points[:, :2]) <= np.array([0.6, 0.4]) + 1e-6).all()
        assert points[:, 2].min() == pytest.approx(0) and points[:, 2].max() == pytest.approx(0.7)
        quadrants.add(tuple(np.sign(points[:, :2].mean(axis=0)).tolist()))
    assert len(quadrants) == 4


@pytest.mark.parametrize("seed", range(8))
def test_table_tops_carry_over_their_whole_area(seed: int) -> None:
    for maker, low, high in ((make_table, 0.70, 0.78), (make_coffee_table, 0.33, 0.50)):
        model = maker(np.random.default_rng(seed))
        x0, y0, x1, y1, z, _ = model.carriers[0]
        assert low <= z <= high and z == pytest.approx(model.bounds[1, 2], abs=1e-5)
        area = np.prod(np.ptp(model.bounds[:, :2], axis=0))
        assert 0.4 * area < (x1 - x0) * (y1 - y0) < area
