"""The verb ``batch``: one definition of options, the table, exit codes, Ctrl-C."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scenewright.cli.verbs import batch, segment
from scenewright.pipelines import segment_batch, segment_run
from tests.command_builders import Call, assert_plain_error

MASKS = ("--masks", "{capture}/instance")


@pytest.fixture
def captures(pristine: Path, tmp_path: Path) -> list[Path]:
    """Two captures that a test may spoil."""
    places = [tmp_path / "in" / name for name in ("hall", "room")]
    for place in places:
        shutil.copytree(pristine, place)
    return places


def test_options_have_one_definition_and_the_defaults_of_python() -> None:
    assert issubclass(batch.Options, segment.SegmentOptions)
    assert issubclass(segment.Options, segment.SegmentOptions)
    one = segment.Options(capture=Path("a"))
    many = batch.Options(action="segment", captures=(Path("a"),))
    assert one.keywords() == many.keywords()
    own = {"address": many.address, "num_workers": many.num_workers, "retries": many.retries}
    for function, keywords in (
        (segment_run, one.keywords()),
        (segment_batch, {**many.keywords(), **own}),
    ):
        parameters = inspect.signature(function).parameters
        defaults = {name: parameters[name].default for name in parameters if name in keywords}
        assert defaults == keywords


def test_help_loads_neither_ray_nor_arrays() -> None:
    code = (
        "import sys; from scenewright.cli.main import main; "
        "main(['batch', '--help']); sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "{capture} in it stands for the folder of a capture" in " ".join(done.stdout.split())
    assert not set(done.stderr.split()) & {"ray", "numpy", "numba", "scipy", "PIL"}


@pytest.mark.parametrize("words", [(), ("dance", "a"), ("segment", "a", "--retries", "many")])
def test_wrong_usage(words: tuple[str, ...], call: Call) -> None:
    outcome = call("batch", *words)
    assert outcome.code == 2
    assert outcome.err and "Traceback" not in outcome.err


def test_no_captures(tmp_path: Path, call: Call) -> None:
    outcome = call("batch", "segment", "-o", tmp_path / "out")
    assert_plain_error(outcome, "Captures of the batch", "at least one", "none")
    assert list(tmp_path.iterdir()) == []


def test_without_ray(
    captures: list[Path], tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    outcome = call("batch", "segment", *captures, "-o", tmp_path / "out", *MASKS)
    assert_plain_error(outcome, "The package 'ray' is not installed", '"scenewright[batch]"')
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_batch_from_end_to_end(captures: list[Path], tmp_path: Path, call: Call) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "out"
    (captures[0] / "intrinsics.txt").unlink()
    words = ("batch", "segment", *captures, "-o", out, *MASKS, "--stride", "2")
    outcome = call(*words)
    assert outcome.code == 1
    assert outcome.err == "error: 1 of 2 captures failed\n"
    lines = [line.split() for line in outcome.out.splitlines()]
    assert lines[0][:6] == ["capture", "state", "frames", "instances", "seconds", "ms"]
    assert ["hall", "failed", "-", "-", "-", "-", "1"] in [line[:7] for line in lines]
    assert ["room", "done", "6"] in [line[:3] for line in lines]
    assert "intrinsics.txt is missing" in str(read_batch(out)[0]["message"])
    assert "2 captures: 1 done, 0 skipped, 1 failed; " in outcome.out
    assert f"run folders: {out}" in outcome.out

    shutil.copy(captures[1] / "intrinsics.txt", captures[0])
    outcome = call(*words)
    assert (outcome.code, outcome.err) == (0, "")
    states = {row["name"]: row["state"] for row in read_batch(out)}
    assert states == {"hall": "done", "room": "skipped"}
    refused = call(*words, "--voxel-size", "0.05")
    assert_plain_error(refused, "made with other settings", "voxel_size = 0.05", "--overwrite")
    assert read_batch(out)[0]["state"] == "done"


def read_batch(out: Path) -> list[dict[str, object]]:
    """The rows of the table that a batch wrote."""
    rows = json.loads((out / "batch.json").read_text())["captures"]
    assert isinstance(rows, list)
    return rows


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to a group of processes on Unix")
def test_ctrl_c_stops_cleanly(captures: list[Path], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "out"
    # Many of them, one after the other: some are left however late the signal comes.
    copies = [tmp_path / f"copy{number}" for number in range(8)]
    for copy in copies:
        shutil.copytree(captures[0], copy)
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
