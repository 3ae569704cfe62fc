"""Summaries of tables, as text and as HTML."""

from __future__ import annotations

from dataclasses import replace

from scenewright.core import InstanceTable
from scenewright.core.summaries import html_facts, row_cells, shown_rows, text_table
from tests.builders import make_instance


def test_rows_have_the_facts_of_an_instance() -> None:
    cells = row_cells(3, "", "wall", 0.456, [1.0, 2.0, 0.333], None)
    assert cells == ("3", "-", "wall", "0.46", "1.00 x 2.00 x 0.33", "-")


def test_long_tables_say_how_much_is_left() -> None:
    rows = [replace(make_instance(i + 1), label=f"<b{i}>") for i in range(14)]
    table = InstanceTable.from_rows(rows)
    text = repr(table).splitlines()
    assert text[0] == "InstanceTable of 14 instances" and text[1].startswith("id  label")
    assert len(text) == 13 and text[-1] == "... and 4 more"
    page = table._repr_html_()
    assert page.count("<tr>") == 11 and "&lt;b9&gt;" in page and "<b9>" not in page
    assert repr(InstanceTable.empty()) == "InstanceTable of 0 instances"
    assert list(shown_rows(3)) == [0, 1, 2]
    assert text_table([], total=0).startswith("id")


def test_facts_are_escaped() -> None:
    assert "&lt;x&gt;" in html_facts("<x>", {"a": "<y>"}) and "<y>" not in html_facts(
        "t", {"a": "<y>"}
    )
