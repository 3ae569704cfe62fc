"""How the results of a verb are shown, without knowing where: a terminal, a page, a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from scenewright.runs.stages import StageCost


class Printer(Protocol):
    """Takes what a verb shows of its results."""

    @property
    def quiet(self) -> bool:
        """Whether only results are wanted, no costs."""
        ...

    def write(self, text: str = "", *, style: str = "") -> None:
        """Shows lines of text as they are."""
        ...

    def warn(self, text: str) -> None:
        """Shows a warning."""
        ...

    def complain(self, text: str) -> None:
        """Shows an error in one line."""
        ...

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None
    ) -> None:
        """Shows a table; columns of numbers are flush right."""
        ...


def show_stages(stages: Mapping[str, StageCost], out: Printer) -> None:
    """Shows time and memory of each stage, unless only results are wanted."""
    if out.quiet or not stages:
        return
    rows = []
    for name, cost in stages.items():
        peak = "-" if cost.peak_memory_mb is None else f"{cost.peak_memory_mb:.0f} MB"
        rows.append((name, f"{cost.seconds:.1f} s", peak))
    rows.append(("all", f"{sum(cost.seconds for cost in stages.values()):.1f} s", rows[-1][2]))
    out.table(("stage", "time", "peak memory"), rows)
    out.write()
