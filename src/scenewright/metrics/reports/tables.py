"""Plain-text tables and the values in them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scenewright.core.errors import ShapeError

MISSING = "-"
"""Shown in a table for NaN and for missing values."""


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligns cells in columns: the first to the left, the others to the right.

    Args:
        header: One cell per column.
        rows: As many cells per row as the header has.

    Returns:
        Lines without trailing spaces, joined by line breaks.

    Raises:
        ShapeError: A row has another number of cells than the header.
    """
    for row in rows:
        if len(row) != len(header):
            got = f"{len(row)}"
            raise ShapeError("table row", expected=f"{len(header)} cells", got=got)
    table = [list(header), *map(list, rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    table.insert(1, ["-" * width for width in widths])
    lines = []
    for row in table:
        cells = [
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def format_percent(value: float) -> str:
    """A share as percent with one decimal, without the percent sign; `MISSING` for NaN."""
    return MISSING if math.isnan(value) else f"{100 * value:.1f}"


def format_fixed(value: float | None, digits: int) -> str:
    """A number with a fixed number of decimals; `MISSING` for None and NaN."""
    return MISSING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def json_number(value: float | None) -> float | None:
    """The number, or None if JSON has no form for it (NaN and infinity)."""
    return value if value is not None and math.isfinite(value) else None
