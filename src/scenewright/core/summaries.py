"""Short tables of what is in a scene, as text and as HTML for notebooks."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

_ROWS = 10
_COLUMNS = ("id", "label", "role", "score", "size", "frames")


def text_table(rows: Sequence[Sequence[str]], *, total: int) -> str:
    """Rows under the headings of instances, in columns; says how many more there are.

    Args:
        rows: Cells of the first instances, see `shown_rows`.
        total: Number of all instances.
    """
    lines = [_COLUMNS, *rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(_COLUMNS))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    more = [f"... and {total - len(rows)} more"] if total > len(rows) else []
    return "\n".join([*text, *more])


def html_table(rows: Sequence[Sequence[str]], *, total: int) -> str:
    """`text_table` as an HTML table; cells are escaped."""
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    more = f"<p>... and {total - len(rows)} more</p>" if total > len(rows) else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def html_facts(title: str, facts: Mapping[str, str]) -> str:
    """A title and a table of facts by name as HTML; both are escaped."""
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
        for name, value in facts.items()
    )
    return f"<p><b>{html.escape(title)}</b></p><table><tbody>{rows}</tbody></table>"


def shown_rows(count: int) -> range:
    """Positions of the instances that a summary shows."""
    return range(min(count, _ROWS))


def row_cells(
    instance_id: int,
    label: str,
    role: str,
    score: float,
    size: Sequence[float],
    num_frames: int | None,
) -> tuple[str, ...]:
    """The cells of one instance.

    Args:
        instance_id: Its id.
        label: Its label, empty if unknown.
        role: Its role.
        score: Its score.
        size: (3,) extents of its box.
        num_frames: Number of frames that show it, or None.
    """
    edges = " x ".join(f"{edge:.2f}" for edge in size)
    frames = "-" if num_frames is None else str(num_frames)
    return (str(instance_id), label or "-", role, f"{score:.2f}", edges, frames)
