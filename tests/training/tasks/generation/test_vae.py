"""Training of the codec of grids."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import ConventionError, no_progress  # noqa: E402
from scenewright.models.generators.tiny.weights import read_codec  # noqa: E402
from scenewright.training.loop import LOG_NAME  # noqa: E402
from scenewright.training.tasks.generation.config import VaeTrainingConfig  # noqa: E402
from scenewright.training.tasks.generation.grids import make_grid  # noqa: E402
from scenewright.training.tasks.generation.vae import (  # noqa: E402
    VaeTask,
    train_vae,
    turned,
    volume_ious,
)

BLOCKS = VaeTrainingConfig(grids=24, held_out=8)
NETWORK = replace(
    BLOCKS, method="network", steps=4, batch_size=2, latent_channels=4, width=8, validate_every=2,
    warmup=1, bfloat16=False,
)  # fmt: skip


def losses(folder: Path) -> list[float]:
    """Losses of a log."""
    lines = (folder / LOG_NAME).read_text().splitlines()
    return [json.loads(line)["train_loss"] for line in lines]


def test_principal_components_keep_shapes(tmp_path: Path) -> None:
    few, steps = train_vae(tmp_path / "few", config=replace(BLOCKS, latent_channels=4))
    many, _ = train_vae(tmp_path / "many", config=replace(BLOCKS, latent_channels=32))
    grids = np.stack([make_grid(seed) for seed in range(1_000_100, 1_000_106)])
    assert steps == 0
    low, high = (volume_ious(read_codec(path), grids).mean() for path in (few, many))
    assert high > 0.95 and low < high - 0.1
    logged = json.loads((tmp_path / "many" / LOG_NAME).read_text())
    assert logged["iou"] > 0.95 and logged["iou_p5"] <= logged["iou"]


def test_an_interrupted_training_gives_the_same_weights(tmp_path: Path) -> None:
    whole, _ = train_vae(tmp_path / "whole", config=NETWORK)
    # The schedule depends on the number of steps, so the first half is cut off, not configured.
    halves = tmp_path / "halves"

    class Stop(Exception):
        """Stands for a killed run."""

    def stop(stage: str, done: int, total: int, unit: str) -> None:
        if stage == "train" and done == 3:
            raise Stop

    with pytest.raises(Stop):
        train_vae(halves, config=NETWORK, progress=stop)
    resumed, _ = train_vae(halves, config=NETWORK)
    limited = tmp_path / "limited"
    assert train_vae(limited, config=NETWORK, max_minutes=0)[1] == 1
    assert len(losses(limited)) == 1 and (limited / "checkpoint.safetensors").is_file()
    assert losses(halves) == pytest.approx(losses(tmp_path / "whole"), abs=1e-5)
    one, other = read_codec(whole).state_dict(), read_codec(resumed).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_batches_that_are_not_finite_are_skipped_and_ten_stop_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = VaeTask(tmp_path, config=NETWORK)
    task.prepare(0, progress=no_progress)
    before = {k: v.clone() for k, v in task.networks["network"].state_dict().items()}
    with torch.no_grad():
        next(iter(task._network.decoder.out_layer[2].parameters())).fill_(torch.nan)
    assert np.isnan(task.learn(0))
    assert "skipped step 0, grids [" in caplog.text and "(1 skipped)" in caplog.text
    now = task.networks["network"].state_dict()
    assert all(
        torch.equal(now[k], v) for k, v in before.items() if "decoder.out_layer.2.weight" not in k
    )
    for step in range(1, 9):
        task.learn(step)
    with pytest.raises(ConventionError, match="expected fewer than 10 batches whose loss is not"):
        task.learn(9)


def test_turned_grids_keep_their_volume() -> None:
    grids = np.random.default_rng(0).uniform(size=(4, 32, 32, 32)) > 0.7
    result = turned(grids, np.random.default_rng(1))
    assert result.dtype == np.float32 and np.array_equal(
        result.sum((1, 2, 3)), grids.sum((1, 2, 3))
    )
    assert np.array_equal(result.sum((1, 2)), grids.sum((1, 2))), "z stays z"
