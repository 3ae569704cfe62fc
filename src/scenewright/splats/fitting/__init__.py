"""Surfels fitted to posed images.

`initial` makes the surfels that a fit starts from, from points, depth (`_depth_samples`, `_cells`),
or images alone (`_plane_sweep`). `fitter` runs the steps of a `schedule`: `engine` draws, compares
by `losses` with `targets` and steps the `parameters` by `adam`; `densify` adds and removes surfels.
`quality` measures the result, `checkpoints` save and resume, `memory` refuses what would not fit.
"""

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
