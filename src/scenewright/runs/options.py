"""Metadata of a settings field besides its type, default and docstring.

Only the standard library is imported, so that lists of options load fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Self


@dataclass(frozen=True)
class Option:
    """How a field is spelled on the command line and in files; used in ``Annotated``.

    Attributes:
        metavar: Placeholder for the value in the help text; None derives it from the type.
        name: Name of the option; None takes the name of the field.
        short: Short form of the option, such as ``-o``.
        positional: Whether it is a positional argument instead of an option.
        parse: Converts command-line text to the value; None converts by type.
        presets: Classes, each ``"module:Class"``, that a mapping in a settings file may stand for
            where the command line takes the name of a preset.
        negated_help: Help text of ``--no-NAME``, for a flag that is on by default.
        sets: Name of the value that it sets in the settings of a method (``FitConfig.num_steps``),
            for error messages; None takes the name of the field.
        incidental: Whether it affects only how a run is executed, not its results. Runs that differ
            in nothing else count as the same.
    """

    metavar: str | None = None
    name: str | None = None
    short: str | None = None
    positional: bool = False
    parse: Callable[[str], Any] | None = None
    presets: tuple[str, ...] = ()
    negated_help: str | None = None
    sets: str | None = None
    incidental: bool = False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base class of the settings of all verbs: frozen dataclasses with keyword-only fields.

    The docstring below a field is its help text, its default is the only default there is.
    """

    def resolved(self) -> Self:
        """The same settings with preset names replaced by the presets' values.

        Resolved settings are written to ``config.json`` and used to compare runs.
        """
        return self


Meters = Annotated[float | None, Option(metavar="METERS")]
Share = Annotated[float | None, Option(metavar="0..1")]
Count = Annotated[int | None, Option(metavar="N")]
Number = Annotated[int, Option(metavar="N")]
Name = Annotated[str | None, Option(metavar="NAME")]
Threads = Annotated[int | None, Option(metavar="N", incidental=True)]
