"""Trains the network of ``masks/tiny-rgbd`` on shards of synthetic worlds."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn

from scenewright.core import CaptureError, Progress, no_progress
from scenewright.io import write_bytes
from scenewright.models.tiny.network import read_weights
from scenewright.models.weights import resolve_weights
from scenewright.training.loop import run_training
from scenewright.training.schedules import learning_rate_share, update_average
from scenewright.training.tasks.masks.config import MaskTrainingConfig
from scenewright.training.tasks.masks.loss import affinity_loss, affinity_targets
from scenewright.training.tasks.masks.network import AffinityNetwork
from scenewright.training.tasks.masks.samples import PreparedSamples, prepare_shard

WEIGHTS_NAME = "masks-tiny-rgbd.safetensors"
"""File name of the averaged weights, float16, as `models.tiny.network` reads them."""
_NUM_VALIDATION_IMAGES = 96
_NUM_START_IMAGES = 48
"""Images on which the normalization is measured when training starts from stored weights."""
_LARGEST_GRADIENT = 1.0
"""Norm to which the gradient is clipped."""


def train_masks(
    shards: str | Path,
    out: str | Path,
    *,
    config: MaskTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains the affinity network; run again to resume from the last checkpoint.

    Args:
        shards: Folder that ``scenewright data make shards`` made.
        out: Folder for the prepared samples, ``checkpoint.safetensors``, ``log.jsonl`` and the
            weights, ``masks-tiny-rgbd.safetensors``.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit), called after each shard and step.

    Returns:
        Path of the weights, for ``--masks masks/tiny-rgbd --weights PATH``, and the steps taken.

    Raises:
        CaptureError: There are too few shards.
        FormatError: The checkpoint in `out` is damaged or belongs to another network.
    """
    config = config or MaskTrainingConfig()
    shards, out = Path(shards), Path(out)
    paths = sorted(shards.glob("*.tar"))
    if len(paths) <= config.held_out:
        raise CaptureError(
            f"{shards}",
            expected=f"more than {config.held_out} shards (*.tar)",
            got=str(len(paths)),
            do="Make some with: scenewright data make shards",
        )
    torch.set_num_threads(config.num_threads)
    task = MaskTask(paths, out, config=config)
    steps = run_training(
        task,
        out,
        steps=config.steps,
        validate_every=config.validate_every,
        max_minutes=max_minutes,
        progress=progress,
    )
    return task.weights, steps


class MaskTask:
    """The affinity network as a `TrainingTask`.

    Args:
        shards: Tar files of training samples; the first `held_out` are for validation.
        out: Folder for the prepared samples (``prepared/``) and the weights.
        config: Training configuration.
    """

    def __init__(self, shards: list[Path], out: Path, *, config: MaskTrainingConfig) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._shards = shards
        self._prepared = out / "prepared"
        self.weights = out / WEIGHTS_NAME
        network = AffinityNetwork().to(config.device)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network: AffinityNetwork = network
        self._average = copy.deepcopy(network).eval()
        self._optimizer = torch.optim.AdamW(
            network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self._samples: PreparedSamples | None = None
        self._validation: list[tuple[Tensor, Tensor]] = []

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration as JSON values."""
        return asdict(self._config)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The network and its moving average."""
        return {"network": self._network, "average": self._average}

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """AdamW."""
        return (self._optimizer,)

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Computes the features of all shards that have none yet; see `TrainingTask`."""
        seed, held_out = self._config.seed, self._config.held_out
        paths = []
        for number, shard in enumerate(self._shards):
            paths.append(prepare_shard(shard, self._prepared, seed=seed))
            progress("prepare", number + 1, len(self._shards), "shards")
        # A resumed run must not see the same images again in the same order.
        self._samples = PreparedSamples(paths[held_out:], seed=seed + step)
        validation = PreparedSamples(paths[:held_out], seed=seed).first(_NUM_VALIDATION_IMAGES)
        if self._config.start and not step:
            self._start_from(self._config.start)
        self._validation = [
            (torch.from_numpy(one.features), torch.from_numpy(one.ids)) for one in validation
        ]

    def _start_from(self, weights: str) -> None:
        """Sets both networks to stored weights; the samples are prepared already."""
        assert self._samples is not None
        local = resolve_weights(weights, backend="masks/tiny-rgbd", option="--start")
        images = [one.features for one in self._samples.first(_NUM_START_IMAGES)]
        features = torch.from_numpy(np.stack(images)).to(self._config.device)
        self._network.restore(read_weights(local.path), features)
        self._average.load_state_dict(self._network.state_dict())

    def learn(self, step: int) -> float:
        """Takes one optimization step on a random batch; see `TrainingTask`."""
        assert self._samples is not None, "prepare comes first"
        config = self._config
        features, ids = map(torch.from_numpy, self._samples.batch(config.batch_size))
        share = learning_rate_share(
            step, steps=config.steps, warmup=config.warmup, cooldown=config.cooldown
        )
        for group in self._optimizer.param_groups:
            group["lr"] = config.learning_rate * share
        self._network.train()
        features = features.to(config.device, memory_format=torch.channels_last)
        loss = affinity_loss(self._network(features), ids.to(config.device))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        # Early on, a slow average would keep the random initial weights for too long.
        keep = min(config.average, (2 + step) / (11 + step))
        update_average(self._average, self._network, keep=keep)
        return loss.item()

    def validate(self) -> dict[str, float]:
        """Means over the held-out images; see `affinity_quality`."""
        rows = []
        with torch.no_grad():
            for features, ids in self._validation:
                logits = self._average(features[None].to(self._config.device)).cpu()
                rows.append(affinity_quality(logits, ids[None]))
        return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights as the backend reads them: folded, float16."""
        arrays = {key: value.astype(np.float16) for key, value in self._average.export().items()}
        metadata = {"trained": json.dumps(facts), "license": "Apache-2.0"}
        write_bytes(self.weights, save(arrays, metadata=metadata))


def affinity_quality(logits: Tensor, ids: Tensor) -> dict[str, float]:
    """Loss, and shares of the pairs of cells that are classified correctly.

    Args:
        logits: (B, K, h, w) float32.
        ids: (B, h, w) integer instance ids, 0 = unknown.

    Returns:
        ``loss``; ``apart_found`` and ``together_found``, the shares of the pairs of different and
        of equal instances; ``step_apart_found``, the former for direct neighbors only.
    """
    same, known = affinity_targets(ids)
    predicted_same = logits > 0
    apart, together = known & (same < 0.5), known & (same > 0.5)
    found = ~predicted_same & apart
    return {
        "loss": float(affinity_loss(logits, ids)),
        "apart_found": float(found.sum() / apart.sum().clamp(min=1)),
        "together_found": float((predicted_same & together).sum() / together.sum().clamp(min=1)),
        "step_apart_found": float(found[:, :2].sum() / apart[:, :2].sum().clamp(min=1)),
    }
