"""The folder that keeps the checkpoint of a run until the run is written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from scenewright.core import FormatError, OutputError
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.unfinished import CHECKPOINT, UnfinishedRun


@dataclass(frozen=True, kw_only=True)
class JobSettings(Settings):
    """Settings of a long job."""

    steps: int = 100
    """Of it."""
    minutes: int = 5
    """Time limit."""


def job(output: Path, *, capture: str = "/captures/room", **settings: int) -> UnfinishedRun:
    """An unfinished run of ``fit``."""
    chosen = JobSettings(**settings)
    report = RunReport(
        verb="fit", inputs={"capture": capture}, settings=settings_to_dict(chosen), finished=False
    )
    return UnfinishedRun(output, report, chosen)


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """The output of a job that was interrupted after its first checkpoint."""
    begun = job(tmp_path / "run")
    begun.start(overwrite=False)
    begun.checkpoint.write_bytes(b"state")
    return tmp_path / "run"


def test_the_folder_lies_beside_the_run_and_knows_its_job(interrupted: Path) -> None:
    folder = interrupted.with_name("run.unfinished")
    assert job(interrupted).checkpoint == folder / CHECKPOINT
    run = RunFolder.open(folder)
    assert not run.report.finished and run.settings == {"steps": 100, "minutes": 5}


def test_the_current_folder_may_be_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert job(Path(".")).folder.path == tmp_path / "here.unfinished"


def test_the_same_job_is_resumed(interrupted: Path) -> None:
    before = job(interrupted).checkpoint.read_bytes()
    job(interrupted).resume()
    job(interrupted, minutes=9).resume(ignore=["minutes"])
    assert job(interrupted).checkpoint.read_bytes() == before
    assert RunFolder.open(job(interrupted).folder.path).settings == {"steps": 100, "minutes": 5}


def test_another_job_is_not_resumed(interrupted: Path) -> None:
    with pytest.raises(FormatError) as caught:
        job(interrupted, steps=7).resume()
    assert str(caught.value) == (
        f"{interrupted}.unfinished was made with other settings: expected steps 100, got steps 7. "
        "Use the same input and options as before."
    )
    with pytest.raises(FormatError, match="expected capture /captures/room, got capture /b"):
        job(interrupted, capture="/b").resume()


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        job(tmp_path / "run").resume()
    assert str(caught.value) == (
        f"There is no run to resume: {tmp_path / 'run.unfinished' / CHECKPOINT}: expected the "
        "checkpoint of a run that was interrupted, got no such file. Omit --resume to start a "
        "new run."
    )


def test_a_checkpoint_is_not_lost_by_a_new_start(interrupted: Path) -> None:
    with pytest.raises(OutputError) as caught:
        job(interrupted).start(overwrite=False)
    assert str(caught.value) == (
        f"There is an unfinished run: {interrupted}.unfinished: expected no checkpoint, or "
        f"--resume (resume=True) to continue it, got the file {CHECKPOINT}. Add --resume to "
        "continue it, or --overwrite to start over."
    )
    assert job(interrupted).checkpoint.read_bytes() == b"state"
    job(interrupted, steps=7).start(overwrite=True)
    assert not job(interrupted).checkpoint.exists()
    assert RunFolder.open(job(interrupted).folder.path).settings["steps"] == 7


def test_other_files_are_never_removed(interrupted: Path) -> None:
    mine = job(interrupted).folder.path / "mine.txt"
    mine.write_text("mine")
    with pytest.raises(OutputError) as caught:
        job(interrupted).start(overwrite=True)
    assert str(caught.value) == (
        f"Cannot write the checkpoint of the run to {interrupted}.unfinished: expected no "
        "existing folder of that name, got a folder with other files. Delete it, or choose "
        "another output."
    )
    job(interrupted).remove()
    assert mine.read_text() == "mine"
    mine.unlink()
    job(interrupted).remove()
    job(interrupted).remove()
    assert list(interrupted.parent.iterdir()) == []


@pytest.mark.parametrize(
    "left",
    [
        ["config.json"],
        [".config.json.0123abcd.part"],
        ["config.json", ".report.json.0123abcd.part"],
        ["config.json", "report.json", f".{CHECKPOINT}.0123abcd.part"],
    ],
)
def test_a_job_killed_while_it_wrote_is_started_again(left: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "run.unfinished"
    folder.mkdir()
    for name in left:
        (folder / name).write_text("{")
    begun = job(tmp_path / "run")
    begun.start(overwrite=False)
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "report.json"]


def test_a_job_killed_while_it_wrote_a_later_checkpoint_is_resumed(interrupted: Path) -> None:
    folder = interrupted.with_name("run.unfinished")
    (folder / f".{CHECKPOINT}.0123abcd.part").write_bytes(b"half")
    job(interrupted).resume()
    job(interrupted).start(overwrite=True)
    assert not any(p.name.endswith(".part") for p in folder.iterdir())


@pytest.mark.slow
def test_a_process_killed_in_the_middle_of_its_checkpoint(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from scenewright.io import write_bytes\n"
        "from tests.runs.test_unfinished import job\n"
        "begun = job(Path(sys.argv[1]))\n"
        "begun.start(overwrite=False)\n"
        "os.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        "write_bytes(begun.checkpoint, b'state')\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "run")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9
    assert len(list((tmp_path / "run.unfinished").glob(".*.part"))) == 1
    job(tmp_path / "run").start(overwrite=False)
