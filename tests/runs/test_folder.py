"""The folder of a run: refused early, written whole or not at all, compared, extended."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import pytest

from scenewright.core import FormatError, OutputError
from scenewright.io import save
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Option, Settings, Threads
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import Difference, read_settings, settings_to_dict
from tests.builders import make_scene


@dataclass(frozen=True, kw_only=True)
class MySettings(Settings):
    """Settings of a verb."""

    size: int = 3
    """Of it."""
    threads: Threads = None
    """CPU cores."""
    color: Annotated[str, Option()] = "red"
    """Of it."""


INPUTS = {"capture": "/captures/room"}


def report_of(settings: MySettings, **changes: object) -> RunReport:
    """The report of a run of ``paint``."""
    report = RunReport(verb="paint", inputs=INPUTS, settings=settings_to_dict(settings))
    return replace(report, **changes)  # type: ignore[arg-type]


def write_run(path: Path, settings: MySettings, **changes: object) -> RunFolder:
    """Writes a run of ``paint``."""
    folder = RunFolder.create(path, verb="paint", overwrite=True)
    with folder.writing() as draft:
        (draft.path / "picture.txt").write_text("a picture")
        draft.finish(report_of(settings, **changes))
    return folder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return write_run(tmp_path / "run", MySettings(size=4, threads=2))


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Refused before the work.


def test_a_new_or_empty_folder_may_be_written(tmp_path: Path) -> None:
    assert RunFolder.create(tmp_path / "a" / "b", verb="paint").path == tmp_path / "a" / "b"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty").mkdir()
    with RunFolder.create(tmp_path / "empty", verb="paint").writing() as draft:
        draft.finish(report_of(MySettings()))
    assert listing(tmp_path / "empty") == ["config.json", "report.json"]


def test_an_older_run_needs_overwrite(run: RunFolder) -> None:
    with pytest.raises(OutputError) as caught:
        RunFolder.create(run.path, verb="paint")
    assert str(caught.value) == (
        f"Cannot write {run.path}: expected a folder that does not exist yet, got an existing "
        "folder. Choose another name, or add --overwrite (overwrite=True) to replace it."
    )
    RunFolder.create(run.path, verb="paint", overwrite=True)


def test_the_run_of_another_verb_is_never_replaced(run: RunFolder) -> None:
    with pytest.raises(OutputError) as caught:
        RunFolder.create(run.path, verb="batch", overwrite=True)
    assert str(caught.value) == (
        f"Will not replace {run.path}: expected an older run of 'batch', got a run of 'paint'. "
        "Choose another name, or delete that folder yourself."
    )
    # A run of another version may be replaced, whatever its verb was.
    (run.path / "report.json").write_text('{"format": "scenewright-run", "version": 1}')
    RunFolder.create(run.path, verb="batch", overwrite=True)


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError) as caught:
        RunFolder.create(tmp_path, verb="paint", overwrite=True)
    assert str(caught.value) == (
        f"Will not replace {tmp_path}: expected a folder written by Scenewright (with "
        "report.json), got a folder without report.json. Choose another name, or delete that "
        "folder yourself."
    )


@pytest.mark.parametrize("inside", [".", "deep"])
def test_the_current_folder_is_refused_before_the_work(
    inside: str, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.path / "deep").mkdir()
    monkeypatch.chdir(run.path / inside)
    target = os.path.relpath(run.path)
    with pytest.raises(OutputError) as caught:
        RunFolder.create(target, verb="paint", overwrite=True)
    assert str(caught.value) == (
        f"Will not replace {target}: expected a folder that is not in use, got the current folder "
        "or one above it. Choose another name."
    )
    assert (run.path / "picture.txt").is_file()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="file: expected a folder, got a file of that name"):
        RunFolder.create(tmp_path / "file", verb="paint", overwrite=True)
    with pytest.raises(OutputError) as caught:
        RunFolder.create(tmp_path / "file" / "run", verb="paint")
    assert str(caught.value) == (
        f"Cannot write {tmp_path / 'file' / 'run'}: expected a folder that can be written to, got "
        f"the file {tmp_path / 'file'}. Choose another folder."
    )


def test_a_parent_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests as root may write anywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(OutputError) as caught:
        RunFolder.create(tmp_path / "new" / "run", verb="paint")
    assert str(caught.value) == (
        f"Cannot write {tmp_path / 'new' / 'run'}: expected a folder that can be written to, got "
        f"no permission to write to {tmp_path}. Choose another folder."
    )


# Written whole or not at all.


def test_an_error_leaves_nothing_new(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        RunFolder.create(tmp_path / "run", verb="paint").writing() as draft,
    ):
        (draft.path / "half.txt").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_an_error_keeps_the_older_run(run: RunFolder) -> None:
    again = RunFolder.create(run.path, verb="paint", overwrite=True)
    with pytest.raises(KeyboardInterrupt), again.writing():
        raise KeyboardInterrupt
    assert listing(run.path) == ["config.json", "picture.txt", "report.json"]
    assert listing(run.path.parent) == ["run"]


def test_a_run_is_replaced_as_a_whole(run: RunFolder) -> None:
    with RunFolder.create(run.path, verb="paint", overwrite=True).writing() as draft:
        draft.finish(report_of(MySettings(size=9)))
    assert listing(run.path) == ["config.json", "report.json"]
    assert RunFolder.open(run.path).settings["size"] == 9


# Read.


def test_an_open_run_says_what_it_is(run: RunFolder) -> None:
    found = RunFolder.open(run.path)
    assert found.report == report_of(MySettings(size=4, threads=2))
    assert found.settings == {"size": 4, "threads": 2, "color": "red"}
    assert found.capture == Path("/captures/room")
    assert not found.has_scene
    with pytest.raises(FormatError):
        found.scene()


def test_the_config_repeats_the_run(run: RunFolder) -> None:
    value = json.loads((run.path / "config.json").read_text())
    assert value == {"verb": "paint", "size": 4, "threads": 2, "color": "red"}
    found = read_settings(MySettings, run.path / "config.json", verb="paint")
    assert found == MySettings(size=4, threads=2)


def test_a_run_may_hold_a_scene_and_know_no_capture(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "run", verb="paint").writing() as draft:
        save(make_scene(), draft.path / "scene")
        draft.finish(report_of(MySettings(), inputs={"scene": "/x"}))
    found = RunFolder.open(tmp_path / "run")
    assert found.has_scene and found.capture is None
    assert found.scene().instances.id.tolist() == [7, 12, 3]


def test_other_folders_are_no_runs(tmp_path: Path) -> None:
    assert not RunFolder.is_run(tmp_path) and not RunFolder.is_run(tmp_path / "nowhere")
    with pytest.raises(FormatError) as caught:
        RunFolder.open(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: expected a run folder (one that contains report.json), got something else"
    )
    with pytest.raises(FormatError, match="got no such path"):
        RunFolder.open(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "report.json"),
        ("[]", "got other JSON"),
        ('{"format": "scenewright-run", "version": 1, "scenewright": "0.1"}', "Run it again"),
    ],
)
def test_damaged_and_older_runs_are_told_when_they_are_opened(
    text: str, told: str, run: RunFolder
) -> None:
    (run.path / "report.json").write_text(text)
    assert RunFolder.is_run(run.path)
    with pytest.raises(FormatError) as caught:
        RunFolder.open(run.path)
    assert told in str(caught.value) and str(run.path) in str(caught.value)


# Compared.


def test_the_same_run_matches(run: RunFolder) -> None:
    found = RunFolder.open(run.path)
    assert found.matches("paint", inputs=INPUTS, settings=MySettings(size=4))
    assert found.matches("paint", inputs={}, settings=MySettings(size=4, threads=16))
    assert found.difference("paint", inputs=INPUTS, settings=MySettings(size=4)) is None


def test_other_runs_differ_in_verb_inputs_or_settings(run: RunFolder) -> None:
    found, settings = RunFolder.open(run.path), MySettings(size=4)
    assert found.difference("draw", inputs=INPUTS, settings=settings) == Difference(
        "verb", "draw", "paint"
    )
    other = found.difference("paint", inputs={"capture": "/b"}, settings=settings)
    assert other == Difference("capture", "/b", "/captures/room")
    other = found.difference("paint", inputs=INPUTS, settings=MySettings(size=5))
    assert other == Difference("size", 5, 4)
    assert (
        found.difference("paint", inputs=INPUTS, settings=MySettings(size=5), ignore=("size",))
        is None
    )
    assert not found.matches("paint", inputs=INPUTS, settings=MySettings(size=5))


def test_an_unfinished_run_matches_nothing(tmp_path: Path) -> None:
    write_run(tmp_path / "run", MySettings(), finished=False)
    found = RunFolder.open(tmp_path / "run")
    assert found.difference("paint", inputs=INPUTS, settings=MySettings()) is None
    assert not found.matches("paint", inputs=INPUTS, settings=MySettings())


# Grown piece by piece.


def test_a_folder_that_grows_goes_on_with_the_same_settings(tmp_path: Path) -> None:
    begun = report_of(MySettings(), finished=False)
    folder = RunFolder(tmp_path / "data")
    assert folder.claim(begun, settings=MySettings()) is True
    assert not RunFolder.open(folder.path).report.finished
    (folder.path / "piece").write_text("one")
    assert RunFolder(folder.path).claim(begun, settings=MySettings()) is False
    assert (folder.path / "piece").read_text() == "one"
    folder.update(replace(begun, finished=True, results={"pieces": 1}))
    assert folder.report.results == {"pieces": 1}
    assert RunFolder.open(folder.path).matches("paint", inputs=INPUTS, settings=MySettings())


def test_other_settings_start_again_only_if_they_may(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "data")
    folder.claim(report_of(MySettings()), settings=MySettings())
    other = MySettings(size=8)
    with pytest.raises(OutputError) as caught:
        RunFolder(folder.path).claim(report_of(other), settings=other)
    assert str(caught.value) == (
        f"{folder.path} was made with other settings: expected size = 8, got size = 3. Choose "
        "another folder, or add --overwrite (overwrite=True) to replace it."
    )
    assert not RunFolder(folder.path).claim(report_of(other), settings=other, ignore=["size"])
    again = MySettings(size=9)
    assert RunFolder(folder.path, overwrite=True).claim(report_of(again), settings=again)
    assert RunFolder.open(folder.path).settings["size"] == 9


def test_the_run_of_another_verb_is_not_grown_into(run: RunFolder) -> None:
    for overwrite in (False, True):
        with pytest.raises(OutputError) as caught:
            RunFolder(run.path, overwrite=overwrite).claim(
                report_of(MySettings(), verb="draw"), settings=MySettings()
            )
        assert str(caught.value) == (
            f"Cannot write into {run.path}: expected a run of 'draw', or no folder yet, got a run "
            "of 'paint'. Choose another folder."
        )
    assert RunFolder.open(run.path).report.verb == "paint"


def test_a_folder_of_something_else_is_not_grown_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(OutputError):
            RunFolder(tmp_path, overwrite=overwrite).claim(
                report_of(MySettings()), settings=MySettings()
            )
    assert listing(tmp_path) == ["mine.txt"]


def test_a_folder_that_holds_nothing_yet_is_released(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "data")
    folder.claim(report_of(MySettings()), settings=MySettings())
    (folder.path / "piece").write_text("one")
    folder.release()
    assert listing(folder.path) == ["config.json", "piece", "report.json"]
    (folder.path / "piece").unlink()
    folder.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ['{"summary": "of another program"}', "[]", "{", ""])
def test_a_report_of_another_program_is_no_permission(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "report.json").write_text(content)
    (folder / "thesis.txt").write_text("precious")
    with pytest.raises(OutputError) as caught:
        RunFolder.create(folder, verb="segment", overwrite=True)
    assert str(caught.value) == (
        f"Will not replace {folder}: expected a folder written by Scenewright (report.json with "
        '"scenewright-run"), got a folder whose report.json is damaged or from another program. '
        "Choose another name, or delete that folder yourself."
    )
    assert (folder / "thesis.txt").read_text() == "precious"


def test_a_run_folder_is_shown_by_its_path(tmp_path: Path) -> None:
    assert repr(RunFolder(tmp_path)) == f"RunFolder({str(tmp_path)!r})"


def test_a_run_written_meanwhile_is_kept_and_so_is_the_later_one(tmp_path: Path) -> None:
    first = RunFolder.create(tmp_path / "run", verb="paint")
    second = RunFolder.create(tmp_path / "run", verb="paint")
    with first.writing() as draft:
        (draft.path / "made.txt").write_text("first")
        draft.finish(report_of(MySettings()))
    with pytest.raises(OutputError) as caught, second.writing() as draft:
        (draft.path / "made.txt").write_text("second")
        draft.finish(report_of(MySettings()))
    assert str(caught.value) == (
        f"Cannot write {tmp_path / 'run'}: expected the folder as it was when this run began, got "
        f"one that another run has written since. The output of this run is in "
        f"{tmp_path / 'run-2'}; give runs at the same time different names."
    )
    assert (tmp_path / "run" / "made.txt").read_text() == "first"
    assert (tmp_path / "run-2" / "made.txt").read_text() == "second"
    assert RunFolder.is_run(tmp_path / "run-2")


def test_two_runs_that_replace_an_older_one(run: RunFolder) -> None:
    both = [RunFolder.create(run.path, verb="paint", overwrite=True) for _ in range(2)]
    with both[0].writing() as draft:
        draft.finish(report_of(MySettings()))
    with pytest.raises(OutputError, match="run-2; give runs"), both[1].writing() as draft:
        draft.finish(report_of(MySettings()))
    assert sorted(p.name for p in run.path.parent.iterdir()) == ["run", "run-2"]


def test_what_other_settings_made_is_removed_before_the_report_changes(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "data")
    old = replace(report_of(MySettings()), finished=False)
    folder.claim(old, settings=MySettings())
    (folder.path / "piece").write_text("old")
    folder.update(replace(old, finished=True))

    def interrupted(path: Path) -> None:
        assert (path / "piece").exists()
        raise KeyboardInterrupt

    new = replace(old, settings=settings_to_dict(MySettings(size=9)))
    again = RunFolder(folder.path, overwrite=True)
    with pytest.raises(KeyboardInterrupt):
        again.claim(new, settings=MySettings(size=9), clear=interrupted)
    left = RunFolder.open(folder.path)
    assert left.settings == old.settings and not left.report.finished
    assert again.claim(new, settings=MySettings(size=9), clear=lambda p: (p / "piece").unlink())
    assert RunFolder.open(folder.path).settings == new.settings
    assert not (folder.path / "piece").exists()


@pytest.mark.parametrize("names", [[], ["config.json"], [".report.json.0123abcd.part"]])
def test_a_folder_torn_while_it_was_claimed_is_claimed_again(
    names: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("{")
    assert RunFolder(folder).claim(report_of(MySettings()), settings=MySettings())
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "report.json"]
