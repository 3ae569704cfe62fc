"""What a check of a capture can find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from scenewright.core import ScenewrightError

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a capture, with its cure.

    Attributes:
        severity: ``"error"`` spoils the result or stops the reading, ``"warning"`` may cost
            quality.
        code: Short stable name, such as ``"depth-scale"``.
        what: What is wrong, in words.
        expected: What would have been right.
        got: What was found.
        do: What the user can do about it.
        frames: Names of the frames concerned; empty if it concerns the whole capture.
    """

    severity: Severity
    code: str
    what: str
    expected: str = ""
    got: str = ""
    do: str = ""
    frames: tuple[str, ...] = ()

    @classmethod
    def from_error(
        cls, error: ScenewrightError, *, code: str, frames: tuple[str, ...] = ()
    ) -> Problem:
        """An error that was caught, as a problem of severity ``"error"``."""
        words = (error.expected or "", error.got or "", error.do or "")
        return cls("error", code, error.what, *words, frames)

    def __str__(self) -> str:
        facts = [
            f"{word} {value}"
            for word, value in (("expected", self.expected), ("got", self.got))
            if value
        ]
        text = f"{self.severity} [{self.code}] {self.what}"
        if facts:
            text += f": {', '.join(facts)}"
        return f"{text}. {self.do}" if self.do else text


@dataclass(frozen=True)
class CaptureReport:
    """What `check_capture` found.

    Attributes:
        path: The folder that was checked.
        layout: Name of the layout, or None if the folder could not be read as a capture.
        description: What was read and assumed, one line each.
        num_frames: Number of frames.
        num_decoded: Number of frames whose pictures were decoded.
        problems: What was found, errors first.
    """

    path: Path
    layout: str | None
    description: tuple[str, ...]
    num_frames: int
    num_decoded: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that spoil the result or stop the reading."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that may cost quality."""
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def is_usable(self) -> bool:
        """Whether no error was found."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {**asdict(self), "path": str(self.path), "is_usable": self.is_usable}


def list_some(names: Iterable[str], *, limit: int = 5) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more
