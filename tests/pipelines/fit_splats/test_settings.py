"""Settings of a fit: what they change in a preset, and how they are written and read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.pipelines.fit_splats.settings import RESUMABLE, FitSettings
from scenewright.runs.settings_files import read_settings, settings_to_dict
from scenewright.splats.fitting.config import FitConfig, fit_preset


def test_settings_change_the_preset() -> None:
    settings = FitSettings(
        preset="default", steps=7, held_out=3, max_surfels=1000, depth_weight=0.5
    )
    config = settings.fit()
    assert (config.num_steps, config.holdout_interval, config.start_surfels) == (7, 3, 1000)
    assert config.densify is not None and config.densify.max_surfels == 1000
    assert config.losses.depth == 0.5
    resolved = settings.resolved()
    assert resolved == FitSettings(preset=config) and resolved.resolved() == resolved


def test_what_is_not_given_is_that_of_the_preset() -> None:
    assert FitSettings().fit() == fit_preset("default")
    every = replace(fit_preset("preview"), holdout_interval=0, start_surfels=7)
    assert FitSettings(preset=every).fit() == every
    assert FitSettings(max_surfels=10**9).fit().start_surfels == fit_preset("default").start_surfels


def test_a_config_file_repeats_the_settings(tmp_path: Path) -> None:
    settings = FitSettings(preset=FitConfig(densify=None), steps=5, unbounded=True, start="random")
    values = settings_to_dict(settings)
    assert values["preset"]["densify"] is None and values["preset"]["num_steps"] == 5
    (tmp_path / "config.json").write_text(json.dumps({"verb": "fit-splats", **values}))
    again = read_settings(FitSettings, tmp_path / "config.json", verb="fit-splats")
    assert again == settings.resolved() and again.fit() == settings.fit()


def test_resumable_settings_are_settings() -> None:
    assert set(RESUMABLE) <= set(settings_to_dict(FitSettings()))


def test_presets_that_cannot_be() -> None:
    with pytest.raises(UnknownNameError, match="Fit preset 'magic': expected one of preview"):
        FitSettings(preset="magic").resolved()
    with pytest.raises(ConventionError, match=r"FitConfig\.num_steps: expected 1 or more"):
        FitSettings(steps=0).fit()
