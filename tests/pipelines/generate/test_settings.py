"""Settings of generate."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from scenewright.models import available
from scenewright.models.generators.config import ORDERS, GeneratorConfig
from scenewright.pipelines.generate.settings import (
    DEFAULT_MODEL,
    REGION_GROWING,
    GenerateSettings,
)


def test_the_defaults_are_those_of_the_generators() -> None:
    settings, config = GenerateSettings(), GeneratorConfig()
    for field in fields(GeneratorConfig):
        assert getattr(settings, field.name) == getattr(config, field.name)
    assert settings.order in ORDERS
    assert {DEFAULT_MODEL, REGION_GROWING} <= set(available())


def test_paths_of_masks_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ids.png").touch()
    found = GenerateSettings(masks=("ids.png", "masks/sam2")).resolved()
    assert found.masks == (str(tmp_path / "ids.png"), "masks/sam2")
