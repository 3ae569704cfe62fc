"""How results are shown, without a terminal."""

from __future__ import annotations

from scenewright.cli.terminal import Terminal
from scenewright.runs.printer import Printer, show_stages, with_labels
from scenewright.runs.stages import StageCost
from tests.runs.printer_builders import PrintedText

STAGES = {"start": StageCost(1.0, 100.0), "fit": StageCost(2.5, 250.4), "mesh": StageCost(0.5)}


def test_stages_are_a_table_with_a_sum() -> None:
    out = PrintedText()
    show_stages({name: STAGES[name] for name in ("start", "fit")}, out)
    assert out.tables == [
        [
            ("stage", "time", "peak memory"),
            ("start", "1.0 s", "100 MB"),
            ("fit", "2.5 s", "250 MB"),
            ("all", "3.5 s", "250 MB"),
        ]
    ]


def test_unknown_memory_is_a_dash() -> None:
    out = PrintedText()
    show_stages(STAGES, out)
    assert [row[2] for row in out.tables[0]] == ["peak memory", "100 MB", "250 MB", "-", "-"]


def test_costs_are_left_out_where_only_results_are_wanted() -> None:
    out = PrintedText(quiet=True)
    show_stages(STAGES, out)
    assert out.tables == [] and out.lines == []
    loud = PrintedText()
    show_stages({}, loud)
    assert loud.tables == [] and loud.lines == []


def test_the_terminal_is_a_printer() -> None:
    printer: Printer = Terminal()
    assert printer.quiet is False


def test_labels_come_after_the_id_if_there_are_any() -> None:
    rows = [("1", "0.90"), ("2", "0.50")]
    assert with_labels(("id", "score"), rows, ("cup", "")) == (
        ["id", "label", "score"],
        [["1", "cup", "0.90"], ["2", "", "0.50"]],
    )
    assert with_labels(("id", "score"), rows, ("", "")) == (
        ["id", "score"],
        [["1", "0.90"], ["2", "0.50"]],
    )
