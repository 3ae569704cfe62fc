"""Trains the network of ``complete/tiny``."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import CaptureError, Progress, no_progress
from scenewright.models.completers.cubes import best_level
from scenewright.models.generators.tiny.shape_network import (
    ShapeDesign,
    ShapeNetwork,
    shape_probabilities,
    write_shape_network,
)
from scenewright.models.generators.tiny.weights import read_encoder
from scenewright.training.averaged import AveragedNetwork
from scenewright.training.loop import run_training
from scenewright.training.tasks.completion.config import CompletionTrainingConfig
from scenewright.training.tasks.completion.shards import ScanSamples, scan_shards
from scenewright.training.tasks.generation.losses import dice_loss

WEIGHTS_NAME = "complete-tiny.safetensors"
_SURE = 12.0
"""Logit of a voxel whose state is known."""
_NUM_VALIDATION = 300
"""Objects of each kind on which overlaps are measured."""
_BATCH = 32
_FEW = 3
"""Number of views from which on an object counts as seen by more than few."""


def train_completion(
    out: str | Path,
    *,
    scans: str | Path | None = None,
    start: str | Path | None = None,
    config: CompletionTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains the network of ``complete/tiny``; run again to resume from the last checkpoint.

    Args:
        out: Folder for ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png`` and the weights.
        scans: Folder of shards; None makes them from seeds, in ``scans/``.
        start: Weights of an image encoder of ``generate/tiny`` whose convolutions are taken over;
            None starts from random ones.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights, and the number of steps taken in all.

    Raises:
        CaptureError: There are too few shards.
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: A shard or the checkpoint is damaged, or belongs to another network.
        WeightsError: The weights to start from are missing or damaged.
    """
    config = config or CompletionTrainingConfig()
    torch.set_num_threads(config.num_threads)
    out = Path(out)
    begun = time.monotonic()
    shards = scan_shards(
        out, scans, worlds=config.worlds, held_out=config.held_out,
        num_workers=config.num_workers, progress=progress,
    )  # fmt: skip
    task = CompletionTask(shards, out, start=start, config=config)
    left = None if max_minutes is None else max_minutes - (time.monotonic() - begun) / 60
    steps = run_training(
        task, out, steps=config.steps, validate_every=config.validate_every,
        max_minutes=left, progress=progress,
    )  # fmt: skip
    return task.weights, steps


class CompletionTask:
    """The network of ``complete/tiny`` as a `TrainingTask`.

    Args:
        shards: Files of shards; the last `held_out` are for validation.
        out: Folder for the weights.
        start: Weights of an image encoder to start from, or None.
        config: Training configuration.

    Raises:
        CaptureError: There are too few shards.
    """

    def __init__(
        self,
        shards: list[Path],
        out: Path,
        *,
        start: str | Path | None = None,
        config: CompletionTrainingConfig,
    ) -> None:
        if len(shards) <= config.held_out:
            raise CaptureError(
                f"{shards[0].parent}", expected=f"more than {config.held_out} shards",
                got=str(len(shards)), do="Leave --scans out, to make them from seeds.",
            )  # fmt: skip
        torch.manual_seed(config.seed)
        self._config, self._shards = config, shards
        self.weights = out / WEIGHTS_NAME
        network = ShapeNetwork(ShapeDesign(layers=config.layers))
        if start is not None:
            network.take_convolutions(read_encoder(start))
        self._trained = AveragedNetwork(
            network.to(config.device), learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
        )  # fmt: skip
        self._samples: ScanSamples | None = None
        self._validation: ScanSamples | None = None

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
        self._samples = ScanSamples(self._shards[:-held_out])
        self._validation = ScanSamples(self._shards[-held_out:])
        progress("shards", len(self._shards), len(self._shards), "shards")

    def learn(self, step: int) -> float:
        """Takes one optimization step on random objects; see `TrainingTask`."""
        assert self._samples is not None, "prepare comes first"
        config = self._config
        rng = np.random.default_rng([config.seed, step])
        rows = rng.integers(len(self._samples), size=config.batch_size)
        occupied, free, shapes = turned(self._samples.grids(rows), rng).to(config.device).float()
        noise = torch.Generator(occupied.device).manual_seed(int(rng.integers(1 << 62)))
        given, empty = (self._thinned(each, noise) for each in (occupied, free))
        logits = self._trained.network(given, empty)
        loss = shape_loss(logits, occupied, free, shapes, voxel_weight=config.voxel_weight)
        name = f"step {step}, objects {rows.tolist()}"
        return self._trained.learn(loss, step, config, name=name)

    def _thinned(self, voxels: Tensor, noise: torch.Generator) -> Tensor:
        """Known voxels, with some missing at random as in real scans."""
        device = voxels.device
        share = torch.rand(len(voxels), 1, 1, 1, generator=noise, device=device)
        kept = torch.rand(voxels.shape, generator=noise, device=device)
        return voxels * (kept >= self._config.drop_known * share)

    def validate(self) -> dict[str, float]:
        """Overlaps (IoU) of held-out objects, by few and by more views, all and hidden voxels."""
        assert self._validation is not None
        cameras = self._validation.cameras
        result = {}
        for name, is_chosen in (("few", cameras < _FEW), ("more", cameras >= _FEW)):
            rows = np.flatnonzero(is_chosen)
            rows = rows[:: -(-len(rows) // _NUM_VALIDATION)] if len(rows) else rows
            whole, hidden = [], []
            for first in range(0, len(rows), _BATCH):
                occupied, free, shapes = self._validation.grids(rows[first : first + _BATCH])
                found = shape_probabilities(self._trained.average, occupied, free)
                for known, empty, truth, share in zip(occupied, free, shapes, found, strict=True):
                    unknown = ~(known | empty)
                    level = best_level(share[unknown], sure=int(known.sum()))
                    taken = (unknown & (share >= level)) | known
                    whole.append((taken & truth).sum() / max((taken | truth).sum(), 1))
                    asked = (taken | truth) & unknown
                    hidden.append((taken & truth & unknown).sum() / max(asked.sum(), 1))
            if len(rows):
                result[f"iou_{name}"] = float(np.mean(whole))
                result[f"hidden_iou_{name}"] = float(np.mean(hidden))
        return result

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights, float16."""
        write_shape_network(self.weights, self._trained.average, facts)


def turned(grids: np.ndarray[Any, np.dtype[np.bool_]], rng: np.random.Generator) -> Tensor:
    """Grids (3, B, r, r, r) turned by random quarters about the vertical and mirrored at random:
    all are as likely, since the heading of an object is arbitrary."""
    result = np.empty_like(grids)
    for n, (turns, mirror) in enumerate(
        zip(rng.integers(4, size=grids.shape[1]), rng.random(grids.shape[1]) < 0.5, strict=True)
    ):
        one = np.rot90(grids[:, n], turns, (1, 2))
        result[:, n] = one[:, ::-1] if mirror else one
    return torch.from_numpy(result)


def shape_loss(
    logits: Tensor, occupied: Tensor, free: Tensor, truth: Tensor, *, voxel_weight: float
) -> Tensor:
    """Cross entropy of the unknown voxels, and Dice loss of the shapes with what is known.

    Args:
        logits: (N, R, R, R) of the prediction.
        occupied: (N, R, R, R) 1 where known to be occupied.
        free: (N, R, R, R) 1 where known to be free.
        truth: (N, R, R, R) 0 and 1.
        voxel_weight: Weight of the cross entropy.
    """
    unknown = (1 - occupied) * (1 - free)
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    voxels = (entropy * unknown).sum() / unknown.sum().clamp(min=1)
    clamped = torch.where(occupied > 0, _SURE, torch.where(free > 0, -_SURE, logits))
    loss: Tensor = voxel_weight * voxels + dice_loss(clamped, truth)
    return loss
