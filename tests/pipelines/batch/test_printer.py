"""``scenewright batch`` from words to the table: options of the verb, exit codes, Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from scenewright.pipelines.batch.printer import facts, show
from scenewright.pipelines.batch.report import BatchReport, BatchRow
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport
from tests.command_builders import Call, assert_plain_error
from tests.runs.printer_builders import PrintedText

MASKS = ("--masks", "{capture}/instance")


@pytest.fixture
def rooms(small_capture: Path, tmp_path: Path) -> list[Path]:
    """Two captures that a test may spoil."""
    folders = [tmp_path / "in" / name for name in ("hall", "room")]
    for folder in folders:
        shutil.copytree(small_capture, folder)
    return folders


def read_rows(out: Path) -> list[dict[str, Any]]:
    """What the report of a batch says of its inputs."""
    return list(RunFolder.open(out).report.results["inputs"])


def test_help_names_the_options_of_the_verb(call: Call) -> None:
    shown = " ".join(call("batch", "--help").out.replace("│", " ").split())
    assert "{capture} in it stands for the folder of an input" in shown
    assert "--retries N" in shown and "--stride" not in shown
    shown = call("batch", "fit-splats", "--help").out
    assert "--max-surfels" in shown and "--retries" in shown and "--resume" not in shown


@pytest.mark.parametrize(
    "words", [(), ("segment", "a", "--retries", "many"), ("render", "a", "--stride", "2")]
)
def test_wrong_usage(words: tuple[str, ...], call: Call) -> None:
    outcome = call("batch", *words)
    assert outcome.code == 2
    assert outcome.err and "Traceback" not in outcome.err


def test_errors_are_plain(tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    outcome = call("batch", "segment", "-o", out)
    assert_plain_error(outcome, "Inputs of the batch", "at least one", "none")
    outcome = call("batch", "dance", "a", "-o", out)
    assert_plain_error(
        outcome, "The verb 'dance' cannot be run as a batch", "segment, fit-splats, decompose"
    )
    outcome = call("batch", "segment", "a", "b", "--masks", "my-masks", "-o", out)
    assert_plain_error(outcome, "Masks 'my-masks' for 2 captures", "{capture}")
    outcome = call("batch", "segment", "a", "--num-workers", "0", "-o", out)
    assert_plain_error(outcome, "Number of workers", "1 or more")
    assert list(tmp_path.iterdir()) == []


def test_without_ray(
    rooms: list[Path], tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    outcome = call("batch", "segment", *rooms, "-o", tmp_path / "out", *MASKS)
    assert_plain_error(outcome, "The package 'ray' is not installed", 'pip install ".[batch]"')
    assert not (tmp_path / "out").exists()


def test_failures_are_counted(tmp_path: Path) -> None:
    rows = (
        BatchRow("a", "/c/a", "/o/a", "done", 24, 7, 1.5, 1, ""),
        BatchRow("b", "/c/b", "/o/b", "failed", None, None, None, 1, "bad"),
    )
    out = PrintedText()
    assert show(BatchReport(tmp_path, rows, 2, 1, 3.0), Settings(), out) == 1
    assert out.errors == ["1 of 2 inputs failed"]
    assert out.tables[0][0] == BatchReport.COLUMNS and len(out.tables[0]) == 3
    assert out.lines[-1] == f"run folders: {tmp_path}"
    good = PrintedText()
    assert show(BatchReport(tmp_path, rows[:1], 2, 1, 3.0), Settings(), good) == 0
    assert good.errors == []


def test_facts_are_those_of_the_last_call(tmp_path: Path) -> None:
    rows = (BatchRow("a", "/c/a", "/o/a", "skipped", 24, 7, 1.5, 0, ""),)
    results = BatchReport(tmp_path, rows, 0, 0, 3.0).as_dict()
    report = RunReport(verb="batch", inputs={}, settings={}, results=results)
    assert facts(report) == {"runs": "1", "last call": "0 done, 1 skipped, 0 failed"}


def without_progress(text: str) -> list[str]:
    """The lines of an output without those that a slow machine prints while it works."""
    return [line for line in text.splitlines() if not line.startswith("batch: ")]


@pytest.mark.slow
def test_a_batch_from_end_to_end(rooms: list[Path], tmp_path: Path, call: Call) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "out"
    (rooms[0] / "intrinsics.txt").unlink()
    (rooms[0] / "cameras.json").unlink()
    words: tuple[str | Path, ...] = ("batch", "segment", *rooms, "-o", out, *MASKS, "--stride", "2")
    outcome = call(*words)
    assert outcome.code == 1
    assert without_progress(outcome.err) == ["error: 1 of 2 inputs failed"]
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0][:6] == ["input", "state", "frames", "objects", "seconds", "ms"]
    assert ["hall", "failed", "-", "-", "-", "-", "1"] in [line[:7] for line in lines]
    assert ["room", "done", "4"] in [line[:3] for line in lines]
    assert "intrinsics.txt is missing" in str(read_rows(out)[0]["message"])
    assert "2 inputs: 1 done, 0 skipped, 1 failed; " in outcome.out
    assert f"run folders: {out}" in outcome.out

    shutil.copy(rooms[1] / "intrinsics.txt", rooms[0])
    outcome = call("batch", "segment", *rooms, "-o", out, "--config", out / "config.json")
    assert (outcome.code, without_progress(outcome.err)) == (0, [])
    states = {row["name"]: row["state"] for row in read_rows(out)}
    assert states == {"hall": "done", "room": "skipped"}
    refused = call(*words, "--voxel-size", "0.05")
    assert_plain_error(refused, "other settings", "preset.voxel_size = 0.05", "--overwrite")
    assert read_rows(out)[0]["state"] == "done"
    assert "last call" in call("info", out).out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to a group of processes on Unix")
def test_ctrl_c_stops_cleanly(rooms: list[Path], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "out"
    # Many of them, one after the other: some are left however late the signal comes.
    copies = [tmp_path / f"copy{number}" for number in range(8)]
    for copy in copies:
        shutil.copytree(rooms[0], copy)
    command = [sys.executable, "-m", "scenewright", "batch", "segment", *map(str, copies)]
    process = subprocess.Popen(
        [*command, "-o", str(out), *MASKS, "--num-workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Shells start background work, such as a nightly run of these tests, deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    end = time.monotonic() + 180
    # A run that is being written, or a finished one if the writing was too quick to be seen.
    while not list(out.glob("*copy*")) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    shown, told = process.communicate(timeout=120)
    assert (process.returncode, shown, told) == (130, "", "error: interrupted\n")
    # A capture that was quick enough is whole; of the others nothing is left.
    left = [path.name for path in out.iterdir()] if out.exists() else []
    assert len(left) < len(copies)
    assert all((out / name / "report.json").is_file() for name in left)
