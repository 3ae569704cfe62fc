"""Training of the flow, its image encoder and its heads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import CaptureError, no_progress  # noqa: E402
from scenewright.models.generators.tiny.weights import read_codec, read_flow  # noqa: E402
from scenewright.training.loop import CURVES_NAME, LOG_NAME  # noqa: E402
from scenewright.training.tasks.generation.flow import FlowTask, train_flow  # noqa: E402
from scenewright.training.tasks.generation.shards import find_shards  # noqa: E402
from tests.training.tasks.generation.generation_builders import (  # noqa: E402
    SHORT,
    codec_file,
    shard_folder,
)


def log_of(folder: Path) -> list[dict[str, float]]:
    """The lines of a log."""
    return [json.loads(line) for line in (folder / LOG_NAME).read_text().splitlines()]


def test_an_interrupted_training_gives_the_same_weights(tmp_path: Path) -> None:
    whole = train_flow(codec_file(), tmp_path / "whole", shards=shard_folder(), config=SHORT)

    class Stop(Exception):
        """Stands for a killed run."""

    def stop(stage: str, done: int, total: int, unit: str) -> None:
        if stage == "train" and done == 3:
            raise Stop

    halves = tmp_path / "halves"
    with pytest.raises(Stop):
        train_flow(codec_file(), halves, shards=shard_folder(), config=SHORT, progress=stop)
    resumed = train_flow(codec_file(), halves, shards=shard_folder(), config=SHORT)
    first, again = log_of(tmp_path / "whole"), log_of(halves)
    assert [line["step"] for line in first] == [line["step"] for line in again] == [2, 4]
    assert again[1]["loss"] == pytest.approx(first[1]["loss"], abs=1e-5)
    assert {"iou_picture", "box_picture", "iou_depth", "box_depth"} < set(first[0])
    one, other = read_flow(whole).state_dict(), read_flow(resumed).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert (halves / CURVES_NAME).stat().st_size > 1000
    assert read_codec(whole).design == read_codec(codec_file()).design


def test_the_encoder_comes_first_and_the_flow_after_it() -> None:
    task = FlowTask(
        find_shards(shard_folder()), Path("out"), read_codec(codec_file()), config=SHORT
    )
    task.prepare(0, progress=no_progress)

    def changed(step: int) -> set[str]:
        before = {k: v.clone() for k, v in task._network.named_parameters()}
        task.learn(step)
        return {k.split(".")[0] for k, v in task._network.named_parameters()
                if not torch.equal(v, before[k])}  # fmt: skip

    for step in (0, 1):
        assert changed(step) == {"encoder", "box_head", "shape_head"}
    assert "flow" in changed(2)


def test_batches_that_are_not_finite_leave_the_weights(caplog: pytest.LogCaptureFixture) -> None:
    task = FlowTask(
        find_shards(shard_folder()), Path("out"), read_codec(codec_file()), config=SHORT
    )
    task.prepare(0, progress=no_progress)
    with torch.no_grad():
        next(iter(task._network.box_head[-1].parameters())).fill_(torch.nan)
    before = next(iter(task._network.shape_head[-1].parameters())).clone()
    assert np.isnan(task.learn(0))
    assert "skipped step 0, objects [" in caplog.text
    assert torch.equal(next(iter(task._network.shape_head[-1].parameters())), before)


def test_expected_shapes_are_principal_components() -> None:
    task = FlowTask(
        find_shards(shard_folder()), Path("out"), read_codec(codec_file()), config=SHORT
    )
    task.prepare(0, progress=no_progress)
    basis = task._network.shape_basis
    kept = basis[basis.any(1)]
    assert 1 <= len(kept) <= SHORT.components
    assert torch.allclose(kept @ kept.T, torch.eye(len(kept)), atol=1e-3)
    assert task._network.shape_mean.abs().sum() > 0


def test_empty_and_too_small_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="expected shards of generation samples"):
        train_flow(codec_file(), tmp_path / "out", shards=tmp_path, config=SHORT)
    path = find_shards(shard_folder())[0]
    (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(CaptureError, match="expected more than 1 shards, got 1"):
        train_flow(codec_file(), tmp_path / "out", shards=tmp_path, config=SHORT)
