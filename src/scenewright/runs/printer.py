"""The interface through which verbs show results, on a terminal, a page or in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from scenewright.runs.stages import StageCost


class Printer(Protocol):
    """Receives the results that a verb shows."""

    @property
    def quiet(self) -> bool:
        """Whether only results are shown, without times and memory."""
        ...

    def write(self, text: str = "", *, style: str = "") -> None:
        """Shows lines of text unchanged."""
        ...

    def warn(self, text: str) -> None:
        """Shows a warning."""
        ...

    def complain(self, text: str) -> None:
        """Shows a one-line error."""
        ...

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None
    ) -> None:
        """Shows a table; numeric columns are right-aligned."""
        ...


def with_labels(
    columns: Sequence[str], rows: Sequence[Sequence[str]], labels: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """A table of objects with a column of labels after the first one, if any object has a label."""
    if not any(labels):
        return list(columns), [list(row) for row in rows]
    first, *others = columns
    named = zip(rows, labels, strict=True)
    return [first, "label", *others], [[row[0], label, *row[1:]] for row, label in named]


def show_stages(stages: Mapping[str, StageCost], out: Printer) -> None:
    """Shows time and memory of each stage, unless only results are shown."""
    if out.quiet or not stages:
        return
    rows = []
    for name, cost in stages.items():
        peak = "-" if cost.peak_memory_mb is None else f"{cost.peak_memory_mb:.0f} MB"
        rows.append((name, f"{cost.seconds:.1f} s", peak))
    rows.append(("all", f"{sum(cost.seconds for cost in stages.values()):.1f} s", rows[-1][2]))
    out.table(("stage", "time", "peak memory"), rows)
    out.write()
