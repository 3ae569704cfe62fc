"""Strict JSON: round trips, layout, values without a JSON form, damaged files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import FormatError
from scenewright.io import json_text, read_json, write_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_any_json_comes_back(value: Any) -> None:
    assert json.loads(json_text(value)) == value


def test_json_is_easy_to_read() -> None:
    value = {"a": np.eye(2), "rows": [{"id": np.int64(1)}, {}], "p": Path("x/y"), "e": ()}
    assert json_text(value) == (
        '{\n  "a": [[1.0, 0.0], [0.0, 1.0]],\n  "rows": [\n    {\n      "id": 1\n    },\n    {}\n'
        '  ],\n  "p": "x/y",\n  "e": []\n}\n'
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, float("nan")]}, r"value\.a\[1\]: expected a finite number, got nan"),
        ({"a": np.array([np.inf])}, r"value\.a\[0\]: expected a finite number, got inf"),
        ({1: 2}, "value: a key: expected text, got 1"),
        ({"a": {1, 2}}, r"value\.a: expected a JSON value, got set"),
    ],
)
def test_what_json_cannot_hold(tmp_path: Path, value: Any, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        write_json(tmp_path / "a.json", value)
    assert list(tmp_path.iterdir()) == []


def test_endless_json_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(FormatError, match="expected at most 60 levels, got more"):
        json_text(value)


@pytest.mark.parametrize("text", ["", "{", "[1, NaN]", "Infinity", "\x00", '{"a": 1} x'])
def test_damaged_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FormatError, match="expected a JSON file, got one that cannot be read"):
        read_json(path)
    path.write_text("[" * 100_000)
    with pytest.raises(FormatError, match="RecursionError"):
        read_json(path)
