"""Floor lamps and table lamps."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects import ObjectModel
from scenewright.worlds.objects.families.lamps import make_floor_lamp, make_table_lamp


def points_of(model: ObjectModel, name: str) -> np.ndarray:
    return np.concatenate([part.mesh.vertices for part in model.parts if part.name == name])


@pytest.mark.parametrize("seed", range(8))
def test_the_shade_of_a_floor_lamp_is_up_high(seed: int) -> None:
    model = make_floor_lamp(np.random.default_rng(seed))
    shade, stand = points_of(model, "shade"), points_of(model, "stand")
    assert shade[:, 2].min() > 0.9
    assert stand[:, 2].min() == pytest.approx(0, abs=1e-6)
    assert stand[:, 2].max() > shade[:, 2].min(), "the stand reaches into the shade"


@pytest.mark.parametrize("seed", range(8))
def test_bulbs_are_inside_their_shades(seed: int) -> None:
    model = make_table_lamp(np.random.default_rng(seed))
    if any(part.name == "bulb" for part in model.parts):
        shade, bulb = points_of(model, "shade"), points_of(model, "bulb")
        assert (bulb.min(axis=0) > shade.min(axis=0)).all()
        assert (bulb[:, :2].max(axis=0) < shade[:, :2].max(axis=0)).all()


def test_only_arc_and_desk_lamps_are_asymmetric() -> None:
    turns = {make_floor_lamp(np.random.default_rng(seed)).symmetry.turns for seed in range(12)}
    assert turns == {1, 4}
