"""Short trials of initial surfels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.data import open_capture
from scenewright.pipelines.fit_splats import trials
from scenewright.pipelines.fit_splats.trials import try_starts
from scenewright.pipelines.sources.views import PictureSource
from scenewright.splats.fitting.config import fit_preset
from scenewright.splats.fitting.engine import NumbaEngine
from scenewright.splats.fitting.initial import (
    initial_surfels_at_random,
    initial_surfels_from_depth,
)


def test_surfels_on_the_surface_are_better_than_random_ones(
    small_capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "TRIAL_STEPS", 4)
    frames = PictureSource(open_capture(small_capture))
    candidates = {
        "random": initial_surfels_at_random(frames, count=500, seed=0),
        "depth": initial_surfels_from_depth(frames, holdout_interval=0, max_surfels=2000),
    }
    config = replace(fit_preset("preview"), held_out_names=("none of these",))
    found = try_starts(frames, candidates, config, seed=0, make_engine=NumbaEngine)
    assert list(found) == ["random", "depth"] and found["depth"] > found["random"]
    assert np.isfinite(list(found.values())).all()
