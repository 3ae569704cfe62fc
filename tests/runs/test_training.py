"""The folder of a verb that trains: filled, resumed, refused, and removed if nothing is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.training import train_in_folder


@dataclass(frozen=True, kw_only=True)
class Recipe(Settings):
    """Settings of a training."""

    steps: int = 100
    """Of it."""
    seed: int = 0
    """Of it."""


def learn(folder: Path) -> Mapping[str, Any]:
    """A training that leaves a file."""
    assert not RunFolder.open(folder).report.finished
    with (folder / "weights").open("a") as file:
        file.write("x")
    return {"weights": "weights"}


def test_the_report_holds_recipe_inputs_and_results(tmp_path: Path) -> None:
    folder, report = train_in_folder(
        tmp_path / "out", learn, verb="train it", settings=Recipe(seed=3),
        inputs={"shards": tmp_path / "x" / ".." / "shards", "other": None},
    )  # fmt: skip
    assert (folder.path / "weights").read_text() == "x"
    assert report.verb == "train it" and report.finished and report.seconds > 0
    assert report.inputs == {"shards": str(tmp_path / "shards"), "other": None}
    assert report.settings == {"steps": 100, "seed": 3}
    assert report.results == {"weights": "weights"}
    assert RunFolder.open(folder.path).report.as_dict() == report.as_dict()


def test_it_is_resumed_with_more_steps_and_refused_with_another_recipe(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for steps in (1, 2):
        train_in_folder(out, learn, verb="train it", settings=Recipe(steps=steps))
    assert (out / "weights").read_text() == "xx"
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_in_folder(out, learn, verb="train it", settings=Recipe(seed=1))
    with pytest.raises(OutputError, match="expected steps = 1, got steps = 2"):
        train_in_folder(out, learn, verb="train it", settings=Recipe(steps=1), resumable=())
    with pytest.raises(OutputError) as refused:
        train_in_folder(tmp_path, learn, verb="train it", settings=Recipe())
    assert refused.value.do == "Choose another folder."
    with pytest.raises(OutputError, match="expected a run of 'train other'"):
        train_in_folder(out, learn, verb="train other", settings=Recipe())
    assert (out / "weights").read_text() == "xx"


def test_a_failure_keeps_what_was_made_and_no_empty_folder(tmp_path: Path) -> None:
    def stop(folder: Path) -> Mapping[str, Any]:
        if keep:
            (folder / "checkpoint").write_text("half")
        raise KeyboardInterrupt

    for keep in (False, True):
        with pytest.raises(KeyboardInterrupt):
            train_in_folder(tmp_path / "out", stop, verb="train it", settings=Recipe())
        assert (tmp_path / "out").exists() == keep
    assert not RunFolder.open(tmp_path / "out").report.finished


def test_references_stay_as_they_were_given(tmp_path: Path) -> None:
    _, report = train_in_folder(
        tmp_path / "out", learn, verb="train it", settings=Recipe(),
        inputs={"data": tmp_path / "data", "weights": "hub:org/repo", "base": None},
    )  # fmt: skip
    assert report.inputs == {
        "data": str(tmp_path / "data"), "weights": "hub:org/repo", "base": None,
    }  # fmt: skip


@dataclass
class Process:
    """One of several processes; counts how often it waited."""

    is_main: bool
    waited: int = 0

    def wait(self) -> None:
        """Waits for nobody."""
        self.waited += 1


def test_only_the_first_of_several_processes_writes(tmp_path: Path) -> None:
    def look(folder: Path) -> Mapping[str, Any]:
        return {"weights": "weights"}

    other = Process(is_main=False)
    _, report = train_in_folder(
        tmp_path / "out", look, verb="train it", settings=Recipe(), processes=other
    )
    assert report.finished and other.waited == 1 and not (tmp_path / "out").exists()
    main = Process(is_main=True)
    train_in_folder(tmp_path / "out", look, verb="train it", settings=Recipe(), processes=main)
    assert main.waited == 1 and RunFolder.open(tmp_path / "out").report.finished
