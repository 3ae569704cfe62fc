"""ScanNet's table of raw names and their classes, ``scannetv2-labels.combined.tsv``."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from scenewright.core import FormatError
from scenewright.data.language._fields import check_size
from scenewright.io import reading

_RAW, _NUMBER, _NAME = "raw_category", "nyu40id", "nyu40class"


@dataclass(frozen=True)
class LabelTable:
    """Classes by raw name.

    Attributes:
        nyu40_ids: Id of the NYU40 class by raw name.
        nyu40_names: Name of the NYU40 class by raw name, spelled as in the table
            (``refridgerator``).
    """

    nyu40_ids: dict[str, int]
    nyu40_names: dict[str, str]


def read_label_table(path: str | os.PathLike[str]) -> LabelTable:
    """Reads the table; rows without a NYU40 class are left out.

    Raises:
        FormatError: It is missing, lacks a column, or a row has a bad id.
    """
    check_size(path)
    with reading(path, "table of labels"):
        lines = Path(path).read_text("utf-8-sig").splitlines()
        rows = list(csv.DictReader(lines, delimiter="\t"))
    missing = [name for name in (_RAW, _NUMBER, _NAME) if not rows or name not in rows[0]]
    if missing:
        raise FormatError(f"{path}", expected=f"a column {missing[0]}", got="none")
    numbers: dict[str, int] = {}
    names: dict[str, str] = {}
    for position, row in enumerate(rows, start=1):
        raw, number, name = row[_RAW] or "", row[_NUMBER] or "", row[_NAME] or ""
        if not raw or not number:
            continue
        if not number.isdigit() or len(number) > 6:
            raise FormatError(
                f"{path}, row {position}, column {_NUMBER}",
                expected="an integer",
                got=repr(number[:40]),
            )
        numbers[raw], names[raw] = int(number), name
    return LabelTable(numbers, names)
