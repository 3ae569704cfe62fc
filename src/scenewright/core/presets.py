"""Settings by name: what every package does with a preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from scenewright.core.checks import check_numbers
from scenewright.core.errors import ConventionError, UnknownNameError

Config = TypeVar("Config")


class CheckedConfig:
    """Base of frozen dataclasses of settings: every number is 0 or more and finite."""

    def __post_init__(self) -> None:
        check_numbers(self)


def resolve_preset(kind: str, preset: str | Config, presets: Mapping[str, Config]) -> Config:
    """Returns the settings that a name stands for; a settings object stands for itself.

    Args:
        kind: What the preset is for, as error messages name it, such as ``"Fit"``.
        preset: Name, or settings of a type that occurs among the presets.
        presets: Settings by name.

    Raises:
        UnknownNameError: There is no preset of that name.
        ConventionError: It is neither a name nor such settings.
    """
    if isinstance(preset, str):
        if preset not in presets:
            raise UnknownNameError(
                f"{kind} preset '{preset}'",
                expected=f"one of {', '.join(presets)}",
                got=repr(preset),
            )
        return presets[preset]
    types = tuple({type(config): None for config in presets.values()})
    if not isinstance(preset, types):
        raise ConventionError(
            f"{kind} preset",
            expected=f"a name or a {' or '.join(t.__name__ for t in types)}",
            got=type(preset).__name__,
        )
    return preset
