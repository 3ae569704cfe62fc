"""Training of the flow behind an encoder that stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import CaptureError, no_progress  # noqa: E402
from scenewright.models.generators.tiny.weights import (  # noqa: E402
    read_codec,
    read_encoder,
    read_flow,
)
from scenewright.training.loop import CURVES_NAME, LOG_NAME  # noqa: E402
from scenewright.training.tasks.generation.flow import FlowTask, train_flow  # noqa: E402
from scenewright.training.tasks.generation.shards import find_shards  # noqa: E402
from tests.training.tasks.generation.generation_builders import (  # noqa: E402
    SHORT,
    networks_file,
    shard_folder,
)


def log_of(folder: Path) -> list[dict[str, float]]:
    """The lines of a log."""
    return [json.loads(line) for line in (folder / LOG_NAME).read_text().splitlines()]


def test_an_interrupted_training_gives_the_same_weights(tmp_path: Path) -> None:
    whole, _ = train_flow(
        networks_file(), networks_file(), tmp_path / "whole", shards=shard_folder(), config=SHORT
    )

    class Stop(Exception):
        """Stands for a killed run."""

    def stop(stage: str, done: int, total: int, unit: str) -> None:
        if stage == "train" and done == 3:
            raise Stop

    halves = tmp_path / "halves"
    with pytest.raises(Stop):
        train_flow(
            networks_file(),
            networks_file(),
            halves,
            shards=shard_folder(),
            config=SHORT,
            progress=stop,
        )
    resumed, _ = train_flow(
        networks_file(), networks_file(), halves, shards=shard_folder(), config=SHORT
    )
    first, again = log_of(tmp_path / "whole"), log_of(halves)
    assert [line["step"] for line in first] == [line["step"] for line in again] == [2, 4]
    assert again[1]["loss"] == pytest.approx(first[1]["loss"], abs=1e-5)
    assert {"iou_t1.00", "iou_t0.25"} < set(first[0])
    one, other = read_flow(whole).state_dict(), read_flow(resumed).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert (halves / CURVES_NAME).stat().st_size > 1000
    assert read_codec(whole).design == read_codec(networks_file()).design
    assert read_encoder(whole).design == read_encoder(networks_file()).design


def small_task() -> FlowTask:
    """The flow before its first step."""
    path = networks_file()
    task = FlowTask(
        find_shards(shard_folder()), Path("out"), read_codec(path), read_encoder(path),
        config=SHORT,
    )  # fmt: skip
    task.prepare(0, progress=no_progress)
    return task


def test_collisions_have_gradients() -> None:
    path, gradients = networks_file(), []
    for weight in (0.0, 100.0):
        task = FlowTask(
            find_shards(shard_folder()), Path("out"), read_codec(path), read_encoder(path),
            config=replace(SHORT, scenes=3, collision_weight=weight),
        )  # fmt: skip
        task.prepare(0, progress=no_progress)
        # Only early times count, which the first step need not draw.
        assert np.isfinite([task.learn(step) for step in range(4)]).all()
        gradient = task._trained.network.flow.out_layer.weight.grad
        assert gradient is not None
        gradients.append(gradient.clone())
    assert not torch.allclose(*gradients)


def test_only_the_flow_changes() -> None:
    task = small_task()
    encoder = {k: v.clone() for k, v in task._encoder.state_dict().items()}
    before = {k: v.clone() for k, v in task._trained.network.named_parameters()}
    for step in range(3):
        assert np.isfinite(task.learn(step))
    assert all(torch.equal(v, encoder[k]) for k, v in task._encoder.state_dict().items())
    changed = {
        k for k, v in task._trained.network.named_parameters() if not torch.equal(v, before[k])
    }
    assert len(changed) > 0.9 * len(before)


def test_batches_that_are_not_finite_leave_the_weights(caplog: pytest.LogCaptureFixture) -> None:
    task = small_task()
    with torch.no_grad():
        task._trained.network.slot_emb.fill_(torch.nan)
    before = task._trained.network.flow.out_layer.weight.clone()
    assert np.isnan(task.learn(0))
    assert "skipped step 0, objects [" in caplog.text
    assert torch.equal(task._trained.network.flow.out_layer.weight, before)


def test_empty_and_too_small_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="expected shards of generation samples"):
        train_flow(
            networks_file(), networks_file(), tmp_path / "out", shards=tmp_path, config=SHORT
        )
    path = find_shards(shard_folder())[0]
    (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(CaptureError, match="expected more than 1 shards, got 1"):
        train_flow(
            networks_file(), networks_file(), tmp_path / "out", shards=tmp_path, config=SHORT
        )
