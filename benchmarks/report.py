"""Puts the results of the benchmarks into the documentation.

Reads `results/NAME.json` for every pair of marker comments in docs/benchmarks.md,

    <!-- results: NAME -->
    <!-- end of results: NAME -->

and writes its tables between them. Without a file, nothing stands between them.

Run: python benchmarks/report.py, or with --check to see whether the page is up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console

from bench_common import CHECKOUT, FORMAT, Goal, goal_table, run_main
from scenewright.core import CaptureError, FormatError
from scenewright.io import read_json
from scenewright.io.atomic import write_text

_SECTION = re.compile(r"(<!-- results: (\w+) -->\n)(.*?)(<!-- end of results: \2 -->)", re.DOTALL)
_COMMIT_DIGITS = 10


@dataclass
class Options:
    """Where the results lie, and where they go."""

    results: Path = CHECKOUT / "benchmarks" / "results"
    """Folder with the JSON files."""
    page: Path = CHECKOUT / "docs" / "benchmarks.md"
    """Page with the marker comments."""
    check: bool = False
    """Change nothing; fail if the page is not what the results say."""


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with the first column, and columns of words, flush left."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    marks = [
        "---" if not i or all(not row[i][:1].isdigit() for row in cells) else "--:"
        for i in range(len(columns))
    ]
    lines = [columns, marks, *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def describe_machine(value: dict[str, Any]) -> str:
    """When, where and with what a result was measured, as one paragraph."""
    found = value["environment"]
    packages = ", ".join(f"{name} {number}" for name, number in found["packages"].items())
    memory = f", {found['memory_gb']:g} GB" if found["memory_gb"] else ""
    changes = " with uncommitted changes" if found["uncommitted_source"] else ""
    load = [number for number in found["load_average"] if number is not None]
    busy = f" Load average before and after: {load[0]:g}, {load[-1]:g}." if load else ""
    return (
        f"Measured {value['started'][:10]} on {found['cpu']}, {found['num_cores']} cores{memory}; "
        f"{found['threads']['numba']} threads; Python {found['python']}, {packages}; commit "
        f"{found['commit'][:_COMMIT_DIGITS]}{changes}.{busy}"
    )


def render(value: dict[str, Any]) -> str:
    """The tables of a result, and where they were measured."""
    parts = [describe_machine(value)]
    for table in value["tables"]:
        parts.append(f"**{table['title']}**")
        parts.append(markdown_table(table["columns"], table["rows"]))
        if table["note"]:
            parts.append(table["note"])
    return "\n\n".join(parts)


def render_masks(value: dict[str, Any]) -> str:
    """The result of a benchmark of mask backends: one line, and its goals."""
    pooled, found = value["pooled"], value["environment"]
    shares = (value["mean_best_iou_of_objects"], *(pooled[f"overlap_{x}"] for x in _OVERLAPS))
    row = (
        value["backend"],
        value["dataset"],
        f"{value['num_objects']}",
        *(f"{100 * share:.1f}" for share in shares),
        f"{value['median_ms_per_frame']:.1f}",
    )
    columns = ("backend", "data", "objects", "best IoU", "P", "R", "F", "median ms per frame")
    text = (
        f"Measured with {found['threads']} threads on {found['system']}; numpy {found['numpy']}, "
        f"numba {found['numba']}; commit {found['commit'][:_COMMIT_DIGITS]}.\n\n"
        f"{markdown_table(columns, [row])}"
    )
    goals = [
        Goal(g["name"], g["value"], g["limit"], g["unit"], g["at_most"])
        for g in value.get("goals", [])
    ]
    if not goals:
        return text
    table = goal_table(goals)
    return f"{text}\n\n**Goals**\n\n{markdown_table(table.columns, table.rows)}"


_OVERLAPS = ("precision", "recall", "f")


def section(file: Path) -> str:
    """What stands between the markers of a result."""
    if not file.is_file():
        return ""
    value = read_json(file)
    if not isinstance(value, dict):
        raise FormatError(f"{file}", expected="the result of a benchmark", got="other JSON")
    try:
        if value.get("format") == FORMAT:
            return f"\n{render(value)}\n\n"
        return f"\n{render_masks(value)}\n\n"
    except (KeyError, TypeError) as error:
        raise FormatError(f"{file}", expected="the result of a benchmark", got=f"{error}") from None


def fill(text: str, results: Path) -> str:
    """The page with the results in it."""

    def replace(match: re.Match[str]) -> str:
        return f"{match[1]}{section(results / f'{match[2]}.json')}{match[4]}"

    return _SECTION.sub(replace, text)


def main() -> None:
    """Writes the page, or checks it."""
    options = tyro.cli(Options, description=__doc__)
    console = Console(highlight=False)
    if not options.page.is_file():
        raise CaptureError(f"There is no page {options.page}")
    old = options.page.read_text(encoding="utf-8")
    new = fill(old, options.results)
    names = [match[2] for match in _SECTION.finditer(old)]
    if new == old:
        console.print(f"{options.page} is up to date ({', '.join(names)})", soft_wrap=True)
    elif options.check:
        console.print(f"{options.page} is not what the results say", soft_wrap=True)
        sys.exit(1)
    else:
        write_text(options.page, new)
        console.print(f"{options.page} is written", soft_wrap=True)
    missing = [name for name in names if not (options.results / f"{name}.json").is_file()]
    if missing:
        console.print(f"without results: {', '.join(missing)}", soft_wrap=True)


if __name__ == "__main__":
    run_main(main)
