"""Trains the flow of ``generate/tiny`` with its image encoder and its box head."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from scenewright.core import CaptureError, Progress, no_progress
from scenewright.io import write_bytes
from scenewright.models.generators.tiny.design import FlowDesign
from scenewright.models.generators.tiny.network import (
    CANONICAL,
    TinyFlow,
    decoded_boxes,
    known_channels,
)
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.models.generators.tiny.weights import read_codec
from scenewright.models.networks.samplers import TIME_SCALE
from scenewright.training.bad_batches import BadBatches
from scenewright.training.loop import run_training
from scenewright.training.schedules import learning_rate_share, update_average
from scenewright.training.tasks.generation.config import FlowTrainingConfig
from scenewright.training.tasks.generation.losses import box_loss, box_overlaps, grid_overlaps
from scenewright.training.tasks.generation.samples import FlowBatch, FlowSamples, cached_latents
from scenewright.training.tasks.generation.shards import (
    TRAIN_SEEDS,
    WORLDS_PER_SHARD,
    find_shards,
    make_shards,
)

WEIGHTS_NAME = "generate-tiny-flow.safetensors"
_LARGEST_GRADIENT = 1.0
_TIME_MEAN, _TIME_STD = 0.5, 1.0
"""Of the normal distribution whose logistic function is the time of a sample."""
_SLOT_WEIGHTS = (1.0, 0.5, 1.0)
_NUM_VALIDATION = 96


def train_flow(
    vae: str | Path,
    out: str | Path,
    *,
    shards: str | Path | None = None,
    config: FlowTrainingConfig | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains the flow; run again to resume from the last checkpoint.

    Args:
        vae: Weights of `train_vae`.
        out: Folder for latents, ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png`` and the
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
        WeightsError: The weights of the VAE are missing or damaged.
    """
    config = config or FlowTrainingConfig()
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    folder = out / "shards"
    if shards is None:
        kind = None if config.kind == "mixed" else config.kind
        make_shards(folder, first=0, worlds=config.worlds, kind=kind, progress=progress)
        make_shards(folder, first=_first_held_out(), worlds=2 * WORLDS_PER_SHARD, kind=kind, progress=progress)
    paths = find_shards(folder if shards is None else shards)
    if len(paths) <= config.held_out:
        raise CaptureError(
            f"{shards}", expected=f"more than {config.held_out} shards", got=str(len(paths)),
            do="Make some with: scenewright data make shapes",
        )  # fmt: skip
    task = FlowTask(paths, out, read_codec(vae), config=config)
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
        out: Folder for the latents (``latents/``) and the weights.
        vae: The trained VAE.
        config: Training configuration.
    """

    def __init__(
        self, shards: list[Path], out: Path, vae: GridCodec, *, config: FlowTrainingConfig
    ) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._shards = shards
        self._folder = out / "latents"
        self._vae = vae.to(config.device).eval()
        self.weights = out / WEIGHTS_NAME
        self.design = FlowDesign(
            vae.design.latent_channels, config.width, config.blocks, config.heads,
            config.context_blocks, config.token_width, config.token_blocks,
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
    def optimizer(self) -> torch.optim.Optimizer:
        """AdamW."""
        return self._optimizer

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Encodes the grids of shards that are not encoded yet; see `TrainingTask`."""
        coded = []
        for number, path in enumerate(self._shards):
            coded.append(
                cached_latents(path, self._folder, self._vae, device=self._config.device)
            )
            progress("latents", number + 1, len(self._shards), "shards")
        held_out = self._config.held_out
        self._samples = FlowSamples(self._shards[:-held_out], coded[:-held_out])
        self._validation = FlowSamples(self._shards[-held_out:], coded[-held_out:])

    def learn(self, step: int) -> float:
        """Takes one optimization step on random objects; see `TrainingTask`."""
        assert self._samples is not None, "prepare comes first"
        config = self._config
        rng = np.random.default_rng([config.seed, step])
        rows = rng.integers(len(self._samples), size=config.batch_size)
        batch = self._samples.batch(rows, rng.integers(2, size=len(rows)).astype(bool))
        noise = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        share = learning_rate_share(
            step, steps=config.steps, warmup=config.warmup, cooldown=config.cooldown
        )
        for group in self._optimizer.param_groups:
            group["lr"] = config.learning_rate * share
        # On a CPU the fused attention has a slow backward pass.
        with sdpa_kernel([SDPBackend.MATH]) if config.device == "cpu" else nullcontext():
            loss = self._loss(self._network, batch, noise)
        if self._bad.refuses(loss.item(), f"step {step}, objects {rows.tolist()}"):
            return float("nan")
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        keep = min(config.average, (2 + step) / (11 + step))
        update_average(self._average, self._network, keep=keep)
        return loss.item()

    def _loss(self, network: TinyFlow, batch: FlowBatch, noise: torch.Generator) -> Tensor:
        config, count = self._config, len(batch.rows)
        device = config.device
        recolored(batch, noise)
        without = torch.rand(count, generator=noise) < config.drop_points
        for crops in (batch.scenes, batch.objects):
            crops[without, 7:] = 0
        is_given = torch.rand(count, generator=noise) < config.give_partial
        partial = partial_slots(batch, is_given).to(device)
        time = torch.sigmoid(_TIME_MEAN + _TIME_STD * torch.randn(count, generator=noise))
        is_blind = (torch.rand(count, generator=noise) < config.drop_picture).to(device)
        eps = torch.randn(batch.latents.shape, generator=noise).to(device)
        data, when = batch.latents.to(device), time.to(device)
        level = when.view(-1, 1, 1, 1, 1, 1)
        state = (1 - level) * data + level * eps
        with torch.autocast(device, torch.bfloat16, enabled=config.bfloat16):
            conditions = network.conditions(
                batch.scenes.to(device), batch.objects.to(device), torch.arange(count)
            )
            tokens = torch.where(is_blind.view(-1, 1, 1, 1), 0.0, conditions.tokens)
            velocity = network.flow(
                state, when * TIME_SCALE, tokens, partial=partial
            ).velocity.float()
        errors = ((velocity - (eps - data)) ** 2).mean((2, 3, 4, 5))
        weights = torch.tensor(_SLOT_WEIGHTS, device=device)
        flow_loss = (errors * weights).sum(1).mean() / weights.sum()
        return flow_loss + config.box_weight * box_loss(
            conditions.boxes, batch.poses.to(device), batch.boxes.to(device),
            batch.turns.to(device),
        )  # fmt: skip

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Overlaps of the first estimate of held-out objects, with and without points."""
        assert self._validation is not None
        rows = np.arange(min(_NUM_VALIDATION, len(self._validation)))
        plain = np.zeros(len(rows), bool)
        result = {}
        batch = self._validation.batch(rows, plain)
        generator = torch.Generator().manual_seed(1)
        result["loss"] = float(self._loss(self._average, batch, generator))
        for name, with_points in (("picture", False), ("depth", True)):
            batch = self._validation.batch(rows, plain, with_points)
            shapes, boxes = self._first_estimate(batch)
            truth = torch.from_numpy(self._validation.canonical(rows))
            result[f"iou_{name}"] = float(grid_overlaps(shapes.cpu() > 0, truth).mean())
            center, size = decoded_boxes(boxes.cpu())
            predicted = torch.stack([center - size / 2, center + size / 2], 1)
            result[f"box_{name}"] = float(box_overlaps(predicted, batch.boxes).mean())
        return result

    def _first_estimate(self, batch: FlowBatch) -> tuple[Tensor, Tensor]:
        """Logits of the canonical shapes that the first step from noise points to, and boxes."""
        device = self._config.device
        noise = torch.randn(batch.latents.shape, generator=torch.Generator().manual_seed(2))
        with torch.autocast(device, torch.bfloat16, enabled=self._config.bfloat16):
            conditions = self._average.conditions(
                batch.scenes.to(device), batch.objects.to(device), torch.arange(len(batch.rows))
            )
            time = torch.full((len(batch.rows),), TIME_SCALE, device=device)
            state = noise.to(device)
            velocity = self._average.flow(state, time, conditions.tokens).velocity.float()
        latents = self._vae.restored((state - velocity)[:, CANONICAL])
        return self._vae.decode(latents), conditions.boxes

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights, float16."""
        state = {k: v.half().cpu().contiguous() for k, v in self._average.state_dict().items()}
        metadata = {
            "design": json.dumps(asdict(self.design)),
            "trained": json.dumps(facts),
            "license": "Apache-2.0",
        }
        write_bytes(self.weights, save(state, metadata=metadata))


def partial_slots(batch: FlowBatch, is_given: Tensor) -> Tensor:
    """(B, 3, C + 2, 8, 8, 8): known geometry of the canonical slot where it is given, else 0."""
    known = known_channels(batch.known, batch.occupied, batch.free)
    known = known * is_given.view(-1, 1, 1, 1, 1)
    result = known.new_zeros(len(known), 3, *known.shape[1:])
    result[:, CANONICAL] = known
    return result


def recolored(batch: FlowBatch, noise: torch.Generator) -> None:
    """Changes brightness, contrast and white balance of the crops of each object, in place."""
    count = len(batch.rows)
    gain = 1 + 0.2 * torch.randn(count, 1, 1, 1, generator=noise)
    tint = 1 + 0.06 * torch.randn(count, 3, 1, 1, generator=noise)
    shift = 0.15 * torch.randn(count, 1, 1, 1, generator=noise)
    for crops in (batch.scenes, batch.objects):
        crops[:, :3] = (crops[:, :3] * gain * tint + shift).clamp(-1, 1)


