"""``scenewright train masks``: the folder of a training, resumed or refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import CaptureError, MissingExtraError, OutputError
from scenewright.pipelines.train_masks.printer import facts, show
from scenewright.pipelines.train_masks.run import train_masks_run
from scenewright.pipelines.train_masks.settings import TrainMasksSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.settings_files import read_settings
from scenewright.runs.training import RESUMABLE
from scenewright.training.tasks.masks.config import MaskTrainingConfig
from tests.command_builders import Call, assert_plain_error
from tests.runs.printer_builders import PrintedText
from tests.training.tasks.masks.shard_builders import tiny_shards

SHORT = TrainMasksSettings(steps=2, batch_size=1, validate_every=1, warmup=1, num_threads=1)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[MaskTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("torch")
    recipes: list[MaskTrainingConfig] = []

    def train(
        shards: Path,
        out: Path,
        *,
        config: MaskTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
    ) -> tuple[Path, int]:
        recipes.append(config)
        (out / "weights.safetensors").write_bytes(b"weights")
        return out / "weights.safetensors", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.masks.task.train_masks", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(MaskTrainingConfig), fields_of(TrainMasksSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE)


def test_the_folder_says_how_it_was_made(
    trained: list[MaskTrainingConfig], tmp_path: Path, call: Call
) -> None:
    run = train_masks_run(tmp_path / "shards", tmp_path / "out", SHORT)
    assert trained == [SHORT] and run.weights == tmp_path / "out" / "weights.safetensors"
    found = RunFolder.open(tmp_path / "out").report
    assert found.as_dict() == run.report.as_dict()
    assert found.finished and found.verb == "train masks"
    assert found.inputs == {"shards": str((tmp_path / "shards").resolve())}
    assert facts(found) == {"weights": "weights.safetensors", "steps": "2"}
    again = read_settings(TrainMasksSettings, tmp_path / "out" / "config.json", verb="train masks")
    assert again == SHORT
    shown = call("info", tmp_path / "out").out
    assert "run folder" in shown and "weights.safetensors" in shown


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[MaskTrainingConfig], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    train_masks_run(tmp_path, out, SHORT)
    train_masks_run(tmp_path, out, TrainMasksSettings(steps=9, batch_size=1, warmup=1))
    assert [recipe.steps for recipe in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected batch_size = 2, got batch_size = 1"):
        train_masks_run(tmp_path, out, TrainMasksSettings(batch_size=2, warmup=1))
    with pytest.raises(OutputError, match="expected shards = "):
        train_masks_run(tmp_path / "other", out, SHORT)
    assert len(trained) == 2


def test_too_few_shards_leave_nothing(tmp_path: Path, call: Call) -> None:
    pytest.importorskip("torch")
    (tmp_path / "shards").mkdir()
    with pytest.raises(CaptureError, match="expected more than 1 shards"):
        train_masks_run(tmp_path / "shards", tmp_path / "out", SHORT)
    outcome = call("train", "masks", tmp_path / "shards", "-o", tmp_path / "out")
    assert_plain_error(outcome, "more than 1 shards", "scenewright data make shards")
    assert [path.name for path in tmp_path.iterdir()] == ["shards"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, call: Call) -> None:
    pytest.importorskip("torch")
    (tmp_path / "mine.txt").write_text("mine")
    outcome = call("train", "masks", tmp_path / "shards", "-o", tmp_path)
    assert_plain_error(outcome, f"Cannot write {tmp_path}")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"\.\[train\]"):
        train_masks_run(tmp_path, tmp_path / "out", SHORT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_short_training(tmp_path: Path, call: Call) -> None:
    pytest.importorskip("torch")
    tiny_shards(tmp_path / "shards", num=2)
    words = ("--steps", "2", "--batch-size", "1", "--validate-every", "1", "--warmup", "1")
    outcome = call("train", "masks", tmp_path / "shards", "-o", tmp_path / "out", *words)
    assert outcome.code == 0, outcome.err
    weights = next((tmp_path / "out").glob("masks-*.safetensors"))
    assert f"weights: {weights}" in outcome.out
    check = call("models", "check", "masks/tiny-rgbd", "--weights", f"file:{weights}")
    assert check.code == 0, check.err


def test_a_time_limit_is_told(trained: list[MaskTrainingConfig], tmp_path: Path) -> None:
    settings = replace(SHORT, max_minutes=0.5)
    run = train_masks_run(tmp_path / "shards", tmp_path / "out", settings)
    out = PrintedText()
    assert show(run, settings, out) == 0
    assert out.warnings == ["stopped after 1 of 2 steps (--max-minutes); run again to resume"]
    assert facts(run.report)["steps"] == "1"
