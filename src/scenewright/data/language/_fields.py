"""Fields of annotation records, with errors that name the file, the record and the field."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scenewright.core import FormatError
from scenewright.io import read_json

MAX_FILE_BYTES = 1_000_000_000
MAX_TEXT = 20_000
"""Characters of one text."""
MAX_ITEMS = 10_000
"""Members of one list in a record."""
MAX_ID = 1_000_000_000_000_000


def read_checked(path: str | os.PathLike[str]) -> Any:
    """Reads a JSON file that is not larger than annotations can be.

    Raises:
        FormatError: It is missing, too large or not JSON.
    """
    check_size(path)
    return read_json(path)


def check_size(path: str | os.PathLike[str]) -> None:
    """Checks that a file is not larger than annotations can be.

    Raises:
        FormatError: It is too large.
    """
    found = Path(path)
    if found.is_file() and found.stat().st_size > MAX_FILE_BYTES:
        raise FormatError(
            f"{path}",
            expected=f"annotations of at most {MAX_FILE_BYTES} bytes",
            got=f"{found.stat().st_size}",
        )


def list_member(path: str | os.PathLike[str], value: Any, name: str) -> list[Any]:
    """A list that is a member of the JSON object in a file.

    Raises:
        FormatError: It is missing, or no list.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get(name), list):
        got = kind_of(value) if not isinstance(value, Mapping) else kind_of(value.get(name))
        raise FormatError(f"{path}", expected=f'an object with a list "{name}"', got=got)
    return list(value[name])


def records(path: str | os.PathLike[str], value: Any) -> Iterator[Fields]:
    """The records of a list.

    Raises:
        FormatError: It is no list, or a member is no object.
    """
    if not isinstance(value, list):
        raise FormatError(f"{path}", expected="a list of records", got=kind_of(value))
    for number, record in enumerate(value):
        if not isinstance(record, Mapping):
            raise FormatError(f"{path}, record {number}", expected="an object", got=kind_of(record))
        yield Fields(f"{path}, record {number}", record)


def kind_of(value: Any) -> str:
    """A JSON value in words, for messages."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, bool | int | float):
        return repr(value)
    return "a list" if isinstance(value, list) else "an object"


class Fields:
    """The fields of one record.

    Attributes:
        where: The file and the record, for messages.
        values: The record.
    """

    def __init__(self, where: str, values: Mapping[str, Any]) -> None:
        self.where = where
        self.values = values

    def has(self, name: str) -> bool:
        """Whether the record has a field."""
        return name in self.values

    def text(self, name: str) -> str:
        """A text that is not empty.

        Raises:
            FormatError: The field is missing, no text, empty or too long.
        """
        value = self._get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "a text that is not empty", value)
        if len(value) > MAX_TEXT:
            raise self.wrong(name, f"at most {MAX_TEXT} characters", len(value))
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, which may be empty.

        Raises:
            FormatError: The field is missing, or no list of texts, or too long.
        """
        values = self._list(name)
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(name, "texts", value)
            if len(value) > MAX_TEXT:
                raise self.wrong(name, f"texts of at most {MAX_TEXT} characters", len(value))
        return tuple(values)

    def number(self, name: str) -> int:
        """An integer of at least 0, also written as text.

        Raises:
            FormatError: The field is missing or something else.
        """
        return self._integer(name, self._get(name))

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of integers of at least 0, which may be empty.

        Raises:
            FormatError: The field is missing or something else.
        """
        return tuple(self._integer(name, value) for value in self._list(name))

    def flag(self, name: str) -> bool:
        """A truth value.

        Raises:
            FormatError: The field is missing or something else.
        """
        value = self._get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false", value)
        return value

    def vector(self, name: str, axes: str, *, prefix: str = "") -> tuple[float, ...]:
        """Numbers that are the members of an object, one per axis.

        Args:
            name: The field.
            axes: A letter per axis.
            prefix: What stands before the letter.

        Raises:
            FormatError: The field or a member is missing, or no finite number.
        """
        value = self._get(name)
        members = [
            value.get(prefix + axis) if isinstance(value, Mapping) else None for axis in axes
        ]
        numbers = [
            float(member)
            for member in members
            if isinstance(member, int | float) and not isinstance(member, bool)
        ]
        if len(numbers) != len(axes) or not all(map(math.isfinite, numbers)):
            names = ", ".join(prefix + axis for axis in axes)
            raise self.wrong(name, f"an object with the finite numbers {names}", value)
        return tuple(numbers)

    def wrong(self, name: str, expected: str, got: Any) -> FormatError:
        """The error that a field has another value than expected."""
        return FormatError(f"{self.where}, field {name}", expected=expected, got=kind_of(got))

    def _get(self, name: str) -> Any:
        if name not in self.values:
            raise self.wrong(name, "a value", None)
        return self.values[name]

    def _list(self, name: str) -> list[Any]:
        value = self._get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "a list", value)
        if len(value) > MAX_ITEMS:
            raise self.wrong(name, f"at most {MAX_ITEMS} members", len(value))
        return value

    def _integer(self, name: str, value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
            raise self.wrong(name, "an integer of at least 0", value)
        return value
