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
        preset="default", steps=7, held_out="3", max_surfels=1000, depth_weight=0.5
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


def test_views_are_held_out_by_number_name_or_file(tmp_path: Path) -> None:
    assert FitSettings(held_out="5").fit().holdout_interval == 5
    assert FitSettings(held_out="a, images/b.jpg").fit().held_out_names == ("a", "b")
    listed = tmp_path / "test.txt"
    listed.write_text("000001.png\n\n000007\n")
    settings = FitSettings(held_out=str(listed))
    assert settings.fit().held_out_names == ("000001", "000007")
    resolved = settings.resolved()
    assert resolved.held_out is None and resolved.fit() == settings.fit()
    with pytest.raises(ConventionError, match=r"^--held-out: expected a number, a file, or names"):
        FitSettings(held_out=" , ").fit()


@pytest.mark.parametrize(
    ("text", "behind", "color"),
    [("random", "random", 0.0), ("none", "none", 0.0), ("black", "color", 0.0),
     ("White", "color", 1.0), ("51,51,51", "color", 0.2)],
)  # fmt: skip
def test_what_stands_behind(text: str, behind: str, color: float) -> None:
    config = FitSettings(background=text).fit()
    assert config.behind == behind and config.background == (color, color, color)


@pytest.mark.parametrize("text", ["green", "1,2", "1,2,300", ""])
def test_what_cannot_stand_behind(text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        FitSettings(background=text).fit()
    assert str(caught.value) == (
        "--background: expected random, none, black, white, or a color such as 255,255,255, "
        f"got {text!r}"
    )
