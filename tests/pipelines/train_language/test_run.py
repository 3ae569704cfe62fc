"""``scenewright train language``: the folder of a training, resumed or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.pipelines.train_language.printer import facts, show
from scenewright.pipelines.train_language.run import train_language_run
from scenewright.pipelines.train_language.settings import TrainLanguageSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.training import RESUMABLE_WITH_WORKERS
from scenewright.training.tasks.language.config import LanguageTrainingConfig
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText

SHORT = TrainLanguageSettings(steps=2)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[LanguageTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("torch")
    recipes: list[LanguageTrainingConfig] = []

    def train(
        out: Path,
        *,
        config: LanguageTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
        worlds: Any,
    ) -> tuple[Path, int]:
        recipes.append(config)
        (out / "weights.safetensors").write_bytes(b"weights")
        return out / "weights.safetensors", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.language.task.train_language", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(LanguageTrainingConfig), fields_of(TrainLanguageSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE_WITH_WORKERS)


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[LanguageTrainingConfig], tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "out"
    run = train_language_run(out, SHORT)
    assert run.weights == out / "weights.safetensors"
    found = RunFolder.open(out).report
    assert found.finished and found.verb == "train language"
    assert facts(found) == {"weights": "weights.safetensors", "steps": "2"}
    train_language_run(out, TrainLanguageSettings(steps=9))
    assert [recipe.steps for recipe in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_language_run(out, TrainLanguageSettings(seed=1))
    assert "weights.safetensors" in call("info", out).out
    settings = TrainLanguageSettings(steps=9, max_minutes=0.5)
    arguments = (out,)
    run = train_language_run(*arguments, settings)
    text = PrintedText()
    assert show(run, settings, text) == 0
    assert text.warnings == ["stopped after 1 of 9 steps (--max-minutes); run again to resume"]
