"""Samplers of rectified flow: Euler steps from noise to data with classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from scenewright.core import ConventionError
from scenewright.models.networks.prediction import Prediction

TIME_SCALE = 1000.0
"""Networks receive the time t in [0, 1] times this."""

Condition = TypeVar("Condition")
Network = Callable[[Tensor, float, Condition], Prediction]
"""Predicts from a noisy sample, 1000 t and a condition."""


@dataclass(frozen=True)
class SamplerSettings:
    """Settings of a sampler; the defaults are those of the published pipelines.

    Attributes:
        steps: Euler steps.
        guidance: Strength w of guidance, (1 + w) conditional - w unconditional; 0 for none.
        interval: Times t from and to which guidance is used.
        rescale: Above 1 more of the steps are at early times, near noise; 1 for equal steps.
        sigma_min: Noise that is left at t = 0.

    Raises:
        ConventionError: A setting is outside of its range.
    """

    steps: int = 25
    guidance: float = 5.0
    interval: tuple[float, float] = (0.5, 1.0)
    rescale: float = 3.0
    sigma_min: float = 1e-5

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ConventionError("steps", expected="at least 1", got=str(self.steps))
        if not self.rescale > 0:
            raise ConventionError("rescale", expected="above 0", got=str(self.rescale))
        low, high = self.interval
        if not low <= high:
            raise ConventionError("interval", expected="from <= to", got=f"{low} to {high}")

    def times(self) -> list[float]:
        """The steps + 1 times, from 1 to 0."""
        even = np.linspace(1.0, 0.0, self.steps + 1)
        return [float(t) for t in self.rescale * even / (1.0 + (self.rescale - 1.0) * even)]


@dataclass
class FlowSample:
    """Result of a sampler.

    Attributes:
        sample: The last state.
        poses: Poses of the last step, or None.
        states: Per step the state after it, if they were asked for.
        estimates: Per step the estimate of the data, likewise.
        step_poses: Per step the poses, likewise.
    """

    sample: Tensor
    poses: Tensor | None = None
    states: list[Tensor] = field(default_factory=list)
    estimates: list[Tensor] = field(default_factory=list)
    step_poses: list[Tensor] = field(default_factory=list)


def sample_flow(
    network: Network[Condition],
    noise: Tensor,
    conditions: Sequence[Condition],
    *,
    unconditional: Condition,
    settings: SamplerSettings,
    constrain: Callable[[Tensor, float], Tensor] | None = None,
    keep_steps: bool = False,
) -> FlowSample:
    """Integrates from noise (t = 1) to data (t = 0).

    With several conditions, such as those of several pictures of a scene, each step uses one in
    turn, and the last step averages the predictions under all of them.

    Args:
        network: Predicts velocities, and poses if it can.
        noise: The state at t = 1; the result has its shape, device and type.
        conditions: At least one.
        unconditional: The condition that guidance moves away from.
        settings: Steps and guidance.
        constrain: Changes the state after each step, given the time; clamps known cells.
        keep_steps: Whether to return what every step gave.

    Raises:
        ConventionError: There is no condition.
    """
    if not conditions:
        raise ConventionError("conditions", expected="at least 1", got="0")
    times = settings.times()
    result = FlowSample(noise)
    for step, (now, after) in enumerate(pairwise(times)):
        is_last = step + 1 == settings.steps
        used = conditions if is_last else [conditions[step % len(conditions)]]
        predictions = [
            guided_prediction(
                network, result.sample, now,
                condition=each, unconditional=unconditional, settings=settings,
            )
            for each in used
        ]  # fmt: skip
        velocity = _mean([each.velocity for each in predictions])
        result.poses = _mean_poses(predictions)
        if keep_steps:
            estimate = clean_estimate(result.sample, velocity, now, settings.sigma_min)
            result.estimates.append(estimate)
        result.sample = result.sample - (now - after) * velocity
        if constrain is not None:
            result.sample = constrain(result.sample, after)
        if keep_steps:
            result.states.append(result.sample)
            if result.poses is not None:
                result.step_poses.append(result.poses)
    return result


def guided_prediction(
    network: Network[Condition],
    x: Tensor,
    time: float,
    *,
    condition: Condition,
    unconditional: Condition,
    settings: SamplerSettings,
) -> Prediction:
    """Predicts with guidance where the time is in its interval; poses are never guided."""
    scaled = TIME_SCALE * time
    prediction = network(x, scaled, condition)
    low, high = settings.interval
    if settings.guidance == 0 or not low <= time <= high:
        return prediction
    against = network(x, scaled, unconditional).velocity
    strength = settings.guidance
    velocity = (1 + strength) * prediction.velocity - strength * against
    return Prediction(velocity, prediction.poses)


def clean_estimate(x: Tensor, velocity: Tensor, time: float, sigma_min: float) -> Tensor:
    """What the data would be if the velocity were right."""
    return (1 - sigma_min) * x - (sigma_min + (1 - sigma_min) * time) * velocity


def noised(data: Tensor, noise: Tensor, time: float, sigma_min: float) -> Tensor:
    """The state at a time between data and noise; the counterpart of `clean_estimate`."""
    return (1 - time) * data + (sigma_min + (1 - sigma_min) * time) * noise


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.stack(list(tensors)).mean(0)


def _mean_poses(predictions: Sequence[Prediction]) -> Tensor | None:
    poses = [each.poses for each in predictions if each.poses is not None]
    return _mean(poses) if poses else None
