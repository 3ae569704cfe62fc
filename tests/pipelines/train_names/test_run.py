"""``scenewright train names``: the folder of a training, resumed or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.pipelines.train_names.printer import facts, show
from scenewright.pipelines.train_names.run import train_names_run
from scenewright.pipelines.train_names.settings import TrainNamesSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.training import RESUMABLE
from scenewright.training.tasks.names.config import NamesTrainingConfig
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[NamesTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("torch")
    recipes: list[NamesTrainingConfig] = []

    def train(
        out: Path,
        *,
        config: NamesTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
    ) -> tuple[Path, int]:
        recipes.append(config)
        (out / "weights").write_bytes(b"weights")
        return out / "weights", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.names.task.train_names", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(NamesTrainingConfig), fields_of(TrainNamesSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE)


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[NamesTrainingConfig], tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "out"
    run = train_names_run(out, TrainNamesSettings(steps=2))
    assert run.weights == out / "weights"
    found = RunFolder.open(out).report
    assert found.finished and found.verb == "train names"
    assert facts(found) == {"weights": "weights", "steps": "2"}
    train_names_run(out, TrainNamesSettings(steps=9))
    assert [recipe.steps for recipe in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_names_run(out, TrainNamesSettings(seed=1))
    assert "weights" in call("info", out).out
    settings = TrainNamesSettings(steps=9, max_minutes=0.5)
    run = train_names_run(out, settings)
    text = PrintedText()
    assert show(run, settings, text) == 0
    assert text.warnings == ["stopped after 1 of 9 steps (--max-minutes); run again to resume"]
