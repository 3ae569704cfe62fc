"""The outcome of each world, capture or shard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["made", "kept", "failed"]


@dataclass(frozen=True)
class DataRow:
    """The outcome of one world, capture or shard.

    Attributes:
        name: Name of its folder or file.
        seeds: Its first seed, and the one after its last.
        state: ``"made"``, ``"kept"`` (it was already complete) or ``"failed"``.
        note: What it holds, or why it failed.
        seconds: Time to make it, 0 if it was kept.
    """

    name: str
    seeds: tuple[int, int]
    state: State
    note: str
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class DataReport:
    """The outcome of a call.

    Attributes:
        out: Folder that holds everything.
        rows: One for each world, capture or shard, in order of seeds.
        remarks: What is left out of the data, and how to add it.
    """

    out: Path
    rows: tuple[DataRow, ...]
    remarks: tuple[str, ...] = ()

    COLUMNS = ("name", "seeds", "state", "what", "time")

    def count(self, state: State) -> int:
        """Number of rows in a state."""
        return sum(row.state == state for row in self.rows)

    def cells(self, *, max_rows: int = 20) -> list[tuple[str, ...]]:
        """Rows as text: all failed ones, and the last of the others, up to `max_rows` in all."""
        failed = [row for row in self.rows if row.state == "failed"]
        others = [row for row in self.rows if row.state != "failed"]
        num_others = min(max(max_rows - len(failed), 0), len(others))
        selected = [*failed, *others[len(others) - num_others :]]
        return [
            (
                row.name,
                str(row.seeds[0])
                if row.seeds[1] == row.seeds[0] + 1
                else f"{row.seeds[0]}:{row.seeds[1]}",
                row.state,
                row.note,
                f"{row.seconds:.1f} s" if row.seconds else "-",
            )
            for row in sorted(selected, key=lambda row: row.seeds)
        ]

    def summary(self) -> str:
        """A summary in one line."""
        return (
            f"{self.count('made')} made, {self.count('kept')} kept, "
            f"{self.count('failed')} failed of {len(self.rows)}"
        )
