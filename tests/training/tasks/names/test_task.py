"""Training of ``names/tiny``, for a moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError, FormatError
from scenewright.models.tiny.names import TinyNames
from scenewright.models.tiny.object_features import NUM_FEATURES
from scenewright.training.tasks.names import task
from scenewright.training.tasks.names.config import NamesTrainingConfig
from scenewright.training.tasks.names.task import LABELS, train_names

CONFIG = NamesTrainingConfig(steps=150, batch=64, seeds=20, warmup=10, validate_every=75)


def fake(seeds: range, *, variants: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Features that give the label away."""
    rng = np.random.default_rng(seeds.start)
    for number, label in enumerate(LABELS):
        values = rng.normal(0, 0.1, NUM_FEATURES).astype(np.float32)
        values[number] += 3
        yield label, values


@pytest.fixture(autouse=True)
def no_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "examples", fake)


def test_a_trained_file_can_be_used(tmp_path: Path) -> None:
    seen: set[str] = set()
    weights, steps = train_names(
        tmp_path, config=CONFIG, progress=lambda stage, *_: seen.add(stage)
    )
    assert steps == 150 and seen == {"make objects", "train"}
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert log[-1]["right"] > 90 and 0.3 <= log[-1]["temperature"] <= 3
    namer = TinyNames(f"file:{weights}")
    assert namer.words == LABELS
    label, values = next(iter(fake(range(99, 100), variants=1)))
    assert namer.words[int(namer._named(namer._described(values)).argmax())] == label


def test_training_resumes(tmp_path: Path) -> None:
    short = replace(CONFIG, steps=4, validate_every=2)
    whole, _ = train_names(tmp_path / "whole", config=short)
    _, steps = train_names(tmp_path / "parts", config=short, max_minutes=1e-9)
    assert steps == 1
    parts, steps = train_names(tmp_path / "parts", config=short)
    assert steps == 4 and parts.read_bytes() == whole.read_bytes()
    with pytest.raises(FormatError, match="20 seeds in 2 variants"):
        train_names(tmp_path / "parts", config=replace(short, variants=2, steps=5))


def test_configurations_that_cannot_be() -> None:
    with pytest.raises(ConventionError, match="seeds"):
        NamesTrainingConfig(seeds=9)
    with pytest.raises(ConventionError, match="batch"):
        NamesTrainingConfig(batch=0)
