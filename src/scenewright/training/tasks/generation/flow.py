"""Trains the flow of ``generate/tiny`` with its image encoder and its box head."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from scenewright.core import CaptureError, Progress, no_progress
from scenewright.models.generators.tiny.design import FlowDesign
from scenewright.models.generators.tiny.network import (
    CANONICAL,
    SLOTS,
    Conditions,
    TinyFlow,
    decoded_boxes,
    known_channels,
    leveled,
)
from scenewright.models.generators.tiny.sampling import expected_slots
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.models.generators.tiny.weights import read_codec, write_weights
from scenewright.models.networks.samplers import TIME_SCALE
from scenewright.training.bad_batches import BadBatches
from scenewright.training.loop import run_training
from scenewright.training.schedules import learning_rate_share, update_average
from scenewright.training.tasks.generation.config import FlowTrainingConfig
from scenewright.training.tasks.generation.losses import box_loss, box_overlaps, grid_overlaps
from scenewright.training.tasks.generation.samples import FlowBatch, FlowSamples
from scenewright.training.tasks.generation.shards import (
    TRAIN_SEEDS,
    WORLDS_PER_SHARD,
    find_shards,
    make_shards,
)

WEIGHTS_NAME = "generate-tiny.safetensors"
_LARGEST_GRADIENT = 1.0
_TIME_MEAN, _TIME_STD = 0.5, 1.0
"""Of the normal distribution whose logistic function is the time of a sample."""
_FULL_TIME = 0.4
"""Times below count less."""
_SLOT_WEIGHTS = (1.0, 0.5, 1.0)
_MOST_SHAPES = 3000
"""Training objects whose shapes are used for the principal components."""
_NUM_VALIDATION, _NUM_LOSS = 128, 16
"""Objects on which overlaps and the loss are measured."""


def train_flow(
    codec: str | Path,
    out: str | Path,
    *,
    shards: str | Path | None = None,
    config: FlowTrainingConfig | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains the flow; run again to resume from the last checkpoint.

    Args:
        codec: Weights of `train_vae`.
        out: Folder for ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png`` and the
            weights.
        shards: Folder of shards; None makes them from seeds, in ``shards/``.
        config: Training configuration; None takes the defaults.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights.

    Raises:
        CaptureError: There are too few shards.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A shard or the checkpoint is damaged, or belongs to another network.
        WeightsError: The codec is missing or damaged.
    """
    config = config or FlowTrainingConfig()
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    folder = out / "shards"
    if shards is None:
        kind = None if config.kind == "mixed" else config.kind
        make_shards(folder, first=0, worlds=config.worlds, kind=kind, progress=progress)
        make_shards(
            folder,
            first=_first_held_out(),
            worlds=2 * WORLDS_PER_SHARD,
            kind=kind,
            progress=progress,
        )
    paths = find_shards(folder if shards is None else shards)
    if len(paths) <= config.held_out:
        raise CaptureError(
            f"{shards}", expected=f"more than {config.held_out} shards", got=str(len(paths)),
            do="Leave --shards out, to make them from seeds.",
        )  # fmt: skip
    task = FlowTask(paths, out, read_codec(codec), config=config)
    run_training(
        task, out, steps=config.steps, validate_every=config.validate_every, progress=progress
    )
    return task.weights


def _first_held_out() -> int:
    return -(-TRAIN_SEEDS // WORLDS_PER_SHARD) * WORLDS_PER_SHARD


class FlowTask:
    """The flow as a `TrainingTask`.

    Args:
        shards: Files of shards; the last `held_out` are for validation.
        out: Folder for the weights.
        codec: The trained codec of grids.
        config: Training configuration.
    """

    def __init__(
        self, shards: list[Path], out: Path, codec: GridCodec, *, config: FlowTrainingConfig
    ) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._shards = shards
        self._codec = codec.to(config.device).eval()
        self.weights = out / WEIGHTS_NAME
        self.design = FlowDesign(
            codec.design.latent_channels, config.width, config.blocks, config.heads,
            config.context_blocks, config.token_width, config.token_blocks,
            components=config.components,
        )  # fmt: skip
        self._network = TinyFlow(self.design).to(config.device)
        self._average = copy.deepcopy(self._network).eval()
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
        )  # fmt: skip
        self._bad = BadBatches()
        self._samples: FlowSamples | None = None
        self._validation: FlowSamples | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration as JSON values."""
        return {**asdict(self._config), "shards": len(self._shards)}

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The networks and their moving average."""
        return {"network": self._network, "average": self._average}

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """AdamW."""
        return (self._optimizer,)

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Reads the shards; see `TrainingTask`."""
        held_out = self._config.held_out
        self._samples = FlowSamples(self._shards[:-held_out])
        self._validation = FlowSamples(self._shards[-held_out:])
        progress("shards", len(self._shards), len(self._shards), "shards")
        if step == 0:
            self._fit_shapes()

    def learn(self, step: int) -> float:
        """Takes one optimization step on random objects; see `TrainingTask`."""
        assert self._samples is not None, "prepare comes first"
        config = self._config
        rng = np.random.default_rng([config.seed, step])
        is_first = step < config.encoder_steps
        size = config.encoder_batch if is_first else config.batch_size
        rows = rng.integers(len(self._samples), size=size)
        batch = self._samples.batch(rows, rng.integers(2, size=len(rows)).astype(bool))
        noise = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        done = 0 if is_first else config.encoder_steps
        share = learning_rate_share(
            step - done,
            steps=config.encoder_steps if is_first else config.steps - done,
            warmup=config.warmup,
            cooldown=config.cooldown,
        )
        for group in self._optimizer.param_groups:
            group["lr"] = config.learning_rate * share
        # On a CPU the fused attention has a slow backward pass.
        with sdpa_kernel([SDPBackend.MATH]) if config.device == "cpu" else nullcontext():
            loss = self._loss(self._network, batch, noise, is_first=is_first)
        if self._bad.refuses(loss.item(), f"step {step}, objects {rows.tolist()}"):
            return float("nan")
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        keep = min(config.average, (2 + step) / (11 + step))
        update_average(self._average, self._network, keep=keep)
        return loss.item()

    def _fit_shapes(self) -> None:
        """Principal components of the canonical shapes of the training objects."""
        assert self._samples is not None
        number = min(len(self._samples), _MOST_SHAPES)
        rows = np.linspace(0, len(self._samples) - 1, number).astype(int)
        latents = self._coded(torch.from_numpy(self._samples.canonical(rows))).flatten(1)
        mean = latents.mean(0)
        centered = latents - mean
        values, vectors = torch.linalg.eigh(centered @ centered.T)
        kept = min(self.design.components, number)
        top = vectors[:, -kept:].flip(1)
        basis = nn.functional.normalize(top.T @ centered, dim=1)
        for network in (self._network, self._average):
            network.shape_mean.copy_(mean)
            network.shape_basis.zero_()
            network.shape_basis[:kept] = basis
            network.shape_scale[:kept] = (values[-kept:].flip(0).clamp(min=1e-6) / number).sqrt()

    def _loss(
        self, network: TinyFlow, batch: FlowBatch, noise: torch.Generator, *, is_first: bool
    ) -> Tensor:
        """The loss of a batch; of the heads alone in the first steps."""
        config, count = self._config, len(batch.rows)
        device = config.device
        recolored(batch, noise)
        without = torch.rand(count, generator=noise) < config.drop_points
        for crops in (batch.scenes, batch.objects):
            crops[without, 7:] = 0
        with torch.autocast(device, torch.bfloat16, enabled=config.bfloat16):
            conditions = network.conditions(
                batch.scenes.to(device), batch.objects.to(device), torch.arange(count)
            )
        heads = self._head_loss(network, batch, conditions)
        if is_first:
            return heads
        is_given = torch.rand(count, generator=noise) < config.give_partial
        partial = self._partial(batch, is_given)
        time = torch.sigmoid(_TIME_MEAN + _TIME_STD * torch.randn(count, generator=noise))
        is_blind = (torch.rand(count, generator=noise) < config.drop_picture).to(device)
        coded = self._coded(batch.grids.flatten(0, 1))
        data, when = coded.reshape(count, -1, *coded.shape[1:]), time.to(device)
        eps = torch.randn(data.shape, generator=noise).to(device)
        level = when.view(-1, 1, 1, 1, 1, 1)
        state = (1 - level) * data + level * eps
        expected = expected_slots(
            network, self._codec, conditions.shapes.detach(), conditions.boxes.detach()
        )
        expected = torch.where(is_blind.view(-1, 1, 1, 1, 1, 1), 0.0, expected)
        with torch.autocast(device, torch.bfloat16, enabled=config.bfloat16):
            tokens = torch.where(is_blind.view(-1, 1, 1, 1), 0.0, conditions.tokens)
            velocity = network.predict(
                state, when * TIME_SCALE, tokens, expected=expected, partial=partial
            ).velocity
        # Near t = 0 a small error of the data is a large one of the velocity.
        trust = (when / _FULL_TIME).clamp(max=1).square()[:, None]
        errors = trust * ((velocity - (eps - data)) ** 2).mean((2, 3, 4, 5))
        weights = torch.tensor(_SLOT_WEIGHTS, device=device)
        total: Tensor = (errors * weights).sum(1).mean() / weights.sum() + heads
        return total

    def _head_loss(self, network: TinyFlow, batch: FlowBatch, conditions: Conditions) -> Tensor:
        """Losses of the predicted boxes and of the expected shapes."""
        config = self._config
        device = config.device
        boxes = box_loss(
            conditions.boxes,
            batch.poses.to(device),
            batch.boxes.to(device),
            batch.turns.to(device),
        )
        latents = self._coded(batch.grids[:, CANONICAL]).flatten(1)
        targets = (latents - network.shape_mean) @ network.shape_basis.T
        errors = (conditions.shapes - targets).square().sum(1) / latents.shape[1]
        return config.box_weight * boxes + config.shape_weight * errors.mean()

    @torch.no_grad()
    def _coded(self, grids: Tensor) -> Tensor:
        """Normalized latents of bool grids (B, 32, 32, 32)."""
        codec = self._codec
        return codec.normalized(codec.code(grids.to(self._config.device).float()))

    def _partial(self, batch: FlowBatch, is_given: Tensor) -> Tensor:
        """(B, 3, C + 2, 8, 8, 8): known geometry of the canonical slot where given, else 0."""
        device = self._config.device
        occupied, free = batch.occupied.to(device), batch.free.to(device)
        known = known_channels(self._coded(occupied), occupied, free)
        result = known.new_zeros(len(known), SLOTS, *known.shape[1:])
        result[:, CANONICAL] = known * is_given.to(device).view(-1, 1, 1, 1, 1)
        return result

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Overlaps of expected shapes and boxes of held-out objects, with and without points."""
        assert self._validation is not None
        rows = np.arange(min(_NUM_VALIDATION, len(self._validation)))
        plain = np.zeros(len(rows), bool)
        result = {}
        few = rows[:_NUM_LOSS]
        batch = self._validation.batch(few, plain[: len(few)])
        generator = torch.Generator().manual_seed(1)
        result["loss"] = float(self._loss(self._average, batch, generator, is_first=False))
        for name, with_points in (("picture", False), ("depth", True)):
            batch = self._validation.batch(rows, plain, with_points)
            shapes, boxes = self._heads(batch)
            truth = torch.from_numpy(self._validation.canonical(rows))
            result[f"iou_{name}"] = float(grid_overlaps(shapes.cpu() > 0, truth).mean())
            center, size = decoded_boxes(boxes.cpu())
            predicted = torch.stack([center - size / 2, center + size / 2], 1)
            result[f"box_{name}"] = float(box_overlaps(predicted, batch.boxes).mean())
        return result

    def _heads(self, batch: FlowBatch) -> tuple[Tensor, Tensor]:
        """Logits of the expected canonical shapes, and predicted boxes."""
        device = self._config.device
        with torch.autocast(device, torch.bfloat16, enabled=self._config.bfloat16):
            found = self._average.conditions(
                batch.scenes.to(device), batch.objects.to(device), torch.arange(len(batch.rows))
            )
        latents = self._codec.restored(self._average.expected(found.shapes))
        return leveled(self._codec.decode(latents)), found.boxes

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights and the codec, float16."""
        write_weights(self.weights, facts, codec=self._codec, flow=self._average)


def recolored(batch: FlowBatch, noise: torch.Generator) -> None:
    """Changes brightness, contrast and white balance of the crops of each object, in place."""
    count = len(batch.rows)
    gain = 1 + 0.2 * torch.randn(count, 1, 1, 1, generator=noise)
    tint = 1 + 0.06 * torch.randn(count, 3, 1, 1, generator=noise)
    shift = 0.15 * torch.randn(count, 1, 1, 1, generator=noise)
    for crops in (batch.scenes, batch.objects):
        crops[:, :3] = (crops[:, :3] * gain * tint + shift).clamp(-1, 1)
