"""Terminal output of the verbs: results to stdout, progress and errors to stderr."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from scenewright.core import ScenewrightError
    from scenewright.core.progress import Progress

_PIPE_WIDTH = 120
"""Width when the output is not a terminal; rich would assume 80 columns and truncate tables."""

_NUMBER = re.compile(r"-|[-+]?[\d.,]+( ?[%a-zA-Z]+)?")
"""A numeric cell: a number with or without a unit, or a dash for none."""


class Terminal:
    """Results, progress bars and errors of one run of the command.

    Args:
        quiet: Whether progress is hidden.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._out = _console(stderr=False)
        self._err = _console(stderr=True)

    def write(self, text: str = "", *, style: str = "") -> None:
        """Writes lines of a result unchanged."""
        self._out.print(Text(text, style=style), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Writes a warning."""
        self._err.print(Text(f"warning: {text}", style="yellow"), soft_wrap=True)

    def complain(self, text: str) -> None:
        """Writes a one-line error."""
        self._err.print(Text(f"error: {text}", style="bold red"), soft_wrap=True)

    def report(self, error: ScenewrightError) -> None:
        """Writes what went wrong, what was expected, what was found, and what to do."""
        self.complain(error.what)
        for word, value in (("expected", error.expected), ("got", error.got), ("do", error.do)):
            if value is not None:
                self._err.print(Text(f"  {word + ':':<9} {value}", style="red"), soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None
    ) -> None:
        """Writes a table; numeric columns are right-aligned."""
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2))
        for i, name in enumerate(columns):
            is_number = rows and all(_NUMBER.fullmatch(row[i]) for row in rows)
            table.add_column(name, justify="right" if is_number else "left", header_style="bold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._out.print(table)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A callback that shows one bar per stage, or nothing if stderr is not a terminal."""
        if self.quiet or not self._err.is_terminal:
            yield lambda step, done, total, unit: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        with Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._err,
        ) as bars:
            tasks: dict[str, int] = {}

            def show(step: str, done: int, total: int, unit: str) -> None:
                if step not in tasks:
                    tasks[step] = bars.add_task(step, total=total, unit=unit, rate="")
                task = bars.tasks[tasks[step]]
                # A unit may be followed by status text: "steps, 27.3 dB".
                counted = unit.partition(",")[0]
                rate = f"{task.speed:.1f} {counted}/s" if task.speed else ""
                bars.update(task.id, completed=done, total=total, unit=unit, rate=rate)

            yield show


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return (
        console
        if console.is_terminal
        else Console(stderr=stderr, highlight=False, width=_PIPE_WIDTH)
    )
