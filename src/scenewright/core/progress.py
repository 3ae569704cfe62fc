"""How long-running work reports its progress, without knowing who watches."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Progress callback (stage, done, total, unit)."""

    def __call__(self, stage: str, done: int, total: int, unit: str, /) -> object:
        """Reports that a stage has advanced.

        Args:
            stage: Name of the stage; stages follow one another.
            done: Units finished so far.
            total: Units in all.
            unit: What is counted, in the plural, such as ``"frames"``; may carry a short status
                after a comma, such as ``"steps, 27.3 dB"``.
        """
        ...


def no_progress(stage: str, done: int, total: int, unit: str, /) -> None:
    """Reports nothing."""
