"""ScanNet's table of labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.data.language import read_label_table


def test_classes_by_raw_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text(
        "id\traw_category\tnyu40id\tnyu40class\n1\tfridge\t24\trefridgerator\n2\tghost\t\t\n"
    )
    table = read_label_table(path)
    assert table.nyu40_ids == {"fridge": 24} and table.nyu40_names == {"fridge": "refridgerator"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id\traw_category\n1\tchair\n", "expected a column nyu40id, got none"),
        ("raw_category\tnyu40id\tnyu40class\na\tx\ty\n", "row 1, column nyu40id: expected an int"),
    ],
)
def test_wrong_tables(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_label_table(path)
