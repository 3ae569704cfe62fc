"""``scenewright train merging``: the folder of a training, resumed or refused; what is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import CaptureError, MissingExtraError, OutputError
from scenewright.io import write_json
from scenewright.pipelines.train_merging.printer import facts
from scenewright.pipelines.train_merging.run import RESUMABLE, train_merging_run
from scenewright.pipelines.train_merging.settings import TrainMergingSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.settings_files import read_settings
from scenewright.training.tasks.merging.config import MergingTrainingConfig
from tests.command_builders import Call, assert_plain_error

SHORT = TrainMergingSettings(num_rooms=3, held_out=1, pair_trees=2)
WAYS = {"before": 0.25, "after": 0.5, "own scores": 0.625, "perfect": 1.0}
HELD_OUT = {
    kind: {way: {"AP": ap / 2, "AP50": ap, "AP25": ap} for way, ap in WAYS.items()}
    for kind in ("masks/parts", "true")
}


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[MergingTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("lightgbm")
    recipes: list[MergingTrainingConfig] = []

    def train(
        out: Path,
        *,
        config: MergingTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
    ) -> Path:
        recipes.append(config)
        num_rooms = config.num_rooms if max_minutes is None else 2
        write_json(out / "measured.json", {"held_out": HELD_OUT, "num_rooms": num_rooms})
        (out / "merging.safetensors").write_bytes(b"trees")
        return out / "merging.safetensors"

    monkeypatch.setattr("scenewright.training.tasks.merging.task.train_merging", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(MergingTrainingConfig), fields_of(TrainMergingSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE)


def test_the_folder_says_how_it_was_made(
    trained: list[MergingTrainingConfig], tmp_path: Path, call: Call
) -> None:
    run = train_merging_run(tmp_path / "out", SHORT)
    assert trained == [SHORT] and run.weights == tmp_path / "out" / "merging.safetensors"
    assert run.measured == HELD_OUT
    found = RunFolder.open(tmp_path / "out").report
    assert found.as_dict() == run.report.as_dict()
    assert found.finished and found.verb == "train merging" and found.inputs == {}
    assert facts(found) == {
        "trees": "merging.safetensors",
        "rooms": "3, 1 of them held out",
        "AP50 of masks/parts": "25.0 before merging, 62.5 after it",
        "AP50 of true": "25.0 before merging, 62.5 after it",
    }
    again = read_settings(
        TrainMergingSettings, tmp_path / "out" / "config.json", verb="train merging"
    )
    assert again == SHORT
    shown = call("info", tmp_path / "out").out
    assert "run folder" in shown and "merging.safetensors" in shown


def test_what_was_measured_is_shown(
    trained: list[MergingTrainingConfig], tmp_path: Path, call: Call
) -> None:
    outcome = call("train", "merging", "-o", tmp_path / "out", "--num-rooms", "3",
                   "--held-out", "1")  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert trained == [replace(TrainMergingSettings(), num_rooms=3, held_out=1)]
    assert "1 held-out rooms, %" in outcome.out
    rows = [line.split() for line in outcome.out.splitlines()]
    assert ["masks/parts", "own", "scores", "31.2", "62.5", "62.5"] in rows
    assert ["true", "perfect", "50.0", "100.0", "100.0"] in rows
    assert f"trees: {tmp_path / 'out' / 'merging.safetensors'}" in outcome.out


def test_a_limited_training_says_how_far_it_came(
    trained: list[MergingTrainingConfig], tmp_path: Path, call: Call
) -> None:
    words = ("train", "merging", "-o", tmp_path / "out", "--num-rooms", "3", "--held-out", "1")
    outcome = call(*words, "--max-minutes", "0.5")
    assert "stopped after 2 of 3 rooms (--max-minutes); run again to resume" in outcome.err
    assert "2, 1 of them held out" in call("info", tmp_path / "out").out
    assert "stopped" not in call(*words).err
    assert len(trained) == 2


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[MergingTrainingConfig], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    train_merging_run(out, SHORT)
    train_merging_run(out, replace(SHORT, num_workers=4, num_threads=1))
    assert [recipe.num_workers for recipe in trained] == [1, 4]
    with pytest.raises(OutputError, match="expected pair_trees = 5, got pair_trees = 2"):
        train_merging_run(out, replace(SHORT, pair_trees=5))
    assert len(trained) == 2


def test_a_failure_leaves_no_empty_folder(
    trained: list[MergingTrainingConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Path:
        raise CaptureError("out", expected="rooms to train on", got="none")

    monkeypatch.setattr("scenewright.training.tasks.merging.task.train_merging", fail)
    with pytest.raises(CaptureError):
        train_merging_run(tmp_path / "out", SHORT)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, call: Call) -> None:
    pytest.importorskip("lightgbm")
    (tmp_path / "mine.txt").write_text("mine")
    outcome = call("train", "merging", "-o", tmp_path)
    assert_plain_error(outcome, f"Cannot write {tmp_path}")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_bad_settings_are_told_before_the_work(tmp_path: Path, call: Call) -> None:
    outcome = call("train", "merging", "-o", tmp_path / "out", "--held-out", "250")
    assert_plain_error(outcome, "--held-out", "fewer than num_rooms, 250")
    assert not (tmp_path / "out").exists()


def test_without_lightgbm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(MissingExtraError, match=r"\.\[train\]"):
        train_merging_run(tmp_path / "out", SHORT)
    assert list(tmp_path.iterdir()) == []
