"""What a fit does when."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.splats.fitting.config import FitConfig, fit_preset
from scenewright.splats.fitting.schedule import (
    StepTimes,
    is_densified,
    is_reset,
    loss_weights,
    pace,
    plan_moment,
)


def test_best_is_the_published_schedule() -> None:
    best = fit_preset("best")
    densify_steps = [
        step for step in range(1, 30_001)
        if best.densify is not None and is_densified(best.densify, step, step / 30_000)
    ]  # fmt: skip
    assert densify_steps[0] == 500
    assert densify_steps[-1] == 14_900
    assert set(np.diff(densify_steps)) == {100}
    resets = [
        step for step in range(1, 30_001)
        if best.densify is not None and is_reset(best.densify, step, step / 30_000)
    ]  # fmt: skip
    assert resets == [3000, 6000, 9000, 12_000]
    degrees = [
        plan_moment(best, step / 30_000, extent=2.0).sh_degree for step in range(0, 4000, 999)
    ]
    assert degrees == [0, 0, 1, 2, 3]
    start, end = (plan_moment(best, p, extent=2.0).rates for p in (0.0, 1.0))
    assert start.position == pytest.approx(3.2e-4)
    assert end.position == pytest.approx(3.2e-6)
    assert (start.color, start.harmonics, start.opacity) == (2.5e-3, 1.25e-4, 0.05)
    assert (start.scale, start.rotation) == (5e-3, 1e-3)
    assert loss_weights(best.losses, 0.2).normals == 0
    assert loss_weights(best.losses, 0.25).normals == 0.05


def test_pictures_grow_at_their_shares() -> None:
    config = FitConfig(resolutions=((0.0, 4), (0.25, 2), (0.5, 1)))
    found = [plan_moment(config, p, extent=1.0).divisor for p in (0, 0.2, 0.25, 0.49, 0.5, 1.0)]
    assert found == [4, 4, 2, 2, 1, 1]


def test_pace_stretches_steps_only_where_time_is_short() -> None:
    config = FitConfig(num_steps=1000, resolutions=((0.0, 2), (0.5, 1)))
    # 1 s per megapixel: 500 steps of a quarter second, then 500 of a second.
    enough = pace(config, 0.0, seconds_left=700, seconds_per_megapixel=1.0, megapixels=1.0)
    assert enough == 1 / 1000
    half = pace(config, 0.0, seconds_left=312.5, seconds_per_megapixel=1.0, megapixels=1.0)
    assert half == pytest.approx(2 / 1000)
    late = pace(config, 0.9, seconds_left=0.0, seconds_per_megapixel=1.0, megapixels=1.0)
    assert late == pytest.approx(0.1)


def test_neither_compiling_nor_a_disturbed_step_makes_steps_look_slow() -> None:
    times = StepTimes()
    times.note(40.0, megapixels=0.5)  # compiles
    assert times.seconds_per_megapixel is None
    for seconds in (0.5, 7.0, 0.5, 0.6, 0.4):
        times.note(seconds, megapixels=0.5)
    assert times.seconds_per_megapixel == pytest.approx(1.0)
    for _ in range(9):
        times.note(2.0, megapixels=0.5)
    assert times.seconds_per_megapixel == pytest.approx(4.0)
