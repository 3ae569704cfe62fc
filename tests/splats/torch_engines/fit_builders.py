"""Engines of a fit, states to start them from, and their arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scenewright.core import SurfelCloud
from scenewright.splats.fitting.adam import Rates
from scenewright.splats.fitting.engine import EngineSettings, EngineState, FitEngine, NumbaEngine
from scenewright.splats.fitting.losses import LossWeights
from scenewright.splats.fitting.parameters import NAMES, RawSurfels
from scenewright.splats.torch_engines.engines import (
    reference_engine_factory,
)

torch = pytest.importorskip("torch")

RATES = Rates(
    position=2e-3, color=0.02, harmonics=2e-3, opacity=0.05, scale=0.01, rotation=5e-3
)  # fmt: skip


WEIGHTS = LossWeights(distortion=5.0, normals=0.05, depth=0.2, prior=0.05, depth_ratio=0.4)


FACTORIES = {"numba": NumbaEngine, "reference": reference_engine_factory()}


def make_state(surfels: SurfelCloud, seed: int = 1) -> EngineState:
    """Surfels with displaced parameters, some of them behind the cameras."""
    raw = RawSurfels.of(surfels, sh_degree=1)
    rng = np.random.default_rng(seed)
    for array, size in zip(raw, (0.02, 0.1, 0.1, 0.5, 0.1), strict=True):
        array += size * rng.standard_normal(array.shape).astype(np.float32)
    raw.means[:5, 2] -= 10
    return EngineState.start(raw)


def make_engine(
    name: str, state: EngineState, *, visible_only: bool = True, num_held: int = 0
) -> FitEngine:
    settings = EngineSettings(0.05, 500.0, (0.2, 0.4, 0.6), visible_only, num_held)
    return FACTORIES[name](state, settings)


def state_arrays(state: EngineState) -> dict[str, Any]:
    """Every array of a state, copied, by name."""
    sets = {"": state.surfels, "first ": state.moments.first, "second ": state.moments.second}
    found = {f"{k}{name}": getattr(part, name) for k, part in sets.items() for name in NAMES}
    found |= {"count": state.moments.count, **vars(state.statistics)}
    return {name: array.copy() for name, array in found.items()}
