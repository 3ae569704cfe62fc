"""``scenewright train vae``: the folder of a training, resumed or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.pipelines.train_vae.printer import facts, show
from scenewright.pipelines.train_vae.run import train_vae_run
from scenewright.pipelines.train_vae.settings import TrainVaeSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.training import RESUMABLE
from scenewright.training.tasks.generation.config import VaeTrainingConfig
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText

SHORT = TrainVaeSettings(steps=2)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[VaeTrainingConfig]:
    """Trainings that take no time; the recipes that they were called with."""
    pytest.importorskip("torch")
    recipes: list[VaeTrainingConfig] = []

    def train(
        out: Path,
        *,
        config: VaeTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
    ) -> tuple[Path, int]:
        recipes.append(config)
        (out / "weights.safetensors").write_bytes(b"weights")
        return out / "weights.safetensors", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.generation.vae.train_vae", train)
    return recipes


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(VaeTrainingConfig), fields_of(TrainVaeSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name != "max_minutes"
    ]
    assert {one.name for one in settings} > set(RESUMABLE)


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[VaeTrainingConfig], tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "out"
    run = train_vae_run(out, SHORT)
    assert run.weights == out / "weights.safetensors"
    found = RunFolder.open(out).report
    assert found.finished and found.verb == "train vae"
    assert facts(found) == {"weights": "weights.safetensors", "steps": "2"}
    train_vae_run(out, TrainVaeSettings(steps=9))
    assert [recipe.steps for recipe in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_vae_run(out, TrainVaeSettings(seed=1))
    assert "weights.safetensors" in call("info", out).out
    settings = TrainVaeSettings(method="network", steps=9, max_minutes=0.5)
    run = train_vae_run(tmp_path / "limited", settings)
    text = PrintedText()
    assert show(run, settings, text) == 0
    assert text.warnings == ["stopped after 1 of 9 steps (--max-minutes); run again to resume"]
