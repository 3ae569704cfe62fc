"""The training of the mask network from shards to weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import load_file  # noqa: E402

from scenewright.core import CaptureError  # noqa: E402
from scenewright.models.tiny.design import OFFSETS, NetworkDesign  # noqa: E402
from scenewright.models.tiny.network import AffinityPredictor, expected_shapes  # noqa: E402
from scenewright.training.tasks.masks.config import MaskTrainingConfig  # noqa: E402
from scenewright.training.tasks.masks.loss import affinity_loss, affinity_targets  # noqa: E402
from scenewright.training.tasks.masks.task import (  # noqa: E402
    WEIGHTS_NAME,
    affinity_quality,
    train_masks,
)
from tests.training.tasks.masks.shard_builders import tiny_shards  # noqa: E402


def test_quality_counts_pairs() -> None:
    ids = torch.ones((1, 8, 8), dtype=torch.int64)
    ids[..., 4:] = 2
    same, known = affinity_targets(ids)
    right = torch.where(same > 0.5, 5.0, -5.0)
    perfect = affinity_quality(right, ids)
    assert perfect == {
        "loss": pytest.approx(float(affinity_loss(right, ids))),
        "apart_found": 1.0,
        "together_found": 1.0,
        "step_apart_found": 1.0,
    }
    blind = affinity_quality(torch.full_like(right, 5.0), ids)
    assert (blind["apart_found"], blind["together_found"], blind["step_apart_found"]) == (0, 1, 0)
    half = right.clone()
    half[:, 2:] = 5.0  # the direct neighbors stay right
    num_apart = [int((known & (same < 0.5))[:, k].sum()) for k in range(len(OFFSETS))]
    found = affinity_quality(half, ids)
    assert found["step_apart_found"] == 1
    assert found["apart_found"] == pytest.approx(sum(num_apart[:2]) / sum(num_apart))


def test_too_few_shards(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(CaptureError) as caught:
        train_masks(tmp_path / "none", tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path / 'none'}: expected more than 1 shards (*.tar), got 0. Make some with: "
        "scenewright data make shards"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_training_learns_stops_and_resumes(tmp_path: Path) -> None:
    tiny_shards(tmp_path / "shards", num=2)
    out = tmp_path / "out"
    calls: list[tuple[str, int, int, str]] = []
    short = MaskTrainingConfig(steps=6, batch_size=2, validate_every=3, warmup=2)
    train_masks(tmp_path / "shards", out, config=short, progress=lambda *a: calls.append(a))
    longer = MaskTrainingConfig(steps=20, batch_size=2, validate_every=10, warmup=2)
    weights, _ = train_masks(tmp_path / "shards", out, config=longer)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [3, 6, 10, 20]
    assert lines[-1]["train_loss"] < lines[0]["train_loss"]
    assert calls[-1][:3] == ("train", 6, 6) and calls[-1][3].startswith("steps, loss ")
    assert ("prepare", 2, 2, "shards") in calls
    assert weights == out / WEIGHTS_NAME
    arrays = load_file(weights)
    assert {name: value.shape for name, value in arrays.items()} == expected_shapes(NetworkDesign())
    assert AffinityPredictor(arrays)(np.zeros((32, 32, 12), np.float32)).shape == (16, 16, 14)
