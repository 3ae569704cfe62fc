"""Fitting surfels to posed pictures: what to begin with, the steps, and how good the result is."""

from scenewright.splats.fitting.config import (
    DensifyConfig,
    FitConfig,
    LossConfig,
    RateConfig,
    available_fit_presets,
    fit_preset,
)
from scenewright.splats.fitting.engine import (
    EngineSettings,
    EngineState,
    FitEngine,
    MakeEngine,
    NumbaEngine,
)
from scenewright.splats.fitting.fitter import FitProgress, Fitter, StepReport
from scenewright.splats.fitting.initial import (
    initial_surfels_at_random,
    initial_surfels_from_depth,
    initial_surfels_from_pictures,
    initial_surfels_from_points,
)
from scenewright.splats.fitting.quality import Quality

__all__ = [
    "DensifyConfig",
    "EngineSettings",
    "EngineState",
    "FitConfig",
    "FitEngine",
    "FitProgress",
    "Fitter",
    "LossConfig",
    "MakeEngine",
    "NumbaEngine",
    "Quality",
    "RateConfig",
    "StepReport",
    "available_fit_presets",
    "fit_preset",
    "initial_surfels_at_random",
    "initial_surfels_from_depth",
    "initial_surfels_from_pictures",
    "initial_surfels_from_points",
]
