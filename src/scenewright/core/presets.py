"""Named settings (presets), resolved in the same way by every package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from scenewright.core.checks import check_numbers
from scenewright.core.errors import ConventionError, UnknownNameError

Config = TypeVar("Config")


class CheckedConfig:
    """Base of frozen settings dataclasses: every numeric field must be finite and 0 or more."""

    def __post_init__(self) -> None:
        check_numbers(self)


def resolve_preset(kind: str, preset: str | Config, presets: Mapping[str, Config]) -> Config:
    """Returns the settings with this name; a settings object is returned unchanged.

    Args:
        kind: What the preset is for, used in error messages, such as ``"Fit"``.
        preset: A name, or settings of the type of one of the presets.
        presets: Settings by name.

    Raises:
        UnknownNameError: There is no preset with this name.
        ConventionError: It is neither a name nor settings of such a type.
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
