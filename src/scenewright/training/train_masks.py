"""Trains the network of ``masks/tiny-rgbd`` on shards of synthetic worlds."""

from __future__ import annotations

import copy
import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save
from torch import Tensor, nn

from scenewright.core import CaptureError
from scenewright.core.progress import Progress, no_progress
from scenewright.io import write_bytes
from scenewright.training.checkpoints import load_checkpoint, save_checkpoint
from scenewright.training.config import MaskTrainingConfig
from scenewright.training.mask_loss import affinity_loss, affinity_targets
from scenewright.training.mask_network import AffinityNetwork
from scenewright.training.mask_samples import PreparedSamples, prepare_shard

WEIGHTS_NAME = "masks-tiny-rgbd.safetensors"
"""Name of the averaged weights, float16, as `models.tiny.network` reads them."""
_CHECKS = 96
"""Pictures of the held-out shards that a validation looks at."""

log = logging.getLogger("scenewright.training")


def train_masks(
    shards: str | Path,
    out: str | Path,
    *,
    config: MaskTrainingConfig | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Trains, or goes on where an earlier call stopped.

    Args:
        shards: Folder that ``scenewright data make shards`` made.
        out: Folder for the prepared pictures, ``checkpoint.safetensors``, ``log.jsonl`` and the
            weights, ``masks-tiny-rgbd.safetensors``.
        config: Recipe.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        The weights, for ``--masks masks/tiny-rgbd`` with ``weights=file:PATH``.

    Raises:
        CaptureError: There are too few shards.
    """
    config = config or MaskTrainingConfig()
    shards, out = Path(shards), Path(out)
    num = len(list(shards.glob("*.tar")))
    if num <= config.held_out:
        raise CaptureError(
            f"{shards}",
            expected=f"more than {config.held_out} shards (*.tar)",
            got=str(num),
            do="Make some with: scenewright data make shards",
        )
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.num_threads)
    run = _Run(config, out)
    samples, checks = _prepare(shards, out / "prepared", config, run.step, progress)
    while run.step < config.steps:
        features, ids = samples.batch(config.batch_size)
        run.learn(torch.from_numpy(features), torch.from_numpy(ids))
        progress("train", run.step, config.steps, "steps")
        if run.step % config.validate_every == 0 or run.step == config.steps:
            run.validate(checks)
            run.save()
    return run.weights


def _prepare(
    shards: Path, folder: Path, config: MaskTrainingConfig, step: int, progress: Progress
) -> tuple[PreparedSamples, list[tuple[Tensor, Tensor]]]:
    """Features of all shards; those held out give the samples to check with."""
    tars = sorted(shards.glob("*.tar"))
    paths = []
    for number, tar in enumerate(tars):
        paths.append(prepare_shard(tar, folder, seed=config.seed))
        progress("prepare", number + 1, len(tars), "shards")
    held, used = paths[: config.held_out], paths[config.held_out :]
    checks = PreparedSamples(held, seed=config.seed).first(_CHECKS)
    return (
        # Going on must not show the same pictures in the same order again.
        PreparedSamples(used, seed=config.seed + step),
        [(torch.from_numpy(check.features), torch.from_numpy(check.ids)) for check in checks],
    )


class _Run:
    """Networks, optimizer and step of one training run."""

    def __init__(self, config: MaskTrainingConfig, out: Path) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.checkpoint = out / "checkpoint.safetensors"
        self.weights = out / WEIGHTS_NAME
        self.log_file = out / "log.jsonl"
        self.step = 0
        self.losses: list[float] = []
        self.network = AffinityNetwork().to(config.device)
        self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        if self.checkpoint.exists():
            facts = load_checkpoint(self.checkpoint, self._models(), self.optimizer)
            self.step = int(facts["step"])
            log.info("going on at step %d", self.step)

    def _models(self) -> dict[str, nn.Module]:
        return {"network": self.network, "average": self.average}

    def learn(self, features: Tensor, ids: Tensor) -> None:
        """One step on a batch."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * rate_share(self.step, self.config)
        self.network.train()
        features = features.to(self.config.device, memory_format=torch.channels_last)
        loss = affinity_loss(self.network(features), ids.to(self.config.device))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.losses.append(loss.item())
        # In the beginning the average would remember the random start for too long.
        keep = min(self.config.average, (1 + self.step) / (10 + self.step))
        fresh_values = self.network.state_dict()
        with torch.no_grad():
            for name, value in self.average.state_dict().items():
                fresh = fresh_values[name]
                if value.is_floating_point():
                    value.lerp_(fresh, 1 - keep)
                else:
                    value.copy_(fresh)

    def validate(self, samples: list[tuple[Tensor, Tensor]]) -> None:
        """Measures the averaged network and adds a line to the log."""
        rows = []
        with torch.no_grad():
            for features, ids in samples:
                logits = self.average(features[None].to(self.config.device)).cpu()
                rows.append(_quality(logits, ids[None]))
        line: dict[str, Any] = {
            "step": self.step,
            "train_loss": round(float(np.mean(self.losses[-self.config.validate_every :])), 5),
            **{key: round(float(np.mean([row[key] for row in rows])), 5) for key in rows[0]},
            "time": time.strftime("%H:%M:%S"),
        }
        with self.log_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        log.info("%s", line)

    def save(self) -> None:
        """Writes the checkpoint, and the averaged weights as the backend reads them."""
        facts = {"step": self.step, "config": asdict(self.config)}
        save_checkpoint(self.checkpoint, self._models(), self.optimizer, facts)
        arrays = {key: value.astype(np.float16) for key, value in self.average.export().items()}
        metadata = {"trained": json.dumps(facts), "license": "Apache-2.0"}
        write_bytes(self.weights, save(arrays, metadata=metadata))


def rate_share(step: int, config: MaskTrainingConfig) -> float:
    """Share of the highest learning rate at a step: rise, plateau, straight fall."""
    rise = min(1.0, (step + 1) / max(config.warmup, 1))
    fall = (config.steps - step) / max(config.cooldown * config.steps, 1)
    return max(0.0, min(rise, 1.0, fall))


def _quality(logits: Tensor, ids: Tensor) -> dict[str, float]:
    same, known = affinity_targets(ids)
    said = logits > 0
    apart, together = known & (same < 0.5), known & (same > 0.5)
    return {
        "loss": float(affinity_loss(logits, ids)),
        "apart_found": float((~said & apart).sum() / apart.sum().clamp(min=1)),
        "together_found": float((said & together).sum() / together.sum().clamp(min=1)),
        "step_apart_found": float((~said & apart)[:, :2].sum() / apart[:, :2].sum().clamp(min=1)),
    }
