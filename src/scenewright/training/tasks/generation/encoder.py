"""Trains the image encoder of ``generate/tiny``: expected shapes and boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import Progress, no_progress
from scenewright.models.generators.tiny.boxes import decoded_boxes, fitted_cubes, placed_shapes
from scenewright.models.generators.tiny.design import EncoderDesign
from scenewright.models.generators.tiny.encoder import Conditions, KnownGeometry, SceneEncoder
from scenewright.models.generators.tiny.flow import OBJECT
from scenewright.models.generators.tiny.voxels import leveled
from scenewright.models.generators.tiny.weights import read_encoder, write_weights
from scenewright.training.averaged import AveragedNetwork, PartLoss
from scenewright.training.collisions import scene_collisions
from scenewright.training.loop import run_training
from scenewright.training.precision import fast_bfloat16
from scenewright.training.processes import Part, Processes, joined_processes
from scenewright.training.tasks.generation.batches import (
    known_geometry,
    part_noise,
    plain_attention,
    random_batch,
    recolored,
    true_shapes,
    turned_scans,
    without_points,
)
from scenewright.training.tasks.generation.config import EncoderTrainingConfig
from scenewright.training.tasks.generation.losses import (
    box_loss,
    box_overlaps,
    color_loss,
    dice_loss,
    grid_overlaps,
    heading_loss,
)
from scenewright.training.tasks.generation.samples import FlowBatch, FlowSamples
from scenewright.training.tasks.generation.shards import find_shards, training_shards

WEIGHTS_NAME = "generate-tiny-encoder.safetensors"
_NUM_VALIDATION = 256
"""Objects on which overlaps are measured."""


def train_encoder(
    out: str | Path,
    *,
    shards: str | Path | None = None,
    start: str | Path | None = None,
    config: EncoderTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains the image encoder; run again to resume from the last checkpoint.

    Args:
        out: Folder for ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png`` and the
            weights.
        shards: Folder of shards; None makes them from seeds, in ``shards/``.
        start: Weights of an earlier training to start from; None starts from random ones.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights, and the number of steps taken in all.

    Raises:
        CaptureError: There are too few shards.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A shard or the checkpoint is damaged, or belongs to another network.
        WeightsError: The weights to start from are missing, damaged, or of another network.
    """
    config = config or EncoderTrainingConfig()
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    processes = joined_processes(config.device)
    paths = training_shards(out, shards, config, processes=processes, progress=progress)
    task = EncoderTask(paths, out, start=start, config=config, processes=processes)
    steps = run_training(
        task, out, steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, processes=processes, progress=progress,
    )  # fmt: skip
    return task.weights, steps


class EncoderTask:
    """The image encoder as a `TrainingTask`.

    Args:
        shards: Files of shards; the last `held_out` are for validation.
        out: Folder for the weights.
        start: Weights of an earlier training to start from, or None.
        config: Training configuration.
        processes: Those that train together; None for this one alone.
    """

    def __init__(
        self,
        shards: list[Path],
        out: Path,
        *,
        start: str | Path | None = None,
        config: EncoderTrainingConfig,
        processes: Processes | None = None,
    ) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._shards = shards
        self._processes = processes or Processes()
        self._device = self._processes.device(config.device)
        self.weights = out / WEIGHTS_NAME
        design = EncoderDesign(
            token_width=config.token_width, token_layers=config.token_layers, width=config.width,
            layers=config.layers, context=config.context,
        )  # fmt: skip
        network = SceneEncoder(design) if start is None else read_encoder(start, design).train()
        self._trained = AveragedNetwork(
            network.to(self._device), learning_rate=config.learning_rate,
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
        if self._config.watch and step and step % self._config.validate_every == 0:
            self._take_new_shards()
        parts = self._processes.parts(self._config.accumulate)
        with plain_attention():
            return self._trained.learn_parts(
                [partial(self._part, step, part) for part in parts], step, self._config
            )

    def _take_new_shards(self) -> None:
        """Adds the shards that were written since to the training samples."""
        assert self._samples is not None, "prepare comes first"
        known = set(self._shards)
        new = [path for path in find_shards(self._shards[0].parent) if path not in known]
        self._samples.add(new)
        self._shards[:0] = new  # those for validation stay last

    def _part(self, step: int, part: Part) -> PartLoss:
        """The loss of a part of a batch."""
        assert self._samples is not None, "prepare comes first"
        config = self._config
        batch = random_batch(
            self._samples, config.scenes, [config.seed, step], part=part, objects=config.objects
        )
        loss = self._loss(batch, part_noise(config.seed, step, part))
        return PartLoss(loss, f"step {step}, objects {batch.rows.tolist()}")

    def _loss(self, batch: FlowBatch, noise: torch.Generator) -> Tensor:
        config = self._config
        recolored(batch, noise)
        without_points(batch, noise, share=config.drop_points)
        drawn = torch.rand(len(batch.rows), generator=noise) < config.give_scan
        seen, is_scan = (~drawn).nonzero()[:, 0].to(self._device), drawn.to(self._device)
        known = known_geometry(batch, is_scan)
        turns = int(torch.randint(4, (1,), generator=noise))
        known, truth = turned_scans(known, true_shapes(batch, is_scan), turns)
        found = self._found(self._trained.network, batch, known)
        total = self._shape_loss(found.logits, truth.float())
        if len(seen):
            canonical = self._shape_loss(found.canonical[seen], batch.canonical[seen].float())
            total = total + config.canonical_weight * canonical
            total = total + config.box_weight * box_loss(found.boxes[seen], batch.boxes[seen])
            headings = heading_loss(found.headings[seen], batch.poses[seen], batch.turns[seen])
            total = total + config.heading_weight * headings
            colors = color_loss(found.colors[seen], batch.colors[seen])
            total = total + config.color_weight * colors
        if config.collision_weight > 0:
            total = total + config.collision_weight * self._collisions(found, batch, seen)
        return total

    def _shape_loss(self, logits: Tensor, truth: Tensor) -> Tensor:
        voxels = F.binary_cross_entropy_with_logits(logits, truth)
        return self._config.voxel_weight * voxels + dice_loss(logits, truth)

    def _collisions(self, found: Conditions, batch: FlowBatch, seen: Tensor) -> Tensor:
        """Collisions of the expected shapes of the pictures of some rows, where they were measured
        or predicted."""
        occupied = found.logits.float().sigmoid()
        cubes = fitted_cubes((leveled(occupied.detach()) > 0).float(), found.boxes.float())
        is_measured = batch.seen.flatten(1).any(1)[:, None]
        cubes = torch.where(is_measured, batch.cubes.to(cubes), cubes)
        if not len(seen):
            return occupied.new_zeros(())
        return scene_collisions(placed_shapes(occupied[seen], cubes[seen]), batch.scene_of[seen])

    def _found(
        self, network: SceneEncoder, batch: FlowBatch, known: KnownGeometry | None
    ) -> Conditions:
        kind = self._device.type
        is_narrow = self._config.bfloat16 and fast_bfloat16(kind)
        with torch.autocast(kind, torch.bfloat16, enabled=is_narrow):
            found: Conditions = network(batch.scenes, batch.objects, batch.scene_of, known)
        return found

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Overlaps of shapes and boxes of held-out objects: from the picture, with points, and of
        shapes of scans."""
        assert self._validation is not None
        rows = np.arange(min(_NUM_VALIDATION, len(self._validation)))
        result = {}
        for name, with_points in (("picture", False), ("depth", True)):
            batch = self._validation.batch(rows, with_points=with_points)
            seen = torch.zeros(len(rows), dtype=torch.bool, device=self._device)
            found = self._found(self._trained.average, batch, known_geometry(batch, seen))
            result[f"iou_{name}"] = shape_overlap(found.logits, batch.grids[:, OBJECT])
            result[f"canonical_{name}"] = shape_overlap(found.canonical, batch.canonical)
            result[f"heading_{name}"] = float(
                heading_loss(found.headings, batch.poses, batch.turns)
            )
            result[f"color_{name}"] = float(color_loss(found.colors, batch.colors))
            center, size = decoded_boxes(found.boxes)
            predicted = torch.stack([center - size / 2, center + size / 2], 1)
            result[f"box_{name}"] = float(box_overlaps(predicted, batch.boxes).mean())
        scans = known_geometry(batch, torch.ones_like(seen))
        logits = self._found(self._trained.average, batch, scans).logits
        result["iou_scan"] = shape_overlap(logits, batch.canonical)
        return result

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights, float16."""
        write_weights(self.weights, facts, encoder=self._trained.average)


def shape_overlap(logits: Tensor, truth: Tensor) -> float:
    """Mean IoU of the best voxels of uncertain shapes with true grids."""
    return float(grid_overlaps(leveled(logits.cpu().sigmoid()) > 0, truth.cpu()).mean())
