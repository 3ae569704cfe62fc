"""The engine of the CPU, and the states between its steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.core import ConventionError, Frame, SurfelCloud
from scenewright.splats.fitting.adam import Rates
from scenewright.splats.fitting.config import DensifyConfig
from scenewright.splats.fitting.densify import Statistics, densify
from scenewright.splats.fitting.engine import (
    EngineSettings,
    EngineState,
    NumbaEngine,
    require_finite,
)
from scenewright.splats.fitting.losses import LossWeights
from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.fitting.targets import gather_targets
from tests.splats.fitting.parameter_builders import make_raw

RATES = Rates(2e-3, 0.02, 2e-3, 0.05, 0.01, 5e-3)
SETTINGS = EngineSettings(0.05, 500.0, (0.2, 0.4, 0.6), visible_only=True)


def used_state() -> EngineState:
    """A state whose moments and statistics are not zero."""
    state = EngineState.start(make_raw(10).with_arrays(logits=np.zeros((10, 1), np.float32)))
    for part in (state.moments.first, state.moments.second):
        for array in part:
            array += 1
    state.moments.count[:] = 3
    return replace(
        state, statistics=Statistics(np.arange(10, dtype=np.float32), np.ones(10, np.int32))
    )


def test_settings_of_the_rasterizer() -> None:
    drawing = SETTINGS.drawing(2)
    assert (drawing.near, drawing.far, drawing.sh_degree) == (0.05, 500.0, 2)
    assert drawing.background == (0.2, 0.4, 0.6)


def test_surfels_of_a_round_start_without_moments() -> None:
    state = used_state()
    config = DensifyConfig(gradient=7.0)
    done = densify(
        state.surfels, state.statistics, config, extent=1e6, remove_large=False,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    after = state.after_round(done)
    assert len(after.surfels) == 13
    assert after.moments.count.tolist() == [3] * 10 + [0] * 3
    assert (after.moments.first.means[:10] == 1).all()
    assert not after.moments.first.means[10:].any()
    assert not after.statistics.pull.any() and len(after.statistics.seen) == 13


def test_a_reset_lowers_opacities_and_forgets_their_moments() -> None:
    after = used_state().after_reset(0.1)
    assert after.surfels.opacities == pytest.approx(np.full(10, 0.1))
    assert not after.moments.first.logits.any() and not after.moments.second.logits.any()
    assert (after.moments.first.means == 1).all()


def test_steps_lower_the_loss_and_count_what_they_saw(
    frames: list[Frame], surfels: SurfelCloud
) -> None:
    target = gather_targets(frames, depth=False)[4].shrunk(2)
    raw = RawSurfels.of(surfels, sh_degree=1)
    raw.sh[:] += 0.3
    raw.means[:5, 2] -= 10  # behind the camera
    engine = NumbaEngine(EngineState.start(raw), SETTINGS)
    found = [engine.learn(target, LossWeights(), sh_degree=1, rates=RATES) for _ in range(4)]
    assert found[-1][0].total < 0.9 * found[0][0].total
    assert found[-1][1] < found[0][1]
    state = engine.state()
    assert (state.statistics.seen[:5] == 0).all() and state.statistics.seen.max() == 4
    assert np.array_equal(state.moments.count, state.statistics.seen)
    images = engine.draw(target.camera, world_from_cam=target.world_from_cam)
    assert images.color.shape == target.image.shape
    engine.restore(EngineState.start(make_raw(7)))
    assert engine.num_surfels == 7


@pytest.mark.parametrize("visible_only", [True, False])
def test_held_surfels_keep_their_bits(
    frames: list[Frame], surfels: SurfelCloud, visible_only: bool
) -> None:
    target = gather_targets(frames, depth=False)[4].shrunk(2)
    raw = RawSurfels.of(surfels, sh_degree=1)
    raw.sh[:] += 0.3
    before = [array.copy() for array in raw]
    held = replace(SETTINGS, num_held=60, visible_only=visible_only)
    engine = NumbaEngine(EngineState.start(raw), held)
    for _ in range(2):
        engine.learn(target, LossWeights(), sh_degree=1, rates=RATES)
    for old, new in zip(before, engine.state().surfels, strict=True):
        assert np.array_equal(old[:60], new[:60])
        assert not np.array_equal(old[60:], new[60:])
    assert not engine.state().moments.count[:60].any()


def test_values_that_are_not_finite_are_named() -> None:
    require_finite({"means": np.ones(3)})
    with pytest.raises(ConventionError) as error:
        require_finite({"means": np.ones(3), "scales": np.array([1.0, np.nan, np.inf])})
    assert str(error.value) == (
        "The fit diverged at scales: expected finite numbers, got 2 of 3 that are not. "
        "Resume from the last checkpoint with smaller steps (FitConfig.rates)."
    )
