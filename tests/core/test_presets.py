"""Settings by name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class Small(CheckedConfig):
    size: float = 1.0
    name: str = ""


@dataclass(frozen=True)
class Large(CheckedConfig):
    size: float = 2.0


PRESETS = {"small": Small(), "tiny": Small(0.5), "large": Large()}


def test_names_and_settings_are_resolved() -> None:
    assert resolve_preset("Test", "tiny", PRESETS) is PRESETS["tiny"]
    given = Large(9.0)
    assert resolve_preset("Test", given, PRESETS) is given


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError) as caught:
        resolve_preset("Test", "huge", PRESETS)
    assert str(caught.value) == (
        "Test preset 'huge': expected one of small, tiny, large, got 'huge'"
    )


def test_other_settings_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        resolve_preset("Test", 3.0, PRESETS)  # type: ignore[type-var]
    assert str(caught.value) == "Test preset: expected a name or a Small or Large, got float"


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_numbers_are_checked(value: float) -> None:
    with pytest.raises(ConventionError) as caught:
        Small(value)
    assert str(caught.value) == f"Small.size: expected a number, 0 or more, got {value}"
