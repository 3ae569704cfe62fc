"""How a pipeline tells how far it is, without knowing who watches."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called whenever a step has come further."""

    def __call__(self, step: str, done: int, total: int, unit: str, /) -> None:
        """Takes note.

        Args:
            step: Name of the step; steps follow one another.
            done: Units that are finished.
            total: Units in all.
            unit: What is counted, in the plural, such as ``"frames"``; may go on with how things
                stand, such as ``"steps, 27.3 dB"``.
        """
        ...


def no_progress(step: str, done: int, total: int, unit: str, /) -> None:
    """Shows nothing."""
