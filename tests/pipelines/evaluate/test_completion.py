"""Completed scenes against true objects."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ConventionError, Scene
from scenewright.io import save
from scenewright.pipelines.complete.settings import CompleteSettings
from scenewright.pipelines.complete.steps import complete_scene
from scenewright.pipelines.evaluate.completion import evaluate_completion
from tests.command_builders import Call
from tests.completion.completion_builders import BOX, POST, seen_scene
from tests.metrics.shapes.test_completion import box
from tests.pipelines.evaluate.evaluate_builders import true_scene


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The small room completed, and its true objects."""
    folder = tmp_path_factory.mktemp("completion")
    done = complete_scene(seen_scene(), None, CompleteSettings(background=False))
    save(done.scene, folder / "whole")
    save(true_scene(), folder / "truth.glb")
    return folder / "whole", folder / "truth.glb"


def test_objects_are_paired_by_place_and_measured(folders: tuple[Path, Path]) -> None:
    found = evaluate_completion(*folders)
    assert found.pairs == {BOX: 11, POST: 12}  # other ids in the truth
    assert found.scores[BOX].iou > 0.85 and found.scores[BOX].watertight == 1
    assert found.scores[BOX].seen_recall > 0.99
    assert found.overlap <= 0.005
    assert 0.3 < found.seen_shares[BOX] < 0.9
    table = found.tables().splitlines()
    assert table[0].startswith("2 of 2 true objects have a completed one")
    assert table[4].split()[:2] == ["all", "2"]


def test_the_command_writes_numbers(folders: tuple[Path, Path], tmp_path: Path, call: Call) -> None:
    whole, truth = folders
    shown = call("evaluate", whole, "--completion", truth, "-o", tmp_path / "numbers.json")
    assert shown.code == 0 and "IoU unseen" in shown.out
    record = json.loads((tmp_path / "numbers.json").read_text())["completion"]
    assert record["num_true"] == 2 and record["objects"][0]["true_id"] == 11
    assert record["mean"]["iou"] > 0.6


def test_nothing_in_place_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    far: Scene = true_scene()
    moved = np.eye(4)
    moved[:3, 3] = 50
    assets = {i: replace(a, world_from_asset=moved) for i, a in far.assets.items()}
    save(replace(far, assets=assets), tmp_path / "far.glb")
    with pytest.raises(ConventionError) as error:
        evaluate_completion(folders[0], tmp_path / "far.glb")
    assert str(error.value) == (
        "Objects to compare: expected boxes that overlap those of true objects, got none. "
        "Check that both are in the same frame and unit."
    )
    assert box(1, 1, 1).faces.shape == (12, 3)
