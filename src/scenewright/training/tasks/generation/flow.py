"""Trains the flow of ``generate/tiny`` behind a trained codec and image encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from scenewright.core import Progress, no_progress
from scenewright.models.generators.tiny.boxes import fitted_cubes
from scenewright.models.generators.tiny.design import FlowDesign
from scenewright.models.generators.tiny.encoder import Conditions, SceneEncoder
from scenewright.models.generators.tiny.flow import IN_SCENE, OBJECT, SLOTS, TinyFlow
from scenewright.models.generators.tiny.sampling import expected_slots
from scenewright.models.generators.tiny.vae import GridCodec
from scenewright.models.generators.tiny.weights import read_codec, read_encoder, write_weights
from scenewright.models.networks.samplers import TIME_SCALE
from scenewright.training.averaged import AveragedNetwork, PartLoss
from scenewright.training.collisions import scene_collisions
from scenewright.training.loop import run_training
from scenewright.training.precision import fast_bfloat16
from scenewright.training.processes import Part, Processes, joined_processes
from scenewright.training.tasks.generation.batches import (
    known_geometry,
    moved_noise,
    part_noise,
    plain_attention,
    random_batch,
    recolored,
    without_points,
)
from scenewright.training.tasks.generation.config import FlowTrainingConfig
from scenewright.training.tasks.generation.losses import grid_overlaps
from scenewright.training.tasks.generation.samples import FlowBatch, FlowSamples
from scenewright.training.tasks.generation.shards import training_shards

WEIGHTS_NAME = "generate-tiny.safetensors"
_TIME_MEAN, _TIME_STD = 0.5, 1.0
"""Of the normal distribution whose logistic function is the time of a sample."""
_FULL_TIME = 0.4
"""Times below count less."""
_SLOT_WEIGHTS = (1.0, 0.5, 1.0)
_SURE_TIME = 0.5
_NUM_VALIDATION = 64
_NUM_TIMES = 4


def train_flow(
    codec: str | Path,
    encoder: str | Path,
    out: str | Path,
    *,
    shards: str | Path | None = None,
    config: FlowTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains the flow; run again to resume from the last checkpoint.

    Args:
        codec: Weights of `train_vae`.
        encoder: Weights of `train_encoder`; they stay as they are.
        out: Folder for ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png`` and the
            weights.
        shards: Folder of shards; None makes them from seeds, in ``shards/``.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights, which hold all three networks, and the number of steps taken in all.

    Raises:
        CaptureError: There are too few shards.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A shard or the checkpoint is damaged, or belongs to another network.
        WeightsError: The codec or the encoder is missing or damaged.
    """
    config = config or FlowTrainingConfig()
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    processes = joined_processes(config.device)
    networks = read_codec(codec), read_encoder(encoder)
    paths = training_shards(out, shards, config, processes=processes, progress=progress)
    task = FlowTask(paths, out, *networks, config=config, processes=processes)
    steps = run_training(
        task, out, steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, processes=processes, progress=progress,
    )  # fmt: skip
    return task.weights, steps


class FlowTask:
    """The flow as a `TrainingTask`.

    Args:
        shards: Files of shards; the last `held_out` are for validation.
        out: Folder for the weights.
        codec: The trained codec of grids.
        encoder: The trained image encoder.
        config: Training configuration.
        processes: Those that train together; None for this one alone.
    """

    def __init__(
        self,
        shards: list[Path],
        out: Path,
        codec: GridCodec,
        encoder: SceneEncoder,
        *,
        config: FlowTrainingConfig,
        processes: Processes | None = None,
    ) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._shards = shards
        self._processes = processes or Processes()
        self._device = self._processes.device(config.device)
        self._codec = codec.to(self._device).eval()
        self._encoder = encoder.to(self._device).eval()
        self.weights = out / WEIGHTS_NAME
        design = FlowDesign(
            codec.design.latent_channels, config.width, config.blocks, config.heads,
            config.context_blocks, encoder.design.token_width,
        )  # fmt: skip
        self._trained = AveragedNetwork(
            TinyFlow(design).to(self._device), learning_rate=config.learning_rate,
            weight_decay=config.weight_decay, processes=self._processes,
        )  # fmt: skip
        self._samples: FlowSamples | None = None
        self._validation: FlowSamples | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration as JSON values."""
        return {**asdict(self._config), "shards": len(self._shards)}

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The network and its moving average."""
        return self._trained.parts

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """Muon and AdamW."""
        return self._trained.optimizers

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Reads the shards; see `TrainingTask`."""
        held_out = self._config.held_out
        self._samples = FlowSamples(self._shards[:-held_out], device=self._device)
        self._validation = FlowSamples(self._shards[-held_out:], device=self._device)
        progress("shards", len(self._shards), len(self._shards), "shards")

    def learn(self, step: int) -> float:
        """Takes one optimization step on random scenes; see `TrainingTask`."""
        parts = self._processes.parts(self._config.accumulate)
        with plain_attention():
            return self._trained.learn_parts(
                [partial(self._part, step, part) for part in parts], step, self._config
            )

    def _part(self, step: int, part: Part) -> PartLoss:
        """The loss of a part of a batch."""
        assert self._samples is not None, "prepare comes first"
        config = self._config
        batch = random_batch(
            self._samples, config.scenes, [config.seed, step], part=part, objects=config.objects
        )
        noise = part_noise(config.seed, step, part)
        recolored(batch, noise)
        without_points(batch, noise, share=config.drop_points)
        time = torch.sigmoid(_TIME_MEAN + _TIME_STD * torch.randn(len(batch.rows), generator=noise))
        loss = self._loss(self._trained.network, batch, time, noise)
        return PartLoss(loss, f"step {step}, objects {batch.rows.tolist()}")

    def _loss(
        self,
        network: TinyFlow,
        batch: FlowBatch,
        time: Tensor,
        noise: torch.Generator,
    ) -> Tensor:
        """Flow-matching loss (Lipman et al., 2023), weighted by time and slot."""
        data = self._coded(batch.grids.flatten(0, 1).float())
        data = data.reshape(len(batch.rows), SLOTS, *data.shape[1:])
        eps = torch.randn(data.shape, generator=moved_noise(noise, data.device), device=data.device)
        when = time.to(data.device)
        level = when.view(-1, 1, 1, 1, 1, 1)
        state = (1 - level) * data + level * eps
        is_blind = torch.rand(len(time), generator=noise) < self._config.drop_picture
        velocity = self._velocity(network, batch, state, when, is_blind.to(data.device))
        # Near t = 0 a small error of the data is a large one of the velocity.
        trust = (when / _FULL_TIME).clamp(max=1).square()[:, None]
        errors = trust * ((velocity - (eps - data)) ** 2).mean((2, 3, 4, 5))
        weights = torch.tensor(_SLOT_WEIGHTS, device=data.device)
        total: Tensor = (errors * weights).sum(1).mean() / weights.sum()
        if self._config.collision_weight > 0:
            clean = (state - level * velocity)[:, IN_SCENE]
            placed = self._codec.occupancy(self._codec.restored(clean))
            # Near t = 1 estimates are too rough to collide; the true shapes stand still.
            truth = batch.grids[:, IN_SCENE].to(placed)
            placed = torch.where((when < _SURE_TIME).view(-1, 1, 1, 1), placed, truth)
            collisions = scene_collisions(placed, batch.scene_of)
            total = total + self._config.collision_weight * collisions
        return total

    def _velocity(
        self, network: TinyFlow, batch: FlowBatch, state: Tensor, when: Tensor, is_blind: Tensor
    ) -> Tensor:
        found = self._conditions(batch)
        cubes = fitted_cubes((found.logits > 0).float(), found.boxes)
        is_measured = batch.seen.flatten(1).any(1)[:, None]
        cubes = torch.where(is_measured, batch.cubes.to(cubes), cubes)
        expected = expected_slots(self._codec, found.logits, cubes)
        blind = is_blind.view(-1, 1, 1, 1)
        expected = torch.where(blind[..., None, None], 0.0, expected)
        with self._autocast():
            tokens = torch.where(blind, 0.0, network.tokens(found))
            return network.predict(state, when * TIME_SCALE, tokens, expected=expected).velocity

    @torch.no_grad()
    def _conditions(self, batch: FlowBatch) -> Conditions:
        never = torch.zeros(len(batch.rows), dtype=torch.bool, device=self._device)
        known = known_geometry(batch, never)
        with self._autocast():
            found: Conditions = self._encoder(batch.scenes, batch.objects, batch.scene_of, known)
        return Conditions(*(each.float() for each in found))

    def _autocast(self) -> torch.autocast:
        kind = self._device.type
        is_narrow = self._config.bfloat16 and fast_bfloat16(kind)
        return torch.autocast(kind, torch.bfloat16, enabled=is_narrow)

    @torch.no_grad()
    def _coded(self, grids: Tensor) -> Tensor:
        """Normalized latents of grids (B, 32, 32, 32)."""
        codec = self._codec
        return codec.normalized(codec.code(grids.to(self._device)))

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Loss on held-out objects at fixed times, and the overlap of shapes predicted at each."""
        assert self._validation is not None
        rows = np.arange(min(_NUM_VALIDATION, len(self._validation)))
        batch = self._validation.batch(rows)
        losses, result = [], {}
        for number in range(_NUM_TIMES):
            time = torch.full((len(rows),), 1 - number / _NUM_TIMES)
            noise = torch.Generator().manual_seed(number)
            losses.append(float(self._loss(self._trained.average, batch, time, noise)))
            result[f"iou_t{time[0]:.2f}"] = self._overlap(batch, time)
        return {"loss": float(np.mean(losses)), **result}

    def _overlap(self, batch: FlowBatch, time: Tensor) -> float:
        """IoU of the shapes that are predicted from noisy ones."""
        data = self._coded(batch.grids.flatten(0, 1).float())
        data = data.reshape(len(batch.rows), SLOTS, *data.shape[1:])
        eps = torch.randn(data.shape, generator=torch.Generator().manual_seed(9)).to(data.device)
        level = time.to(data.device).view(-1, 1, 1, 1, 1, 1)
        state = (1 - level) * data + level * eps
        seen = torch.zeros(len(time), dtype=torch.bool, device=data.device)
        velocity = self._velocity(self._trained.average, batch, state, time.to(data.device), seen)
        clean = (state - level * velocity)[:, OBJECT]
        occupied = self._codec.occupancy(self._codec.restored(clean)) > 0.5
        return float(grid_overlaps(occupied, batch.grids[:, OBJECT]).mean())

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes codec, image encoder and averaged flow, float16."""
        write_weights(
            self.weights,
            facts,
            codec=self._codec,
            encoder=self._encoder,
            flow=self._trained.average,
        )
