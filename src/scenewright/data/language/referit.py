"""Sentences of Nr3D and Sr3D, which are released as tables.

Achlioptas et al., "ReferIt3D", ECCV 2020.
"""

from __future__ import annotations

import ast
import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scenewright.core import FormatError
from scenewright.data.language._fields import MAX_ITEMS, MAX_TEXT, Fields, check_size
from scenewright.io import reading, write_text

_REQUIRED = ("scan_id", "target_id", "utterance", "instance_type")


@dataclass(frozen=True)
class ReferItSentence:
    """A sentence of Nr3D (written by people) or Sr3D (from a template).

    Attributes:
        scene_id: ScanNet scan.
        object_id: The object that is meant.
        object_name: Its class.
        text: The sentence.
        anchor_ids: Objects that the sentence names to find it; Sr3D only.
        relation: Type of the reference, such as ``left``; Sr3D only, else "".
        other: All other cells by column, as they are in the table.
    """

    scene_id: str
    object_id: int
    object_name: str
    text: str
    anchor_ids: tuple[int, ...] = ()
    relation: str = ""
    other: Mapping[str, str] = field(default_factory=dict)

    @property
    def object_ids(self) -> tuple[int, ...]:
        """The object that is meant, in the form that all sentences have."""
        return (self.object_id,)


def read_referit(path: str | os.PathLike[str]) -> list[ReferItSentence]:
    """Reads ``nr3d.csv`` or ``sr3d.csv``; columns in any order.

    Raises:
        FormatError: It is no such table; the message names the record and the field.
    """
    check_size(path)
    with reading(path, "table of sentences"):
        text = Path(path).read_text("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    found = []
    for number, row in enumerate(rows):
        cells = {
            name: cell
            for name, cell in row.items()
            if isinstance(name, str) and isinstance(cell, str)
        }
        record = Fields(f"{path}, record {number}", cells)
        anchors = _numbers(record, "anchor_ids") if cells.get("anchor_ids") else ()
        found.append(
            ReferItSentence(
                scene_id=record.text("scan_id"),
                object_id=record.number("target_id"),
                object_name=record.text("instance_type"),
                text=record.text("utterance"),
                anchor_ids=anchors,
                relation=cells.get("reference_type", ""),
                other={
                    name: cell
                    for name, cell in cells.items()
                    if name not in (*_REQUIRED, "anchor_ids", "reference_type")
                },
            )
        )
    return found


def write_referit(path: str | os.PathLike[str], sentences: Sequence[ReferItSentence]) -> None:
    """Writes a table, atomically. Columns that no sentence has are left out.

    Raises:
        FormatError: There is no sentence.
        OutputError: The file cannot be written.
    """
    if not sentences:
        raise FormatError(f"{path}", expected="at least one sentence", got="none")
    rows = []
    for one in sentences:
        row = {
            "scan_id": one.scene_id, "target_id": str(one.object_id), "utterance": one.text,
            "instance_type": one.object_name,
        }  # fmt: skip
        if one.relation:
            row["reference_type"] = one.relation
        if one.anchor_ids:
            row["anchor_ids"] = str(list(one.anchor_ids))
        rows.append({**row, **one.other})
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(Path(path), buffer.getvalue())


def _numbers(record: Fields, name: str) -> tuple[int, ...]:
    """The integers of a cell such as ``[3, 4]``."""
    cell = record.text(name)
    try:
        values = ast.literal_eval(cell) if len(cell) <= MAX_TEXT else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) > MAX_ITEMS:
        raise record.wrong(name, "a list of integers", cell)
    return Fields(record.where, {name: values}).numbers(name)
