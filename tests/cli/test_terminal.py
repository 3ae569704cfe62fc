"""What is written where: results to stdout, progress, warnings and errors to stderr."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from scenewright.cli.terminal import ProgressLines, Terminal
from scenewright.core import ScenewrightError
from scenewright.core.progress import COMPILING


def test_results_and_complaints_go_to_their_streams(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.write("a result [not markup] " + "x" * 200)
    terminal.warn("too dark")
    terminal.complain("it broke")
    shown = capsys.readouterr()
    assert shown.out == "a result [not markup] " + "x" * 200 + "\n"
    assert shown.err == "warning: too dark\nerror: it broke\n"


def test_an_error_says_what_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().report(ScenewrightError("It broke", expected="a cup", got="shards", do="Sweep."))
    Terminal().report(ScenewrightError("It broke", got="shards"))
    assert capsys.readouterr().err == (
        "error: It broke\n  expected: a cup\n  got:      shards\n  do:       Sweep.\n"
        "error: It broke\n  got:      shards\n"
    )


def test_columns_of_numbers_are_flush_right(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("chair", "3", "1.5 s"), ("[red]table", "12", "-")]
    Terminal().table(("name", "points", "time"), rows, title="What was found")
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "What was found",
        "name          points     time",
        "chair              3    1.5 s",
        "[red]table        12        -",
    ]


def test_a_table_without_rows_shows_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().table(("name", "points"), [])
    assert capsys.readouterr().out.split() == ["name", "points"]


def test_short_work_shows_no_progress_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        with Terminal(quiet=quiet).progress() as progress:
            progress("segment", 1, 3, "frames")
    assert capsys.readouterr() == ("", "")


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def shown_lines(steps: list[tuple[float, int, str]]) -> list[str]:
    """The lines for reports of a stage with 90 units at certain times."""
    console = Console(file=io.StringIO(), width=120)
    clock = Clock()
    lines = ProgressLines(console, now=clock)
    for seconds, done, unit in steps:
        clock.seconds = 100.0 + seconds
        lines("segment", done, 90, unit)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_plain_lines_every_ten_seconds() -> None:
    steps = [(0.5 * i, i, "frames") for i in range(91)]
    assert shown_lines(steps) == [
        f"segment: {done} of 90 frames, 2.0 frames/s" for done in (20, 40, 60, 80)
    ]


def test_status_after_the_unit_follows_the_rate() -> None:
    steps = [(0.0, 0, "steps"), (12.0, 24, "steps, 27.3 dB")]
    assert shown_lines(steps) == ["segment: 24 of 90 steps, 2.0 steps/s, 27.3 dB"]


def test_compilation_is_announced_once_and_does_not_count() -> None:
    compiling = f"frames, {COMPILING}"
    steps = [(0.0, 0, "frames"), (0.1, 0, compiling), (20.0, 0, compiling), (40.0, 1, "frames")]
    steps += [(40.0 + i, 1 + 3 * i, "frames") for i in range(1, 12)]
    assert shown_lines(steps) == [
        "segment: compiling kernels, first run only",
        "segment: 1 of 90 frames",
        "segment: 31 of 90 frames, 3.0 frames/s",
    ]


def test_progress_shows_a_bar_per_stage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    with Terminal().progress() as progress:
        for done in range(4):
            progress("fit", done, 3, "steps, 27.3 dB")
        progress("mesh", 1, 1, "meshes")
    shown = capsys.readouterr().err
    assert "fit" in shown and "3/3" in shown and "27.3 dB" in shown and "mesh" in shown
