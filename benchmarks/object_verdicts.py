"""The objects of a scene as a table, and what a person says of each."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from scenewright.core import CaptureError, FormatError, Scene

Verdict = Literal["thing", "surface", "part", "scrap"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MEANINGS: dict[Verdict, str] = {
    "thing": "a whole thing",
    "surface": "floor, wall, table top, front: a whole surface",
    "part": "a part of a thing or surface that is not whole",
    "scrap": "neither: a patch, several things in one, noise",
}
COLUMNS = ("id", "role", "size", "voxels", "frames", "score")
VERDICT_COLUMNS = ("id", "verdict", "words")
_HASH_LINE = "# objects: "


@dataclass(frozen=True)
class Judgment:
    """What a person says of one object.

    Attributes:
        verdict: One of `VERDICTS`.
        words: What it is.
    """

    verdict: Verdict
    words: str


def object_rows(scene: Scene) -> list[tuple[str, ...]]:
    """One row per listed instance, as `COLUMNS` names them: things first, then by size."""
    table = scene.instances
    order = np.lexsort((table.id, -np.asarray(table.num_points, np.float64), table.is_stuff))
    rows: list[tuple[str, ...]] = []
    for row in (table.row(int(i)) for i in order):
        size = " x ".join(f"{length:.2f}" for length in sorted(row.box.size, reverse=True))
        counts = (f"{row.num_points or 0}", f"{row.num_frames or 0}")
        rows.append((f"{row.id}", row.role, size, *counts, f"{row.score:.3f}"))
    return rows


def table_text(rows: Sequence[Sequence[str]], columns: Sequence[str] = COLUMNS) -> str:
    """The table as CSV."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([columns, *rows])
    return stream.getvalue()


def table_hash(text: str) -> str:
    """Says whether verdicts belong to a table: both change with any of its cells."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def empty_verdicts(rows: Sequence[Sequence[str]]) -> str:
    """A file of verdicts to be filled in."""
    blank = table_text([(row[0], "", "") for row in rows], VERDICT_COLUMNS)
    return f"{_HASH_LINE}{table_hash(table_text(rows))}\n{blank}"


def read_verdicts(path: Path, *, table: Path) -> dict[int, Judgment]:
    """The verdicts by object id.

    Args:
        path: `empty_verdicts`, filled in.
        table: The table of objects (`table_text`) that they have to belong to.

    Raises:
        CaptureError: A file is missing.
        FormatError: The verdicts belong to another table, are incomplete, or are none of
            `VERDICTS`.
    """
    for file in (path, table):
        if not file.is_file():
            raise CaptureError(
                f"There is no file {file}", do="Make it with kitchen_objects.py list."
            )
    listed = table.read_text("utf-8")
    first, _, rest = path.read_text("utf-8").partition("\n")
    if first != f"{_HASH_LINE}{table_hash(listed)}":
        raise FormatError(
            f"{path} does not belong to {table}",
            expected=f"'{_HASH_LINE}{table_hash(listed)}' in its first line",
            got=repr(first),
            do="Judge the objects of the current result, from the empty verdicts beside its table.",
        )
    rows = list(csv.reader(io.StringIO(rest)))
    if not rows or tuple(rows[0]) != VERDICT_COLUMNS or any(len(row) != 3 for row in rows):
        raise FormatError(
            f"{path}", expected=f"three columns {','.join(VERDICT_COLUMNS)}", got=rest
        )
    found = {row[0]: _judgment(row, path) for row in rows[1:]}
    ids = [row[0] for row in csv.reader(io.StringIO(listed))][1:]
    if list(found) != ids or len(rows) - 1 != len(ids):
        raise FormatError(
            f"{path}",
            expected=f"one row for each of {len(ids)} objects, in the order of the table",
            got=f"{len(rows) - 1} rows",
        )
    return {int(key): judgment for key, judgment in found.items()}


def _judgment(row: Sequence[str], path: Path) -> Judgment:
    for verdict in VERDICTS:
        if row[1] == verdict:
            return Judgment(verdict, row[2])
    raise FormatError(
        f"{path}, object {row[0]}", expected=f"one of {', '.join(VERDICTS)}", got=repr(row[1])
    )


def count_verdicts(judged: Mapping[int, Judgment]) -> dict[Verdict, int]:
    """How many objects got each verdict."""
    counts = Counter(judgment.verdict for judgment in judged.values())
    return {verdict: counts[verdict] for verdict in VERDICTS}
