"""``scenewright train completion``: the folder of a training, resumed or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.pipelines.train_completion.printer import facts, show
from scenewright.pipelines.train_completion.run import train_completion_run
from scenewright.pipelines.train_completion.settings import TrainCompletionSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.training import RESUMABLE_WITH_WORKERS
from scenewright.training.tasks.completion.config import CompletionTrainingConfig
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText

SHORT = TrainCompletionSettings(steps=2)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[CompletionTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("torch")
    recipes: list[CompletionTrainingConfig] = []

    def train(
        out: Path,
        *,
        config: CompletionTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
        scans: Any,
        start: Any,
    ) -> tuple[Path, int]:
        recipes.append(config)
        (out / "weights.safetensors").write_bytes(b"weights")
        return out / "weights.safetensors", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.completion.task.train_completion", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(CompletionTrainingConfig), fields_of(TrainCompletionSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE_WITH_WORKERS)


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[CompletionTrainingConfig], tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "out"
    run = train_completion_run(out, SHORT)
    assert run.weights == out / "weights.safetensors"
    found = RunFolder.open(out).report
    assert found.finished and found.verb == "train completion"
    assert facts(found) == {"weights": "weights.safetensors", "steps": "2"}
    train_completion_run(out, TrainCompletionSettings(steps=9))
    assert [recipe.steps for recipe in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_completion_run(out, TrainCompletionSettings(seed=1))
    assert "weights.safetensors" in call("info", out).out
    settings = TrainCompletionSettings(steps=9, max_minutes=0.5)
    arguments = (out,)
    run = train_completion_run(*arguments, settings)
    text = PrintedText()
    assert show(run, settings, text) == 0
    assert text.warnings == ["stopped after 1 of 9 steps (--max-minutes); run again to resume"]
