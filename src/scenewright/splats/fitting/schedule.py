"""The schedule of a fit: settings of each step by the share of the run that is done."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from scenewright.splats.fitting.adam import Rates
from scenewright.splats.fitting.config import DensifyConfig, FitConfig, LossConfig
from scenewright.splats.fitting.losses import LossWeights

_RECENT = 9
"""Steps whose times count as recent."""


@dataclass(frozen=True)
class Moment:
    """The settings of one step.

    Attributes:
        rates: Absolute step sizes of Adam.
        sh_degree: Highest degree of harmonics that is used.
        divisor: Divisor of the size of images.
    """

    rates: Rates
    sh_degree: int
    divisor: int


def plan_moment(config: FitConfig, progress: float, *, extent: float) -> Moment:
    """The settings at a share of the run.

    Args:
        config: Settings of the fit.
        progress: 0 at the start to 1 at the end.
        extent: Extent of the scene.
    """
    rates = config.rates
    position = extent * float(
        np.exp((1 - progress) * np.log(rates.position) + progress * np.log(rates.position_end))
    )
    degree = config.sh_degree
    if config.sh_interval > 0:
        degree = min(degree, int(progress / config.sh_interval + 1e-9))
    return Moment(
        Rates(position, rates.color, rates.harmonics, rates.opacity, rates.scale, rates.rotation),
        degree,
        divisor_at(config, progress),
    )


def divisor_at(config: FitConfig, progress: float) -> int:
    """Divisor of the size of images at a share of the run."""
    return next(d for share, d in reversed(config.resolutions) if progress >= share)


def is_densified(config: DensifyConfig, step: int, progress: float) -> bool:
    """Whether surfels are added and removed after a step.

    Args:
        config: Schedule of densification.
        step: Steps done.
        progress: Share of the run that is done.
    """
    return config.start <= progress < config.stop and step % config.interval == 0


def is_reset(config: DensifyConfig, step: int, progress: float) -> bool:
    """Whether opacities are reset after a step; arguments as in `is_densified`."""
    every = config.reset_interval
    return bool(every) and progress < config.stop and step % every == 0


class StepTimes:
    """Recent times of steps, for time limits.

    The first step of a process does not count: it compiles the loops, which takes far longer than
    a step, and what it takes from the schedule never comes back.
    """

    def __init__(self) -> None:
        self._is_warm = False
        self._recent: deque[float] = deque(maxlen=_RECENT)

    @property
    def seconds_per_megapixel(self) -> float | None:
        """Median of the recent times, so that a few that were disturbed do not count; None before
        the second step."""
        return float(np.median(self._recent)) if self._recent else None

    def note(self, seconds: float, *, megapixels: float) -> None:
        """Notes the time of a step on an image of a size."""
        if self._is_warm:
            self._recent.append(seconds / megapixels)
        self._is_warm = True


def pace(
    config: FitConfig, progress: float, *, seconds_left: float, seconds_per_megapixel: float,
    megapixels: float,
) -> float:  # fmt: skip
    """Share of the run that the next step advances under a time limit.

    With enough time it is that of one step; otherwise every step advances more, so that the
    schedule is completed with fewer steps instead of being cut off.

    Args:
        config: Settings of the fit.
        progress: Share that is done.
        seconds_left: Time until the limit.
        seconds_per_megapixel: Recent time of a step.
        megapixels: Size of a full image.
    """
    steps = (1 - progress) * config.num_steps
    ends = [share for share, _ in config.resolutions[1:]] + [1.0]
    needed = 0.0
    for (start, divisor), end in zip(config.resolutions, ends, strict=True):
        share = max(end - max(start, progress), 0.0)
        needed += share * config.num_steps * seconds_per_megapixel * megapixels / divisor**2
    if needed <= seconds_left:
        return 1 / config.num_steps
    return (1 - progress) / max(steps * seconds_left / needed, 1.0)


def loss_weights(config: LossConfig, progress: float) -> LossWeights:
    """Weights of the terms of the loss at a share of the run."""
    return LossWeights(
        ssim=config.ssim,
        distortion=config.distortion if progress >= config.distortion_from else 0.0,
        normals=config.normals if progress >= config.normals_from else 0.0,
        depth=config.depth if progress >= config.depth_from else 0.0,
        prior=config.prior if progress >= config.prior_from else 0.0,
        depth_ratio=config.depth_ratio,
    )
