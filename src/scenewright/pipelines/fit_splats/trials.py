"""A short trial of kinds of initial surfels, where the capture does not tell which is best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scenewright.core import SurfelCloud
from scenewright.pipelines.sources.views import PictureSource
from scenewright.splats.fitting.config import FitConfig
from scenewright.splats.fitting.engine import MakeEngine
from scenewright.splats.fitting.fitter import Fitter

TRIAL_STEPS = 60
"""Steps of a trial: by then a start is as good as its gaps and wrong surfaces allow."""
TRIAL_MINUTES = 0.5
"""Time limit of a trial; on slow machines it takes fewer steps."""
_HELD_OUT = 4
"""Every n-th view is held out of a trial, and measured."""
_DIVISOR = 2


def try_starts(
    frames: PictureSource,
    candidates: Mapping[str, SurfelCloud],
    config: FitConfig,
    *,
    seed: int,
    make_engine: MakeEngine,
) -> dict[str, float]:
    """Fits each candidate for a few steps and measures it on views that the trial does not use.

    Args:
        frames: The frames that are learned from, 5 or more; without those that the fit holds out,
            which must not decide anything.
        candidates: Initial surfels by kind.
        config: Settings of the fit.
        seed: Random seed.
        make_engine: Makes the engine that renders and optimizes.

    Returns:
        PSNR by kind, dB.
    """
    short = replace(
        config,
        num_steps=TRIAL_STEPS,
        sh_degree=0,
        resolutions=((0.0, _DIVISOR),),
        holdout_interval=_HELD_OUT,
        held_out_names=(),
    )
    found = {}
    for kind, surfels in candidates.items():
        fitter = Fitter(frames, surfels, config=short, seed=seed, make_engine=make_engine)
        fitter.fit(max_minutes=TRIAL_MINUTES)
        found[kind] = round(fitter.evaluate().psnr, 3)
    return found
