"""How settings apply to each form of data."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.pipelines.make_data.recipe import (
    DATA_FORMS,
    UNUSED,
    check_data_settings,
    chosen_sensor,
    generation_recipe,
    settings_for_form,
    shard_recipe,
)
from scenewright.pipelines.make_data.settings import DataSettings
from scenewright.worlds.generation import GenerationRecipe
from scenewright.worlds.rendering import LidarSensor


@pytest.mark.parametrize(
    ("form", "size", "kind"),
    [
        ("worlds", (640, 480), "rooms"),
        ("captures", (640, 480), "rooms"),
        ("shards", (320, 240), None),
        ("generation", (518, 518), "rooms"),
    ],
)
def test_defaults_of_each_form(form: str, size: tuple[int, int], kind: str | None) -> None:
    settings = settings_for_form(DataSettings(), form)
    assert (settings.size, settings.kind) == (size, kind)
    given = DataSettings(size=(64, 48), kind="tabletop")
    assert settings_for_form(given, form).size == (64, 48)


def test_settings_without_effect_are_settings() -> None:
    names = set(vars(DataSettings()))
    assert set(UNUSED) == set(DATA_FORMS)
    assert all(set(unused) < names for unused in UNUSED.values())
    assert "views" in UNUSED["captures"] and "views" not in UNUSED["generation"]


def test_recipes() -> None:
    settings = DataSettings(size=(64, 48), views=3, split="test", jpeg_quality=80, kind="random")
    assert generation_recipe(settings) == GenerationRecipe(3, 64, 48, "test", 80)
    assert generation_recipe(DataSettings()) == GenerationRecipe()
    shards = shard_recipe(settings)
    assert (shards.width, shards.views_per_world, shards.shares) == (64, 3, {"random": 1.0})


def test_the_sensor_is_named() -> None:
    assert shard_recipe(DataSettings()).sensor is None
    assert shard_recipe(DataSettings(sensor="exact")).sensor is None
    assert chosen_sensor(DataSettings(sensor="lidar")) == LidarSensor()


def test_settings_out_of_range() -> None:
    check_data_settings(DataSettings())
    with pytest.raises(UnknownNameError, match="There is no split 'val': expected one of train"):
        check_data_settings(DataSettings(split="val"))
    with pytest.raises(UnknownNameError, match="There is no depth sensor 'sonar': expected one of"):
        check_data_settings(DataSettings(sensor="sonar"))
    with pytest.raises(ConventionError, match="views: expected 1 to 1000, got 0"):
        check_data_settings(DataSettings(views=0))
