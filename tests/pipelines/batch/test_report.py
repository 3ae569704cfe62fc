"""What a batch came to, as a table, as Markdown and as JSON."""

from __future__ import annotations

from pathlib import Path

from scenewright.pipelines.batch.report import BatchReport, BatchRow


def rows() -> tuple[BatchRow, ...]:
    """One row of each state."""
    return (
        BatchRow("a", "/c/a", "/o/a", "done", 24, 7, 1.5, 2, "warnings: 1, see report.json"),
        BatchRow("b", "/c/b", "/o/b", "skipped", 10, 3, 0.25, 0, ""),
        BatchRow("c", "/c/c", "/o/c", "failed", None, None, None, 1, "bad | worse\nand so on"),
    )


def test_all_tables_say_the_same(tmp_path: Path) -> None:
    report = BatchReport(tmp_path, rows(), 2, 4, 12.34)
    assert [row.ms_per_frame for row in report.rows] == [62.5, 25.0, None]
    assert report.cells()[0][2:7] == ("24", "7", "1.50", "62.5", "2")
    assert report.cells()[2][2:7] == ("-", "-", "-", "-", "1")
    assert report.summary() == (
        "3 inputs: 1 done, 1 skipped, 1 failed; 12.3 s (workers: 2, threads of each: 4)"
    )
    value = report.as_dict()
    assert (value["num_done"], value["num_skipped"], value["num_failed"]) == (1, 1, 1)
    assert (value["num_workers"], value["num_threads"]) == (2, 4)
    assert [row["ms_per_frame"] for row in value["inputs"]] == [62.5, 25.0, None]
    assert [row["message"] for row in value["inputs"]] == [row.message for row in report.rows]
    lines = report.as_markdown().splitlines()
    assert report.summary() in lines
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 5 and table[0] == f"| {' | '.join(BatchReport.COLUMNS)} |"
    assert table[3] == "| b | skipped | 10 | 3 | 0.25 | 25.0 | 0 |  |"
    assert table[4].endswith("| bad \\| worse and so on |")


def test_without_workers_there_is_nothing_to_say_of_them(tmp_path: Path) -> None:
    report = BatchReport(tmp_path, rows()[1:2], 0, 0, 0.04)
    assert report.summary() == "1 input: 0 done, 1 skipped, 0 failed; 0.0 s"
    assert report.num_failed == 0
    assert BatchReport(tmp_path, rows(), 0, 0, 0.0).num_failed == 1
