"""Training of ``names/tiny``, for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.models.tiny.names import TinyNames
from scenewright.models.tiny.object_features import NUM_FEATURES
from scenewright.training.tasks.names import task
from scenewright.training.tasks.names.task import LABELS, train_names


def fake(seeds: range) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Features that give the label away."""
    rng = np.random.default_rng(seeds.start)
    for number, label in enumerate(LABELS):
        values = rng.normal(0, 0.1, NUM_FEATURES).astype(np.float32)
        values[number] += 3
        yield label, values


def test_a_trained_file_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task, "examples", fake)
    steps: set[str] = set()
    done = train_names(
        tmp_path / "names.safetensors", num_seeds=20, num_epochs=25,
        progress=lambda step, *_: steps.add(step),
    )  # fmt: skip
    assert done.accuracy > 0.9 and done.num_examples == 18 * len(LABELS)
    assert steps == {"make objects", "train"}
    namer = TinyNames(f"file:{done.weights}")
    assert namer.words == LABELS
    label, values = next(iter(fake(range(99, 100))))
    assert namer.words[int(namer._named(values).argmax())] == label
