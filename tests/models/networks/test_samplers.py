"""Samplers: times, guidance, several conditions, constraints, bad settings."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from scenewright.core import ConventionError
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.samplers import (
    SamplerSettings,
    clean_estimate,
    guided_prediction,
    noised,
    sample_flow,
)

DATA = torch.tensor([[1.0, -2.0, 0.5]])
NOISE = torch.tensor([[0.3, 0.1, -1.0]])


def _straight(x: Tensor, time: float, data: Tensor) -> Prediction:
    """The exact velocity of straight lines from the noise to the data."""
    return Prediction(NOISE - data, poses=torch.full((1, 8), time))


def _settings(steps: int = 4, guidance: float = 0.0, rescale: float = 3.0) -> SamplerSettings:
    return SamplerSettings(steps, guidance, (0.5, 1.0), rescale)


def test_times_are_rescaled_toward_noise() -> None:
    assert SamplerSettings(4, rescale=1.0).times() == [1.0, 0.75, 0.5, 0.25, 0.0]
    expected = [1.0, 21 / 22, 0.9, 15 / 18, 0.75, 9 / 14, 0.5, 0.3, 0.0]
    assert SamplerSettings(8, rescale=3.0).times() == pytest.approx(expected)


def test_straight_lines_end_at_the_data_in_any_number_of_steps() -> None:
    for steps in (1, 5):
        run = sample_flow(
            _straight, NOISE, [DATA], unconditional=DATA, settings=_settings(steps),
            keep_steps=True,
        )  # fmt: skip
        torch.testing.assert_close(run.sample, DATA, rtol=0, atol=1e-5)
        assert len(run.states) == len(run.estimates) == len(run.step_poses) == steps
        for estimate in run.estimates:
            torch.testing.assert_close(estimate, DATA, rtol=0, atol=1e-4)


def test_the_published_settings_make_44_calls() -> None:
    calls: list[float] = []

    def network(x: Tensor, time: float, condition: Tensor) -> Prediction:
        calls.append(time)
        return _straight(x, time, condition)

    settings = SamplerSettings()
    sample_flow(network, NOISE, [DATA], unconditional=DATA, settings=settings)
    assert len(calls) == 44 and max(calls) == 1000.0
    assert [calls.count(1000 * time) for time in settings.times()[:-1]] == 19 * [2] + 6 * [1]


def test_guidance_moves_away_from_the_unconditional_within_its_interval() -> None:
    zero = torch.zeros_like(DATA)
    for time, moved in ((0.7, True), (0.5, True), (0.49, False)):
        guided = guided_prediction(
            _straight, NOISE, time,
            condition=DATA, unconditional=zero, settings=_settings(guidance=2.0),
        )  # fmt: skip
        expected = 3 * (NOISE - DATA) - 2 * NOISE if moved else NOISE - DATA
        torch.testing.assert_close(guided.velocity, expected)
        assert guided.poses is not None and float(guided.poses[0, 0]) == 1000 * time


def test_several_conditions_take_turns_and_are_averaged_at_the_end() -> None:
    used: list[float] = []

    def network(x: Tensor, time: float, condition: float) -> Prediction:
        used.append(condition)
        return Prediction(torch.full_like(x, condition))

    run = sample_flow(
        network, NOISE, [1.0, 3.0], unconditional=0.0, settings=_settings(3, rescale=1.0)
    )
    assert used == [1.0, 3.0, 1.0, 3.0]
    torch.testing.assert_close(run.sample, NOISE - (1.0 + 3.0 + 2.0) / 3)
    assert run.poses is None and run.states == []


def test_known_values_can_be_clamped_after_each_step() -> None:
    times: list[float] = []

    def clamp(x: Tensor, time: float) -> Tensor:
        times.append(time)
        known = noised(torch.full_like(x, 7.0), NOISE, time, 1e-5)
        return torch.cat([known[:, :1], x[:, 1:]], 1)

    settings = _settings()
    run = sample_flow(
        _straight, NOISE, [DATA], unconditional=DATA, settings=settings, constrain=clamp
    )
    assert times == settings.times()[1:]
    torch.testing.assert_close(run.sample[0, 0], torch.tensor(7.0), rtol=0, atol=1e-4)
    torch.testing.assert_close(run.sample[:, 1:], DATA[:, 1:], rtol=0, atol=1e-5)


def test_the_estimate_inverts_the_noising() -> None:
    for time in (0.2, 1.0):
        x = noised(DATA, NOISE, time, 1e-5)
        velocity = (1 - 1e-5) * NOISE - DATA
        torch.testing.assert_close(clean_estimate(x, velocity, time, 1e-5), DATA)


def test_bad_settings_are_named() -> None:
    with pytest.raises(ConventionError) as caught:
        SamplerSettings(steps=0)
    assert str(caught.value) == "steps: expected at least 1, got 0"
    with pytest.raises(ConventionError) as caught:
        SamplerSettings(rescale=0.0)
    assert str(caught.value) == "rescale: expected above 0, got 0.0"
    with pytest.raises(ConventionError) as caught:
        SamplerSettings(interval=(0.8, 0.5))
    assert str(caught.value) == "interval: expected from <= to, got 0.8 to 0.5"
    with pytest.raises(ConventionError) as caught:
        sample_flow(_straight, NOISE, [], unconditional=DATA, settings=_settings())
    assert str(caught.value) == "conditions: expected at least 1, got 0"
