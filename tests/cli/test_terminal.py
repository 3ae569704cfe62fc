"""What is written where: results to stdout, progress, warnings and errors to stderr."""

from __future__ import annotations

import pytest

from scenewright.cli.terminal import Terminal
from scenewright.core import ScenewrightError


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


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        with Terminal(quiet=quiet).progress() as progress:
            progress("segment", 1, 3, "frames")
    assert capsys.readouterr() == ("", "")


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
