"""Monitors, TVs, laptops, keyboards, appliances, clocks and speakers."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.worlds.objects import ObjectModel
from scenewright.worlds.objects.families.devices import (
    make_clock,
    make_keyboard,
    make_laptop,
    make_microwave,
    make_monitor,
    make_tv,
    pick_ratio,
)


def points_of(model: ObjectModel, *names: str) -> np.ndarray:
    return np.concatenate([part.mesh.vertices for part in model.parts if part.name in names])


@pytest.mark.parametrize("maker", [make_monitor, make_tv])
def test_screens_face_the_front_inside_their_case(maker: object) -> None:
    assert callable(maker)
    model = maker(np.random.default_rng(2))
    screen, case = points_of(model, "screen"), points_of(model, "case")
    assert screen[:, 1].min() < case[:, 1].min(), "the front is -y"
    assert np.ptp(screen[:, 0]) < np.ptp(case[:, 0]) and np.ptp(screen[:, 2]) < np.ptp(case[:, 2])


def test_ratios_are_those_of_screens() -> None:
    rng = np.random.default_rng(0)
    assert {pick_ratio(rng) for _ in range(40)} == {0.43, 0.5625, 0.625, 0.75}


def test_a_laptop_lid_is_hinged_at_the_back() -> None:
    model = make_laptop(np.random.default_rng(1))
    lid, case = points_of(model, "lid"), points_of(model, "case")
    lowest = lid[lid[:, 2] < lid[:, 2].min() + 0.02]
    assert lowest[:, 1].mean() > case[:, 1].max() - 0.03
    assert lid[:, 1].max() > case[:, 1].max(), "the lid leans back"


def test_keyboards_have_five_rows_of_keys() -> None:
    keys = points_of(make_keyboard(np.random.default_rng(3)), "key")
    tops = keys[np.isclose(keys[:, 2], keys[:, 2].max())]
    assert len(np.unique(np.round(tops[:, 1], 5))) == 2 * 5


def test_clocks_hang_flat_and_microwaves_carry() -> None:
    clock = make_clock(np.random.default_rng(0))
    assert np.ptp(clock.bounds[:, 1]) < 0.06 < np.ptp(clock.bounds[:, 2])
    microwave = make_microwave(np.random.default_rng(0))
    assert microwave.carriers[0][4] == pytest.approx(microwave.bounds[1, 2], abs=1e-4)
