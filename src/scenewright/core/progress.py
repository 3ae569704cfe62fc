"""The callback through which long-running work reports its progress."""

from __future__ import annotations

from typing import Protocol

COMPILING = "compiling kernels, first run only"
"""Status after the unit while functions are compiled; that time does not count for rates."""


class Progress(Protocol):
    """Progress callback (stage, done, total, unit)."""

    def __call__(self, stage: str, done: int, total: int, unit: str, /) -> object:
        """Reports that a stage has advanced.

        Args:
            stage: Name of the stage; stages run one after the other.
            done: Number of units finished so far.
            total: Total number of units.
            unit: What is counted, in the plural, such as ``"frames"``; may carry a short status
                after a comma, such as ``"steps, 27.3 dB"``.
        """
        ...


def no_progress(stage: str, done: int, total: int, unit: str, /) -> None:
    """Reports nothing."""
