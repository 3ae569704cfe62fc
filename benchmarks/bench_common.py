"""What the benchmarks of fusion share: where the data lie, what ran where, and tables.

A table that is printed is also written to the JSON file, cell for cell, and `report.py` puts it
into the documentation: no number is typed by hand.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from scenewright.core import CaptureError, ScenewrightError
from scenewright.io import write_json

CHECKOUT = Path(__file__).resolve().parents[1]
DATA = Path(os.path.relpath(CHECKOUT.parent / "shared" / "data"))
"""Where the captures lie on a developer's machine: beside the checkout."""
FORMAT = "scenewright-benchmark"
VERSION = 1

_PACKAGES = ("scenewright", "numpy", "scipy", "numba", "pillow", "open3d")
_THREAD_VARIABLES = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_BUSY_SHARE = 0.5
"""Share of the cores that others may keep busy before times are doubted."""
_WIDTH = 170
"""Columns where the output is no terminal; rich would take 80 and fold the tables."""


@dataclass(frozen=True)
class Table:
    """Cells as they are printed and published.

    Attributes:
        title: Over the table.
        columns: Heads of the columns.
        rows: As many cells each as there are columns; the first says what the row is.
        note: Under the table.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """A number that the project has promised.

    Attributes:
        name: What is measured.
        value: What came out.
        limit: What it is held against.
        unit: Of both.
        at_most: Whether the limit is the largest allowed value; otherwise the smallest.
    """

    name: str
    value: float
    limit: float
    unit: str = ""
    at_most: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the value keeps to the limit."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**asdict(self), "is_met": self.is_met}


def goal_table(goals: Sequence[Goal]) -> Table:
    """The goals as a table."""
    rows = []
    for goal in goals:
        unit = f" {goal.unit}" if goal.unit else ""
        word = "at most" if goal.at_most else "at least"
        met = "yes" if goal.is_met else "NO"
        rows.append((goal.name, f"{goal.value:.2f}{unit}", f"{word} {goal.limit:g}{unit}", met))
    return Table("Goals", ("what", "measured", "goal", "met"), tuple(rows))


def make_console() -> Console:
    """Where the tables go."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


def show(console: Console, table: Table) -> None:
    """Prints a table."""
    shown = RichTable(title=table.title, title_justify="left", box=None, pad_edge=False)
    for i, name in enumerate(table.columns):
        is_text = not i or all(not cell[:1].isdigit() for cell in (row[i] for row in table.rows))
        shown.add_column(name, justify="left" if is_text else "right", header_style="bold")
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in row))
    console.print(shown)
    if table.note:
        console.print(Text(table.note, style="dim"), soft_wrap=True)
    console.print()


def require_folder(path: Path, *, what: str, option: str) -> Path:
    """The folder, which has to exist.

    Args:
        path: The folder.
        what: What lies in it.
        option: Option of the command that names another one.

    Raises:
        CaptureError: It does not exist.
    """
    if not path.is_dir():
        raise CaptureError(
            f"There is no {what} at {path}",
            expected="a folder",
            got="no such path" if not path.exists() else "a file",
            do=f"The data are not part of this repository; say where they lie with {option}.",
        )
    return path


def run_main(main: Callable[[], None]) -> None:
    """Runs a benchmark; an error of the user is told in a few lines, not as a traceback."""
    try:
        main()
    except ScenewrightError as error:
        console = Console(stderr=True, highlight=False)
        console.print(Text(f"error: {error.what}", style="bold red"), soft_wrap=True)
        for word, value in (("expected", error.expected), ("got", error.got), ("do", error.do)):
            if value is not None:
                console.print(Text(f"  {word + ':':<9} {value}", style="red"), soft_wrap=True)
        sys.exit(1)


class Report:
    """Gathers what one run of a benchmark finds, prints it and writes it.

    Args:
        name: Of the benchmark.
        settings: Options that it was started with.
        seed: Of what is drawn at random; None if nothing is.
    """

    def __init__(self, name: str, settings: Mapping[str, Any], *, seed: int | None = None) -> None:
        self.console = make_console()
        self.results: dict[str, Any] = {}
        self.goals: list[Goal] = []
        self._name = name
        self._settings = dict(settings)
        self._seed = seed
        self._tables: list[Table] = []
        self._start = datetime.now(UTC)
        self._load_before = _load()
        if self._load_before is not None and self._load_before > _BUSY_SHARE * _num_cores():
            self.console.print(
                Text(
                    f"The machine is busy (load average {self._load_before:g} on {_num_cores()} "
                    "cores): the times below may be several times too long.",
                    style="yellow",
                ),
                soft_wrap=True,
            )

    def add(self, table: Table) -> None:
        """Prints a table and keeps it."""
        show(self.console, table)
        self._tables.append(table)

    def remark(self, text: str) -> None:
        """Prints a line about what is going on."""
        self.console.print(Text(text, style="dim"), soft_wrap=True)

    def finish(self, json: Path | None) -> None:
        """Prints the goals, and writes everything to a file if one is named."""
        if self.goals:
            self.add(goal_table(self.goals))
        environment = describe_environment()
        environment["load_average"] = [self._load_before, _load()]
        if json is None:
            return
        value = {
            "format": FORMAT,
            "version": VERSION,
            "benchmark": self._name,
            "started": self._start.isoformat(timespec="seconds"),
            "seconds": round((datetime.now(UTC) - self._start).total_seconds(), 1),
            "environment": environment,
            "settings": self._settings,
            "seed": self._seed,
            "results": self.results,
            "goals": [goal.as_dict() for goal in self.goals],
            "tables": [asdict(table) for table in self._tables],
        }
        json.parent.mkdir(parents=True, exist_ok=True)
        write_json(json, clean(value))
        self.remark(f"written: {json}")


def clean(value: Any) -> Any:
    """The value with floats of six digits, and None for NaN and infinity, which JSON lacks."""
    if isinstance(value, Mapping):
        return {str(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return clean(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.6g}") if isfinite(value) else None
    return value


def describe_environment() -> dict[str, Any]:
    """Hardware, versions, threads and commit."""
    import numba

    threads: dict[str, Any] = {"numba": numba.get_num_threads()}
    try:
        threads["numba_layer"] = vars(numba)["threading_layer"]()
    except ValueError:  # No parallel loop has run so far.
        threads["numba_layer"] = None
    threads |= {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    return {
        "cpu": _cpu_name(),
        "num_cores": _num_cores(),
        "memory_gb": _memory_gb(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "threads": threads,
        "commit": _git("rev-parse", "HEAD") or "unknown",
        "uncommitted_source": bool(_git("status", "--porcelain", "--", "src")),
    }


def _num_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)


def _load() -> float | None:
    """Processes that wanted a core in the last minute; more than there are cores spoils times."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(CHECKOUT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
