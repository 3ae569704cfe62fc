"""The base of all settings."""

from __future__ import annotations

import dataclasses

import pytest

from scenewright.runs.options import Option, Settings


def test_settings_without_fields_are_settings_too() -> None:
    assert dataclasses.fields(Settings) == ()
    settings = Settings()
    assert settings.resolved() is settings
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.seed = 3  # type: ignore[attr-defined]


def test_an_option_says_nothing_by_default() -> None:
    values = dataclasses.asdict(Option())
    assert all(value in (None, False, ()) for value in values.values())
