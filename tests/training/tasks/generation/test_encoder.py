"""Training of the image encoder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import CaptureError, ConventionError, WeightsError, no_progress  # noqa: E402
from scenewright.models.generators.tiny.weights import read_encoder  # noqa: E402
from scenewright.training.loop import LOG_NAME  # noqa: E402
from scenewright.training.tasks.generation.encoder import (  # noqa: E402
    EncoderTask,
    shape_overlap,
    train_encoder,
)
from scenewright.training.tasks.generation.samples import FlowSamples  # noqa: E402
from scenewright.training.tasks.generation.shards import find_shards  # noqa: E402
from tests.training.tasks.generation.generation_builders import (  # noqa: E402
    SHORT_ENCODER,
    shard_folder,
)


@pytest.fixture(scope="module")
def samples() -> FlowSamples:
    """The objects of two shards."""
    return FlowSamples(find_shards(shard_folder()))


def small_task() -> EncoderTask:
    """The encoder before its first step."""
    task = EncoderTask(find_shards(shard_folder()), Path("out"), config=SHORT_ENCODER)
    task.prepare(0, progress=no_progress)
    return task


def test_an_interrupted_training_gives_the_same_weights(tmp_path: Path) -> None:
    whole, _ = train_encoder(tmp_path / "whole", shards=shard_folder(), config=SHORT_ENCODER)

    class Stop(Exception):
        """Stands for a killed run."""

    def stop(stage: str, done: int, total: int, unit: str) -> None:
        if stage == "train" and done == 3:
            raise Stop

    halves = tmp_path / "halves"
    with pytest.raises(Stop):
        train_encoder(halves, shards=shard_folder(), config=SHORT_ENCODER, progress=stop)
    resumed, _ = train_encoder(halves, shards=shard_folder(), config=SHORT_ENCODER)
    lines = [json.loads(line) for line in (halves / LOG_NAME).read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    kinds = ("iou", "canonical", "heading", "box")
    expected = {f"{kind}_{given}" for kind in kinds for given in ("picture", "depth")}
    assert expected | {"iou_scan"} < set(lines[0])
    one, other = read_encoder(whole).state_dict(), read_encoder(resumed).state_dict()
    assert all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_few_steps_lower_the_loss() -> None:
    task = small_task()
    losses = [task.learn(0 if step == 0 else 1) for step in range(12)]
    assert losses[-1] < 0.9 * losses[1]


def test_collisions_have_gradients_for_shapes_and_boxes() -> None:
    gradients = []
    for weight in (0.0, 100.0):
        config = replace(SHORT_ENCODER, collision_weight=weight, drop_points=1.0, give_scan=0.0)
        task = EncoderTask(find_shards(shard_folder()), Path("out"), config=config)
        task.prepare(0, progress=no_progress)
        with torch.no_grad():  # Full cubes, which overlap.
            task._trained.network.decoder.last[-1].bias.fill_(2)  # type: ignore[operator]
        assert np.isfinite(task.learn(0))
        gradient = task._trained.network.box.weight.grad
        assert gradient is not None
        gradients.append(gradient.clone())
    assert not torch.allclose(*gradients)


def test_ten_batches_that_are_not_finite_end_the_training(
    caplog: pytest.LogCaptureFixture,
) -> None:
    task = small_task()
    with torch.no_grad():
        task._trained.network.part_emb.fill_(torch.nan)
    before = task._trained.network.box.weight.clone()
    for step in range(9):
        assert np.isnan(task.learn(step))
    assert "skipped step 8, objects [" in caplog.text
    with pytest.raises(ConventionError, match="finite"):
        task.learn(9)
    assert torch.equal(task._trained.network.box.weight, before)


def test_shards_that_are_written_during_training_are_taken_in(tmp_path: Path) -> None:
    first, second = find_shards(shard_folder())
    shutil.copy(second, tmp_path / "z.safetensors")
    shutil.copy(first, tmp_path / "a.safetensors")
    config = replace(SHORT_ENCODER, watch=True, validate_every=1)
    task = EncoderTask(find_shards(tmp_path), tmp_path, config=config)
    task.prepare(0, progress=no_progress)
    task.learn(0)
    samples = task._samples
    assert samples is not None
    before = samples.num_scenes
    shutil.copy(first, tmp_path / "b.safetensors")
    task.learn(1)
    assert samples.num_scenes == 2 * before and task.settings["shards"] == 3
    task.learn(2)
    assert samples.num_scenes == 2 * before


def test_the_overlap_of_a_sure_shape_is_whole(samples: FlowSamples) -> None:
    truth = samples.batch(np.arange(2)).canonical
    assert shape_overlap(truth.float() * 16 - 8, truth) == pytest.approx(1.0)


def test_training_can_start_from_earlier_weights(tmp_path: Path) -> None:
    config = replace(SHORT_ENCODER, steps=1, validate_every=1)
    first, _ = train_encoder(tmp_path / "a", shards=shard_folder(), config=config)
    task = EncoderTask(find_shards(shard_folder()), tmp_path, start=first, config=config)
    for name, value in read_encoder(first).state_dict().items():
        assert torch.equal(task.networks["network"].state_dict()[name], value)
    with pytest.raises(WeightsError, match="expected EncoderDesign"):
        EncoderTask([], tmp_path, start=first, config=replace(config, width=48))


def test_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="expected shards of generation samples"):
        train_encoder(tmp_path / "out", shards=tmp_path, config=SHORT_ENCODER)
