"""``scenewright train sceneflow``: the folder of a training, resumed or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scenewright.core import OutputError
from scenewright.pipelines.train_sceneflow.printer import facts, show
from scenewright.pipelines.train_sceneflow.run import train_sceneflow_run
from scenewright.pipelines.train_sceneflow.settings import TrainSceneflowSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import RunFolder
from scenewright.runs.training import RESUMABLE
from scenewright.training.tasks.sceneflow.config import SceneFlowTrainingConfig
from tests.command_builders import Call
from tests.runs.printer_builders import PrintedText

OTHERS = (
    "max_minutes", "encoder_weights", "geometry_weights", "base_weights", "structure_weights",
    "allow_pickles",
)  # fmt: skip
SHORT = TrainSceneflowSettings(steps=2, encoder_weights="file:dino")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, SceneFlowTrainingConfig]]:
    """Trainings that take no time; the places and recipes that they were called with."""
    pytest.importorskip("torch")
    calls: list[tuple[Any, SceneFlowTrainingConfig]] = []

    def train(
        places: Any,
        data: Path,
        out: Path,
        *,
        config: SceneFlowTrainingConfig,
        max_minutes: float | None,
        progress: Callable[..., Any],
    ) -> tuple[Path, int]:
        calls.append((places, config))
        (out / "package").mkdir(exist_ok=True)
        return out / "package", config.steps if max_minutes is None else 1

    monkeypatch.setattr("scenewright.training.tasks.sceneflow.task.train_sceneflow", train)
    return calls


def test_the_settings_are_the_recipe() -> None:
    recipe, settings = fields_of(SceneFlowTrainingConfig), fields_of(TrainSceneflowSettings)
    assert [(one.name, one.default) for one in recipe] == [
        (one.name, one.default) for one in settings if one.name not in OTHERS
    ]
    assert {one.name for one in settings} > set(RESUMABLE)


def test_the_same_recipe_goes_on_and_another_is_refused(
    trained: list[tuple[Any, SceneFlowTrainingConfig]], tmp_path: Path, call: Call
) -> None:
    out = tmp_path / "out"
    run = train_sceneflow_run("file:SceneGen", tmp_path, out, replace(SHORT, allow_pickles=True))
    assert run.package == out / "package" and run.is_main
    places = trained[0][0]
    assert (places.package, places.encoder, places.geometry) == ("file:SceneGen", "file:dino", None)
    assert places.allow_pickles
    found = RunFolder.open(out).report
    assert found.finished and found.verb == "train sceneflow"
    assert facts(found) == {"package": "package", "steps": "2"}
    arguments = ("file:SceneGen", tmp_path, out)
    train_sceneflow_run(*arguments, replace(SHORT, steps=9))
    assert [config.steps for _, config in trained] == [2, 9]
    with pytest.raises(OutputError, match="expected seed = 1, got seed = 0"):
        train_sceneflow_run(*arguments, replace(SHORT, seed=1))
    with pytest.raises(OutputError, match="weights = file:Other"):
        train_sceneflow_run("file:Other", tmp_path, out, SHORT)
    assert "package" in call("info", out).out


def test_what_is_shown(trained: list[tuple[Any, SceneFlowTrainingConfig]], tmp_path: Path) -> None:
    settings = TrainSceneflowSettings(steps=9, max_minutes=0.5, recipe="iscene")
    run = train_sceneflow_run("file:IScene", tmp_path, tmp_path / "out", settings)
    text = PrintedText()
    assert show(run, settings, text) == 0
    assert any("--model sceneflow/iscene --weights file:" in line for line in text.lines)
    assert text.warnings == ["stopped after 1 of 9 steps (--max-minutes); run again to resume"]
