"""The outcome of a batch: one row per input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from scenewright.core.wording import counted

State = Literal["done", "skipped", "failed"]
STATES: tuple[State, ...] = get_args(State)
BATCH_MD = "batch.md"
NONE = "-"
"""Shown in a table where there is no number."""


@dataclass(frozen=True)
class BatchRow:
    """The outcome for one input.

    Attributes:
        name: Name of the run folder, unique within the batch.
        source: The input.
        run: The run folder.
        state: ``"done"`` now, ``"skipped"`` because it was done before, or ``"failed"``.
        num_frames: Frames or views of the input; None if it failed, or if the verb does not count
            them.
        num_objects: Number of objects found, parts of the room not counted, as in report.json; None
            likewise.
        seconds: Time of the run, as in report.json; None if it failed.
        tries: Number of attempts; 0 if it was skipped.
        message: Why it failed, or how many warnings its report has; empty if it has none.
    """

    name: str
    source: str
    run: str
    state: State
    num_frames: int | None
    num_objects: int | None
    seconds: float | None
    tries: int
    message: str

    @property
    def ms_per_frame(self) -> float | None:
        """Milliseconds per frame; None if the input failed."""
        if self.seconds is None or not self.num_frames:
            return None
        return round(1e3 * self.seconds / self.num_frames, 3)


@dataclass(frozen=True)
class BatchReport:
    """The outcome of a batch.

    Attributes:
        out: Folder with the run folders.
        rows: One per input, in the order in which they were given.
        num_workers: Inputs that were worked on at the same time; 0 if there was nothing to do.
        num_threads: Cores that each of them used.
        seconds: Time of the whole batch, the start of the workers included.
    """

    COLUMNS = (
        "input", "state", "frames", "objects", "seconds", "ms per frame", "tries", "message",
    )  # fmt: skip

    out: Path
    rows: tuple[BatchRow, ...]
    num_workers: int
    num_threads: int
    seconds: float

    @property
    def num_failed(self) -> int:
        """Inputs without a run."""
        return self.counts["failed"]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many inputs are done, skipped and failed."""
        return Counter(row.state for row in self.rows)

    def cells(self) -> list[tuple[str, ...]]:
        """The table below `COLUMNS`, as text."""
        return [
            (
                row.name,
                row.state,
                _number(row.num_frames, "d"),
                _number(row.num_objects, "d"),
                _number(row.seconds, ".2f"),
                _number(row.ms_per_frame, ".1f"),
                str(row.tries),
                row.message,
            )
            for row in self.rows
        ]

    def summary(self) -> str:
        """A summary in one line."""
        counts = self.counts
        text = (
            f"{counted(len(self.rows), 'input')}: {', '.join(f'{counts[s]} {s}' for s in STATES)}"
        )
        text += f"; {self.seconds:.1f} s"
        if self.num_workers:
            text += f" (workers: {self.num_workers}, threads of each: {self.num_threads})"
        return text

    def as_dict(self) -> dict[str, Any]:
        """JSON values, stored as the results in the report of the batch."""
        return {
            "num_done": self.counts["done"],
            "num_skipped": self.counts["skipped"],
            "num_failed": self.num_failed,
            "num_workers": self.num_workers,
            "num_threads": self.num_threads,
            "inputs": [{**asdict(row), "ms_per_frame": row.ms_per_frame} for row in self.rows],
        }

    def as_markdown(self) -> str:
        """The report as a Markdown table, stored as batch.md."""
        numbers = self.COLUMNS[2:-1]
        lines = [
            "# Batch",
            "",
            self.summary(),
            "",
            _line(self.COLUMNS),
            _line(["---:" if name in numbers else "---" for name in self.COLUMNS]),
            *map(_line, self.cells()),
        ]
        return "\n".join(lines) + "\n"


def _number(value: float | None, form: str) -> str:
    return NONE if value is None else format(value, form)


def _line(cells: tuple[str, ...] | list[str]) -> str:
    """A row of a Markdown table."""
    escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
