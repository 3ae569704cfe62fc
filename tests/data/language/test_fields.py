"""Fields of annotation records: files that are no list of records, sizes, vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scenewright.core import FormatError
from scenewright.data.language import _fields
from scenewright.data.language._fields import Fields, list_member, read_checked, records


def test_records_of_a_list() -> None:
    assert [one.where for one in records("a.json", [{}, {}])] == [
        "a.json, record 0", "a.json, record 1",
    ]  # fmt: skip
    with pytest.raises(FormatError, match=r"a\.json: expected a list of records, got an object"):
        list(records("a.json", {}))
    with pytest.raises(FormatError, match=r"a\.json, record 0: expected an object, got 'x'"):
        list(records("a.json", ["x"]))


def test_a_list_in_an_object() -> None:
    assert list_member("a.json", {"questions": [1]}, "questions") == [1]
    with pytest.raises(FormatError, match='expected an object with a list "questions", got 3'):
        list_member("a.json", {"questions": 3}, "questions")
    with pytest.raises(FormatError, match="got a list"):
        list_member("a.json", [], "questions")


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("[1, 2]")
    assert read_checked(path) == [1, 2]
    monkeypatch.setattr(_fields, "MAX_FILE_BYTES", 5)
    with pytest.raises(FormatError, match="expected annotations of at most 5 bytes, got 6"):
        read_checked(path)


@pytest.mark.parametrize("value", [None, {"x": 1, "y": 2}, {"x": 1, "y": 2, "z": "3"}, [1, 2, 3]])
def test_vectors(value: Any) -> None:
    assert Fields("r", {"v": {"_x": 1, "_y": 2.5}}).vector("v", "xy", prefix="_") == (1, 2.5)
    with pytest.raises(FormatError, match="r, field v: expected an object with the finite numbers"):
        Fields("r", {"v": value}).vector("v", "xyz")


def test_numbers_written_as_text() -> None:
    fields = Fields("r", {"a": "12", "b": "-1", "c": "1.5", "d": ["1", 2]})
    assert fields.number("a") == 12 and fields.numbers("d") == (1, 2)
    for name in "bc":
        with pytest.raises(FormatError, match=f"r, field {name}: expected an integer"):
            fields.number(name)
