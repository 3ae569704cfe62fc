"""What a field of a settings class says beside its type, default and docstring.

Only the standard library is imported, so that a list of options costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self


@dataclass(frozen=True)
class Option:
    """How a field is written on the command line and in files; goes into ``Annotated``.

    Attributes:
        metavar: Word for the value in the help text; None derives it from the type.
        name: Option on the command line; None takes the name of the field.
        short: Short form of the option, such as ``-o``.
        positional: Whether it is an argument instead of an option.
        parse: Turns the text of the command line into the value; None follows the type.
        presets: Classes, each ``"module:Class"``, that a mapping in a settings file may stand for
            where the command line takes the name of a preset.
        negated_help: Help text of ``--no-NAME``, for a flag that is set by default.
        incidental: Whether it changes only how a run is carried out, not what it finds. Runs that
            differ in nothing else are the same.
    """

    metavar: str | None = None
    name: str | None = None
    short: str | None = None
    positional: bool = False
    parse: Callable[[str], Any] | None = None
    presets: tuple[str, ...] = ()
    negated_help: str | None = None
    incidental: bool = False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of the settings of all verbs: frozen dataclasses with keyword-only fields.

    The docstring below a field is its help text, its default is the only default there is.
    """

    def resolved(self) -> Self:
        """The same settings with names of presets replaced by what they stand for.

        These are written to ``config.json``, and runs are compared by them.
        """
        return self


Meters = Annotated[float | None, Option(metavar="METERS")]
Count = Annotated[int | None, Option(metavar="N")]
Number = Annotated[int, Option(metavar="N")]
Name = Annotated[str | None, Option(metavar="NAME")]
Threads = Annotated[int | None, Option(metavar="N", incidental=True)]
InputPath = Annotated[Path, Option(positional=True)]
