"""Plain-text tables."""

from __future__ import annotations

import re

import pytest

from scenewright.core.errors import ShapeError
from scenewright.metrics import format_percent, format_table
from scenewright.metrics.reports.tables import format_fixed, json_number


def test_percent() -> None:
    assert [format_percent(v) for v in (0.12345, 1.0, float("nan"))] == ["12.3", "100.0", "-"]


def test_rows_need_the_columns_of_the_header() -> None:
    message = "table row: expected 2 cells, got 1"
    with pytest.raises(ShapeError, match=f"^{re.escape(message)}$"):
        format_table(("a", "b"), [("1",)])


def test_fixed_and_json_numbers() -> None:
    nan = float("nan")
    assert [format_fixed(v, 2) for v in (1.234, nan, None)] == ["1.23", "-", "-"]
    assert [json_number(v) for v in (1.5, nan, float("inf"), None)] == [1.5, None, None, None]
