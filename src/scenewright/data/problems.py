"""Findings of layouts and checks: problems of a capture, and the report of a check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from scenewright.core import ScenewrightError

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One problem of a capture, with a suggested fix.

    Attributes:
        severity: ``"error"`` makes the result wrong or prevents reading, ``"warning"`` may reduce
            quality.
        code: Short stable name, such as ``"depth-scale"``.
        what: Description.
        expected: What was expected.
        got: What was found.
        do: What the user can do about it.
        frames: Names of the affected frames; empty if the whole capture is affected.
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
        """A caught error as a problem of severity ``"error"``."""
        details = (error.expected or "", error.got or "", error.do or "")
        return cls("error", code, error.what, *details, frames)

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
    """The result of `check_capture`.

    Attributes:
        path: The folder that was checked.
        layout: Name of the layout, or None if the folder could not be opened as a capture.
        description: What was recognized, read and assumed, one line each.
        num_frames: Number of frames.
        num_decoded: Number of frames whose images were decoded.
        problems: All problems, errors first.
    """

    path: Path
    layout: str | None
    description: tuple[str, ...]
    num_frames: int
    num_decoded: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems of severity ``"error"``."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems of severity ``"warning"``."""
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def is_usable(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {**asdict(self), "path": str(self.path), "is_usable": self.is_usable}


def list_some(names: Iterable[str], *, limit: int = 5) -> str:
    """The first few names, and the number of the others."""
    listed = list(names)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more
