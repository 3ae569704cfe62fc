"""Training of learned merging: from examples to files, and resumed."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenewright.core import CaptureError
from scenewright.fusion.merging.objects import FEATURES, Merger
from scenewright.io import read_json
from scenewright.models.trees import read_trees
from scenewright.training.tasks.merging import films
from scenewright.training.tasks.merging.config import MergingTrainingConfig
from scenewright.training.tasks.merging.examples import Example
from scenewright.training.tasks.merging.task import train_merging
from tests.training.tasks.merging.toy_builders import toy_example

pytest.importorskip("lightgbm")

SHORT = MergingTrainingConfig(
    first_seed=50, num_rooms=16, held_out=2, pair_trees=40, whole_trees=5, leaves=4, rounds=1,
    num_threads=1, learning_rate=0.2,
)  # fmt: skip
KINDS = ("masks/parts", "true")


@pytest.fixture
def filmed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rooms that take no time; the seeds that were filmed."""
    seeds: list[int] = []

    def make_examples(seed: int) -> dict[str, Example]:
        seeds.append(seed)
        if seed == 52:  # no space for the camera
            return {}
        return {kind: toy_example(10 * seed + i) for i, kind in enumerate(KINDS)}

    monkeypatch.setattr(films, "make_examples", make_examples)
    return seeds


def values_of(path: Path) -> list[list[float]]:
    """All numbers of the trees of a file."""
    trees = read_trees(path, features=FEATURES)
    return [getattr(one, key.name).tolist() for one in trees.values() for key in fields(one)]


def test_files_and_figures(filmed: list[int], tmp_path: Path) -> None:
    steps: list[tuple[Any, ...]] = []
    path = train_merging(tmp_path, config=SHORT, progress=lambda *step: steps.append(step))
    assert filmed == [64, 65, *range(50, 64)]
    assert path == tmp_path / "merging.safetensors"
    trees = read_trees(path, features=FEATURES)
    assert len(trees["pair"].roots) == 40
    found = Merger(f"file:{path}")(toy_example(999).graph)
    assert found.object_of.max() == 2
    measured = read_json(tmp_path / "measured.json")
    assert measured["num_examples"] == 26  # 13 of the first 14 rooms, two kinds of masks
    assert measured["config"]["pair_trees"] == 40
    assert list(measured["held_out"]) == list(KINDS)
    ways = measured["held_out"]["masks/parts"]
    assert list(ways) == ["before", "after", "own scores", "perfect"]
    assert set(ways["after"]) == {"AP", "AP50", "AP25"}
    assert ways["perfect"]["AP50"] == 1 and ways["before"]["AP50"] < ways["after"]["AP50"]
    assert steps[0] == ("film", 0, 16, "rooms") and ("film", 16, 16, "rooms") in steps
    assert steps[-2:] == [("fit", 0, 1, "trees"), ("fit", 1, 1, "trees")]


def test_rooms_are_filmed_once(filmed: list[int], tmp_path: Path) -> None:
    first = values_of(train_merging(tmp_path, config=SHORT))
    (tmp_path / "examples" / "53.json").unlink()  # as if it had been interrupted there
    again = values_of(train_merging(tmp_path, config=SHORT))
    assert filmed == [64, 65, *range(50, 64), 53]
    assert again == first
    other = values_of(train_merging(tmp_path, config=replace(SHORT, pair_trees=3)))
    assert filmed == [64, 65, *range(50, 64), 53] and other != first


def test_a_time_limit_stops_the_filming_and_fits_what_is_there(
    filmed: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CaptureError, match=r"after 1 of 16 rooms.*Run again"):
        train_merging(tmp_path, config=SHORT, max_minutes=0)
    assert filmed == [64]
    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: 60.0 * next(clock))
    train_merging(tmp_path, config=SHORT, max_minutes=6)
    assert filmed == [64, 65, *range(50, 55)]
    measured = read_json(tmp_path / "measured.json")
    assert (measured["num_rooms"], measured["num_examples"]) == (7, 8)  # 52 has none
    assert list(measured["held_out"]) == list(KINDS)
    train_merging(tmp_path, config=SHORT)
    assert filmed == [64, 65, *range(50, 64)]


def test_no_room_to_train_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(films, "make_examples", lambda seed: {})
    with pytest.raises(CaptureError) as caught:
        train_merging(tmp_path, config=SHORT)
    assert str(caught.value).startswith(f"{tmp_path}: expected rooms to train on, got none")
    assert not (tmp_path / "merging.safetensors").exists()


@pytest.mark.slow
def test_two_rooms_in_two_processes(tmp_path: Path) -> None:
    config = replace(SHORT, first_seed=4_000_000, num_rooms=2, held_out=1, num_workers=2)
    path = train_merging(tmp_path, config=config)
    measured = read_json(tmp_path / "measured.json")["held_out"]["masks/parts"]
    assert all(0 <= figure <= 1 for way in measured.values() for figure in way.values())
    assert measured["perfect"]["AP25"] > measured["before"]["AP25"]
    before = {one: one.stat().st_mtime_ns for one in (tmp_path / "examples").iterdir()}
    first = values_of(path)
    assert values_of(train_merging(tmp_path, config=replace(config, num_workers=1))) == first
    assert {one: one.stat().st_mtime_ns for one in (tmp_path / "examples").iterdir()} == before
    trees = read_trees(path, features=FEATURES)
    assert all(np.isfinite(one.value).all() for one in trees.values())
