"""Cabinets, drawer chests, wardrobes, nightstands, TV stands and desks."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects.families.storage import (
    make_cabinet,
    make_desk,
    make_drawer_chest,
    make_nightstand,
    make_tv_stand,
    make_wardrobe,
)


@pytest.mark.parametrize("seed", range(6))
def test_each_door_and_drawer_has_a_handle(seed: int) -> None:
    cabinet = make_cabinet(np.random.default_rng(seed))
    names = [part.name for part in cabinet.parts]
    assert names.count("door") == names.count("handle") >= 1
    chest = make_drawer_chest(np.random.default_rng(seed))
    names = [part.name for part in chest.parts]
    assert names.count("drawer") <= names.count("handle") <= 2 * names.count("drawer")


@pytest.mark.parametrize("seed", range(4))
def test_fronts_are_at_the_front(seed: int) -> None:
    model = make_wardrobe(np.random.default_rng(seed))
    doors = np.concatenate([p.mesh.vertices for p in model.parts if p.name == "door"])
    body = next(p.mesh.vertices for p in model.parts if p.name == "body")
    assert doors[:, 1].min() < body[:, 1].min()
    assert np.ptp(doors[:, 0]) == pytest.approx(np.ptp(body[:, 0]), abs=0.02)


def test_what_stands_on_a_tall_wardrobe_has_little_space() -> None:
    clear = {make_wardrobe(np.random.default_rng(seed)).carriers[0][5] for seed in range(12)}
    assert clear <= {0.4, 1.0} and 0.4 in clear


def test_open_cases_carry_inside_and_on_top() -> None:
    for seed in range(6):
        top, *inner = make_tv_stand(np.random.default_rng(seed)).carriers
        assert len(inner) in (2, 3)
        assert all(carrier[4] + carrier[5] < top[4] for carrier in inner)
        assert make_nightstand(np.random.default_rng(seed)).carriers


def test_desks_have_a_free_top_at_working_height() -> None:
    for seed in range(6):
        model = make_desk(np.random.default_rng(seed))
        assert len(model.carriers) == 1
        assert 0.70 < model.carriers[0][4] < 0.78
