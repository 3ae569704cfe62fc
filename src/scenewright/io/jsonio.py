"""Strict JSON: no NaN, no silent conversions, short arrays on one line."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from scenewright.core import FormatError
from scenewright.io._common import check_version, reading
from scenewright.io.atomic import write_text

_LINE = 96
_DEEPEST = 60


def json_text(value: object) -> str:
    """Formats JSON values, numpy arrays and numpy numbers as indented JSON.

    Floats keep every digit that is needed to read the same float64 back.

    Raises:
        FormatError: A value has no JSON form (NaN, an object, a key that is not text); the
            message contains its path.
    """
    return _lines(plain_json(value), 0) + "\n"


def write_json(path: str | os.PathLike[str], value: object) -> None:
    """Writes a value as `json_text` formats it, atomically.

    Raises:
        FormatError: A value has no JSON form.
        OutputError: The file cannot be written.
    """
    write_text(path, json_text(value))


def read_json(path: str | os.PathLike[str]) -> Any:
    """Reads a UTF-8 JSON file.

    Raises:
        FormatError: The file is missing, is not JSON, or contains NaN or Infinity.
    """
    with reading(path, "JSON file"):
        return json.loads(Path(path).read_text("utf-8-sig"), parse_constant=_refuse_constant)


def read_versioned(path: str | os.PathLike[str], *, format: str, version: int) -> dict[str, Any]:
    """Reads a JSON object that states its format and its version.

    Args:
        path: The file.
        format: Expected value of ``"format"``.
        version: Version that this release reads.

    Raises:
        FormatError: It is another format, or a version that this release does not know.
    """
    value = read_json(path)
    found = value.get("format") if isinstance(value, dict) else None
    if found != format:
        raise FormatError(
            f"{path}",
            expected=f'a JSON object with "format": "{format}"',
            got="no format" if found is None else f'"format": {json.dumps(found)[:60]}',
        )
    check_version(path, value.get("version"), version=version)
    return dict(value)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def plain_json(value: object, name: str = "value", depth: int = 0) -> Any:
    """Converts a value to dicts, lists and plain numbers.

    Args:
        value: JSON values, numpy arrays and numbers, paths; nested.
        name: Path of the value in error messages, such as ``"value.rows[2]"``.
        depth: Number of levels above this one.

    Raises:
        FormatError: A value has no JSON form; the message contains its path.
    """
    if depth > _DEEPEST:
        raise FormatError(f"{name[:80]}...", expected=f"at most {_DEEPEST} levels", got="more")
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not np.isfinite(value):
            raise FormatError(name, expected="a finite number", got=str(value))
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise FormatError(f"{name}: a key", expected="text", got=repr(key)[:60])
        return {key: plain_json(item, f"{name}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item, f"{name}[{i}]", depth + 1) for i, item in enumerate(value)]
    raise FormatError(name, expected="a JSON value", got=type(value).__name__)


def _lines(value: Any, indent: int) -> str:
    if isinstance(value, list) or not isinstance(value, dict):
        short = json.dumps(value, ensure_ascii=False, allow_nan=False)
        is_table = isinstance(value, list) and any(isinstance(item, dict) for item in value)
        if not isinstance(value, list) or (len(short) <= _LINE and not is_table):
            return short
    if not value:
        return "{}"
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [
            f"{pad}{json.dumps(key, ensure_ascii=False)}: {_lines(item, indent + 2)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    return (
        "[\n" + ",\n".join(pad + _lines(v, indent + 2) for v in value) + "\n" + " " * indent + "]"
    )
