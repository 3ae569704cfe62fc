"""Trains the image encoder of ``generate/tiny``: expected shapes and boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from scenewright.core import Progress, no_progress
from scenewright.models.generators.tiny.boxes import decoded_boxes, fitted_cubes, placed_shapes
from scenewright.models.generators.tiny.design import EncoderDesign
from scenewright.models.generators.tiny.encoder import Conditions, KnownGeometry, SceneEncoder
from scenewright.models.generators.tiny.flow import OBJECT
from scenewright.models.generators.tiny.inputs import POINTS
from scenewright.models.generators.tiny.voxels import leveled
from scenewright.models.generators.tiny.weights import read_encoder, write_weights
from scenewright.training.averaged import AveragedNetwork, PartLoss
from scenewright.training.collisions import scene_collisions
from scenewright.training.loop import run_training
from scenewright.training.precision import fast_bfloat16
from scenewright.training.processes import WHOLE, Part, Processes, joined_processes
from scenewright.training.tasks.generation.config import EncoderTrainingConfig
from scenewright.training.tasks.generation.losses import (
    box_loss,
    box_overlaps,
    dice_loss,
    grid_overlaps,
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
        is_scan = torch.rand(len(batch.rows), generator=noise) < config.give_scan
        is_scan = is_scan.to(self._device)
        known = known_geometry(batch, is_scan)
        turns = int(torch.randint(4, (1,), generator=noise))
        known, truth = turned_scans(known, true_shapes(batch, is_scan), turns)
        found = self._found(self._trained.network, batch, known)
        truth = truth.float()
        voxels = F.binary_cross_entropy_with_logits(found.logits, truth)
        seen = ~is_scan
        boxes = box_loss(
            found.boxes[seen], *(each[seen] for each in (batch.poses, batch.boxes, batch.turns))
        )
        shapes = config.voxel_weight * voxels + dice_loss(found.logits, truth)
        total: Tensor = shapes + config.box_weight * boxes
        if config.collision_weight > 0:
            total = total + config.collision_weight * self._collisions(found, batch, seen)
        return total

    def _collisions(self, found: Conditions, batch: FlowBatch, seen: Tensor) -> Tensor:
        """Collisions of the expected shapes of pictures, where they were measured or predicted."""
        occupied = found.logits.float().sigmoid()
        cubes = fitted_cubes((leveled(occupied.detach()) > 0).float(), found.boxes.float())
        is_measured = batch.seen.flatten(1).any(1)[:, None]
        cubes = torch.where(is_measured, batch.cubes.to(cubes), cubes)
        if not seen.any():
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


def plain_attention() -> Any:
    """Attention without fused kernels: sequences are short here, where these gain nothing, and
    their backward pass is slow on a CPU."""
    return sdpa_kernel([SDPBackend.MATH])


def random_batch(
    samples: FlowSamples,
    scenes: int,
    seed: Sequence[int],
    *,
    part: Part = WHOLE,
    objects: int = 0,
) -> FlowBatch:
    """All objects of random scenes, half of which are mirrored.

    Args:
        samples: The objects.
        scenes: Number of scenes of each part; fewer where there are not as many.
        seed: Of the whole batch.
        part: Which part of it; the parts have different scenes while there are enough.
        objects: Number of objects of each part, 0 for any; see `exchanged`.
    """
    order = np.random.default_rng(seed).permutation(samples.num_scenes)
    drawn = np.resize(order, part.total * scenes)
    chosen = np.unique(drawn[part.number * scenes : (part.number + 1) * scenes])
    if objects:
        chosen = exchanged(chosen, order[part.total * scenes :], samples.counts, objects)
    return samples.batch(samples.of_scenes(chosen), mirror=True)


def exchanged(
    chosen: NDArray[np.int64],
    others: NDArray[np.int64],
    counts: NDArray[np.int64],
    objects: int,
) -> NDArray[np.int64]:
    """Scenes with a given number of objects in all, or as near as the others allow.

    Args:
        chosen: (S,) scenes to begin with.
        others: Scenes that may take their places, in this order.
        counts: Number of objects of every scene.
        objects: The number that is wanted.
    """
    result = chosen.copy()
    excess = int(counts[result].sum()) - objects
    for other in others:
        if not excess:
            break
        left = excess - (counts[result] - counts[other])
        place = int(np.abs(left).argmin())
        if abs(left[place]) < abs(excess):
            result[place], excess = other, int(left[place])
    return np.sort(result)


def part_noise(seed: int, step: int, part: Part) -> torch.Generator:
    """The random numbers of a part of a step."""
    numbers = np.random.SeedSequence([seed, step, part.number])
    return torch.Generator().manual_seed(int(numbers.generate_state(1, np.uint64)[0] >> 1))


def moved_noise(noise: torch.Generator, device: torch.device) -> torch.Generator:
    """Random numbers that are drawn on a device, from those of a generator on the CPU."""
    seed = int(torch.randint(1 << 62, (1,), generator=noise))
    return torch.Generator(device).manual_seed(seed)


def recolored(batch: FlowBatch, noise: torch.Generator) -> None:
    """Changes brightness, contrast and white balance of the crops of each scene, in place."""
    count = len(batch.scenes)
    device = batch.scenes.device
    gain = 1 + 0.2 * torch.randn(count, 1, 1, 1, generator=noise).to(device)
    tint = 1 + 0.06 * torch.randn(count, 3, 1, 1, generator=noise).to(device)
    shift = 0.15 * torch.randn(count, 1, 1, 1, generator=noise).to(device)
    everything = torch.arange(count, device=device)
    for crops, of in ((batch.scenes, everything), (batch.objects, batch.scene_of)):
        crops[:, :3] = (crops[:, :3] * gain[of] * tint[of] + shift[of]).clamp(-1, 1)


def without_points(batch: FlowBatch, noise: torch.Generator, *, share: float) -> None:
    """Removes the measured points of a share of the scenes, in place."""
    is_blank = (torch.rand(len(batch.scenes), generator=noise) < share).to(batch.scenes.device)
    for crops, of in ((batch.scenes, slice(None)), (batch.objects, batch.scene_of)):
        crops[is_blank[of], POINTS.start :] = 0
    batch.seen[is_blank[batch.scene_of]] = False


def known_geometry(batch: FlowBatch, is_scan: Tensor) -> KnownGeometry:
    """What is known of the shapes: what scans found, or where points were measured.

    Args:
        batch: B objects.
        is_scan: (B,) the objects that are shapes of scans, without a picture, on their device.
    """
    column = is_scan.view(-1, 1, 1, 1)
    occupied = torch.where(column, batch.occupied, batch.seen).float()
    return KnownGeometry(occupied, (batch.free & column).float(), is_scan)


def true_shapes(batch: FlowBatch, is_scan: Tensor) -> Tensor:
    """(B, 32, 32, 32) bool true shapes, those of scans in their canonical cubes."""
    return torch.where(is_scan.view(-1, 1, 1, 1), batch.canonical, batch.grids[:, OBJECT])


def turned_scans(known: KnownGeometry, truth: Tensor, turns: int) -> tuple[KnownGeometry, Tensor]:
    """Shapes of scans turned by quarters about the vertical: the heading of a scan is arbitrary."""
    column = known.is_blind.view(-1, 1, 1, 1)
    occupied, free, shapes = (
        torch.where(column, each.rot90(turns, (1, 2)), each)
        for each in (known.occupied, known.free, truth)
    )
    return KnownGeometry(occupied, free, known.is_blind), shapes
