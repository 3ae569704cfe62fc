"""``scenewright train lora``: the folder of a training, resumed or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.pipelines.train_lora.printer import facts, show
from scenewright.pipelines.train_lora.run import train_lora_run
from scenewright.pipelines.train_lora.settings import TrainLoraSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.training import RESUMABLE
from scenewright.training.tasks.language.causal_config import CausalTrainingConfig
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[CausalTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("transformers")
    recipes: list[CausalTrainingConfig] = []

    def train(
        base: str,
        out: Path,
        *,
        config: CausalTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
        worlds: Any,
    ) -> tuple[Path, int]:
        recipes.append(config)
        (out / "weights").write_bytes(b"weights")
        return out / "weights", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.language.causal.train_causal_language", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(CausalTrainingConfig), fields_of(TrainLoraSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE)


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[CausalTrainingConfig], tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "out"
    run = train_lora_run("file:base", out, TrainLoraSettings(steps=2))
    assert run.weights == out / "weights"
    found = RunFolder.open(out).report
    assert found.finished and found.verb == "train lora"
    assert facts(found) == {"weights": "weights", "steps": "2"}
    train_lora_run("file:base", out, TrainLoraSettings(steps=9))
    assert [recipe.steps for recipe in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_lora_run("file:base", out, TrainLoraSettings(seed=1))
    assert "weights" in call("info", out).out
    settings = TrainLoraSettings(steps=9, max_minutes=0.5)
    run = train_lora_run("file:base", out, settings)
    text = PrintedText()
    assert show(run, settings, text) == 0
    assert text.warnings == ["stopped after 1 of 9 steps (--max-minutes); run again to resume"]
