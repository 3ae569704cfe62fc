"""Terminal output of the verbs: results to stdout, progress and errors to stderr."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scenewright.core.progress import COMPILING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from scenewright.core import ScenewrightError
    from scenewright.core.progress import Progress

_PIPE_WIDTH = 120
"""Width when the output is not a terminal; rich would assume 80 columns and truncate tables."""

_LINE_SECONDS = 10.0
"""Time between two lines of progress."""

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
        """A callback that shows one bar per stage; plain lines if stderr is not a terminal."""
        if self.quiet:
            yield lambda stage, done, total, unit: None
        elif self._err.is_terminal:
            with _bars(self._err) as show:
                yield show
        else:
            yield ProgressLines(self._err)


class ProgressLines:
    """Reports progress in plain lines: stage, count and rate, at most one in `_LINE_SECONDS`.

    The first line comes after that time, so a short run prints none; compilation is reported at
    once, since it takes a while and happens once.

    Args:
        console: Receives the lines.
        now: Clock, seconds.
    """

    def __init__(self, console: Console, *, now: Callable[[], float] = monotonic) -> None:
        self._console = console
        self._now = now
        self._meters: dict[str, _Meter] = {}
        self._last = now()
        self._is_compiling = False

    def __call__(self, stage: str, done: int, total: int, unit: str, /) -> None:
        """See `scenewright.core.progress.Progress`."""
        now = self._now()
        meter = self._meters.setdefault(stage, _Meter())
        meter.add(done, unit, now=now)
        counted, _, status = unit.partition(", ")
        if status == COMPILING:
            if not self._is_compiling:
                self._write(f"{stage}: {COMPILING}", now)
            self._is_compiling = True
            return
        self._is_compiling = False
        if now - self._last < _LINE_SECONDS:
            return
        parts = [f"{done} of {total} {counted}", meter.text(counted), status]
        self._write(f"{stage}: {', '.join(part for part in parts if part)}", now)

    def _write(self, line: str, now: float) -> None:
        self._last = now
        self._console.print(Text(line), soft_wrap=True)


class _Meter:
    """The rate of a stage; neither the time nor the units of compilation count."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._units = 0
        self._before: tuple[int, float, bool] | None = None

    def add(self, done: int, unit: str, *, now: float) -> None:
        """Takes a report into account."""
        if self._before is not None:
            last_done, last_time, was_compiling = self._before
            if not was_compiling:
                self._seconds += now - last_time
                self._units += done - last_done
        self._before = (done, now, unit.endswith(COMPILING))

    def text(self, unit: str) -> str:
        """The rate, empty if it is unknown."""
        if self._units <= 0 or self._seconds <= 0:
            return ""
        return f"{self._units / self._seconds:.1f} {unit}/s"


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    ) as bars:
        tasks: dict[str, TaskID] = {}
        meters: dict[str, _Meter] = {}

        def show(stage: str, done: int, total: int, unit: str) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, unit=unit, rate="")
                meters[stage] = _Meter()
            meters[stage].add(done, unit, now=monotonic())
            # A unit may be followed by status text: "steps, 27.3 dB".
            rate = meters[stage].text(unit.partition(",")[0])
            bars.update(tasks[stage], completed=done, total=total, unit=unit, rate=rate)

        yield show


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return (
        console
        if console.is_terminal
        else Console(stderr=stderr, highlight=False, width=_PIPE_WIDTH)
    )
