"""The check of a capture before a verb works on it, and problems as lines of a report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from scenewright.core import CaptureError
from scenewright.data import Problem, check_capture


def check_first(
    capture: str | Path, *, layout: str | None, verb: str, ignored: Collection[str] = ()
) -> tuple[str, ...]:
    """Checks a capture quickly.

    Args:
        capture: Folder of the capture.
        layout: Name of its layout, or None to recognize it.
        verb: What the caller does with it, such as "segments".
        ignored: Codes of warnings that do not concern the caller.

    Returns:
        The warnings, one line each.

    Raises:
        CaptureError: The check found an error.
    """
    found = check_capture(capture, layout=layout)
    if found.is_usable:
        return as_lines([problem for problem in found.warnings if problem.code not in ignored])
    first, *others = found.errors
    advice = [first.do] if first.do else []
    if others:
        advice.append(f"Further errors: {', '.join(problem.code for problem in others)}.")
    if found.layout is not None:
        advice.append(
            f"Run 'scenewright check {capture}' for the full list; --skip-check {verb} it anyway."
        )
    raise CaptureError(
        first.what,
        expected=first.expected or None,
        got=first.got or None,
        do=" ".join(advice) or None,
    )


def as_lines(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Problems as lines of text for the warnings of a report."""
    return tuple(str(problem).removeprefix(f"{problem.severity} ") for problem in problems)
