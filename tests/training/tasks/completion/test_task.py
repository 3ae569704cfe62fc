"""Training of complete/tiny: it learns boxes, resumes, and refuses what it cannot use."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from scenewright.core import CaptureError  # noqa: E402
from scenewright.models.generators.tiny.shape_network import read_shape_network  # noqa: E402
from scenewright.training.tasks.completion.config import CompletionTrainingConfig  # noqa: E402
from scenewright.training.tasks.completion.task import (  # noqa: E402
    shape_loss,
    train_completion,
    turned,
)
from tests.models.generators.tiny.tiny_builders import small_weights  # noqa: E402
from tests.training.tasks.completion.completion_builders import make_boxes  # noqa: E402

SHORT = CompletionTrainingConfig(
    steps=4, batch_size=4, layers=1, held_out=1, validate_every=2, warmup=1
)


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shards."""
    return make_boxes(tmp_path / "boxes", monkeypatch)


@pytest.mark.slow
def test_boxes_are_learned(boxes: Path, tmp_path: Path) -> None:
    config = CompletionTrainingConfig(
        steps=60, batch_size=8, layers=1, held_out=1, validate_every=30, warmup=5, average=0.9
    )
    _, steps = train_completion(tmp_path / "out", scans=boxes, config=config)
    lines = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").open()]
    assert steps == 60 and len(lines) == 2
    assert lines[-1]["train_loss"] < 0.7 * lines[0]["train_loss"]
    assert lines[-1]["hidden_iou_few"] > 0.5
    assert (tmp_path / "out" / "curves.png").exists()


def test_a_resumed_run_gives_the_same_weights(boxes: Path, tmp_path: Path) -> None:
    whole, _ = train_completion(tmp_path / "whole", scans=boxes, config=SHORT)
    train_completion(tmp_path / "halves", scans=boxes, config=SHORT, max_minutes=0)
    resumed, steps = train_completion(tmp_path / "halves", scans=boxes, config=SHORT)
    assert steps == 4
    first, second = load_file(whole), load_file(resumed)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert read_shape_network(resumed).design.layers == 1


def test_convolutions_of_an_encoder_are_taken_over(boxes: Path, tmp_path: Path) -> None:
    start = small_weights(tmp_path / "encoder.safetensors")
    config = CompletionTrainingConfig(
        steps=1, batch_size=2, layers=1, held_out=1, warmup=1, learning_rate=1e-9
    )
    weights, _ = train_completion(tmp_path / "out", scans=boxes, start=start, config=config)
    before, after = load_file(start), load_file(weights)
    name = "decoder.last.2.weight"
    assert torch.allclose(before[f"encoder/{name}"].float(), after[name].float(), atol=1e-3)


def test_the_loss_asks_for_what_is_unknown() -> None:
    truth = torch.zeros(1, 4, 4, 4)
    truth[:, :2] = 1
    occupied, free = truth * 0, truth * 0
    occupied[:, 0], free[:, 3] = 1, 1
    good = 20 * truth - 10
    wrong_where_known = good.clone()
    wrong_where_known[:, 0], wrong_where_known[:, 3] = -10, 10
    losses = [
        float(shape_loss(one, occupied, free, truth, voxel_weight=1.0))
        for one in (good, wrong_where_known, -good)
    ]
    assert losses[0] == pytest.approx(losses[1]) and losses[0] < 0.05 < 1 < losses[2]


def test_turned_grids_stay_together() -> None:
    rng = np.random.default_rng(0)
    grids = rng.random((3, 16, 4, 4, 4)) < 0.3
    grids[2] = grids[0] | grids[1]
    moved = turned(grids, np.random.default_rng(1)).numpy()
    assert np.array_equal(moved[2], moved[0] | moved[1])
    assert np.array_equal(moved.sum((2, 3)), grids.sum((2, 3)))  # Heights stay.
    assert not np.array_equal(moved, grids)


def test_too_few_shards_are_refused(boxes: Path, tmp_path: Path) -> None:
    config = CompletionTrainingConfig(held_out=3)
    with pytest.raises(CaptureError, match="expected more than 3 shards, got 3"):
        train_completion(tmp_path / "out", scans=boxes, config=config)
