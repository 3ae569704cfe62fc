"""Trains the codec of grids of ``generate/tiny`` on grids that are made from seeds."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import Progress, no_progress
from scenewright.io import write_bytes
from scenewright.models.generators.tiny.design import FOLD, VaeDesign
from scenewright.models.generators.tiny.vae import BlockCodec, GridCodec, GridVae, folded
from scenewright.models.generators.tiny.weights import write_weights
from scenewright.models.networks.ss_vae import Latent
from scenewright.training.bad_batches import BadBatches
from scenewright.training.loop import LOG_NAME, run_training
from scenewright.training.precision import fast_bfloat16
from scenewright.training.schedules import learning_rate_share, update_average
from scenewright.training.tasks.generation.config import VaeTrainingConfig
from scenewright.training.tasks.generation.grids import HELD_OUT_SEED, stored_grids

WEIGHTS_NAME = "generate-tiny-vae.safetensors"
_LARGEST_GRADIENT = 1.0
_BATCH = 50
_NUM_STATISTICS = 600
"""Grids from which the scale of the latent is measured."""


def train_vae(
    out: str | Path,
    *,
    config: VaeTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains the VAE; run again to resume from the last checkpoint.

    Args:
        out: Folder for the grids, ``checkpoint.safetensors``, ``log.jsonl``, ``curves.png`` and the
            weights.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit of the network, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights, and the steps taken, including those of earlier runs.

    Raises:
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: The checkpoint in `out` is damaged or belongs to another network.
    """
    config = config or VaeTrainingConfig()
    torch.set_num_threads(config.num_threads)
    if config.method == "blocks":
        return fit_blocks(Path(out), config, progress=progress), 0
    task = VaeTask(Path(out), config=config)
    steps = run_training(
        task, Path(out), steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, progress=progress,
    )  # fmt: skip
    return task.weights, steps


def fit_blocks(out: Path, config: VaeTrainingConfig, *, progress: Progress = no_progress) -> Path:
    """Fits the principal components of blocks; writes the weights and one line of ``log.jsonl``.

    Latents are divided by the square root of the standard deviation of each channel, so that coarse
    components still weigh more than fine ones.

    Args:
        out: Folder, as of `train_vae`.
        config: Its grids and channels.
        progress: Progress callback (stage, done, total, unit).
    """
    grids = stored_grids(out / "grids", first=0, count=config.grids, progress=progress)
    second, mean, count = np.zeros((FOLD**3, FOLD**3)), np.zeros(FOLD**3), 0
    for start in range(0, len(grids), _BATCH):
        blocks = folded(_floats(grids[start : start + _BATCH], "cpu"))
        rows = blocks.movedim(1, -1).reshape(-1, FOLD**3).double().numpy()
        second += rows.T @ rows
        mean += rows.sum(axis=0)
        count += len(rows)
    mean /= count
    variances, basis = np.linalg.eigh(second / count - np.outer(mean, mean))
    order = np.argsort(variances)[::-1][: config.latent_channels]
    deviations = np.sqrt(np.maximum(variances[order], 1e-8))
    design = VaeDesign("blocks", len(order))
    codec = BlockCodec(design)
    codec.mean.copy_(torch.from_numpy(mean))
    codec.basis.copy_(torch.from_numpy(basis[:, order].copy()))
    scale = np.sqrt(deviations)
    codec.scale.copy_(torch.from_numpy(scale * np.sqrt(np.mean((deviations / scale) ** 2))))
    held_out = stored_grids(
        out / "grids", first=HELD_OUT_SEED, count=config.held_out, progress=progress
    )
    ious = volume_ious(codec, held_out)
    line = {"step": 0, "iou": float(ious.mean()), "iou_p5": float(np.percentile(ious, 5))}
    write_bytes(out / LOG_NAME, (json.dumps(line) + "\n").encode())
    facts = {"config": asdict(config), "measured": line}
    write_weights(out / WEIGHTS_NAME, facts, codec=codec)
    return out / WEIGHTS_NAME


class VaeTask:
    """The VAE as a `TrainingTask`.

    Args:
        out: Folder for the grids (``grids/``) and the weights.
        config: Training configuration.
    """

    def __init__(self, out: Path, *, config: VaeTrainingConfig) -> None:
        torch.manual_seed(config.seed)
        self._config = config
        self._folder = out / "grids"
        self.weights = out / WEIGHTS_NAME
        self.design = VaeDesign("network", config.latent_channels, config.width, config.blocks)
        self._network = GridVae(self.design).to(config.device)
        self._average = copy.deepcopy(self._network).eval()
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=config.learning_rate, weight_decay=0.0
        )
        self._bad = BadBatches()
        self._grids: NDArray[np.bool_] | None = None
        self._validation: NDArray[np.bool_] | None = None

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
        """Makes the grids that are not there yet; see `TrainingTask`."""
        config = self._config
        self._grids = stored_grids(self._folder, first=0, count=config.grids, progress=progress)
        self._validation = stored_grids(
            self._folder, first=HELD_OUT_SEED, count=config.held_out, progress=progress
        )

    def learn(self, step: int) -> float:
        """Takes one optimization step on random grids; see `TrainingTask`."""
        assert self._grids is not None, "prepare comes first"
        config = self._config
        rng = np.random.default_rng([config.seed, step])
        rows = rng.integers(len(self._grids), size=config.batch_size)
        grids = torch.from_numpy(turned(self._grids[rows], rng)).to(config.device)
        share = learning_rate_share(
            step, steps=config.steps, warmup=config.warmup, cooldown=config.cooldown
        )
        for group in self._optimizer.param_groups:
            group["lr"] = config.learning_rate * share
        noise = torch.Generator(config.device).manual_seed(config.seed * 1_000_003 + step)
        with torch.autocast(
            config.device, torch.bfloat16, enabled=config.bfloat16 and fast_bfloat16(config.device)
        ):
            latent = self._network.encode(grids)
            drawn = self._network.encoder.sample(latent, generator=noise)
            logits = self._network.decode(drawn)
        loss = vae_loss(logits.float(), grids, latent, kl=config.kl)
        if self._bad.refuses(loss.item(), f"step {step}, grids {rows.tolist()}"):
            return float("nan")
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._network.parameters(), _LARGEST_GRADIENT)
        self._optimizer.step()
        keep = min(config.average, (2 + step) / (11 + step))
        update_average(self._average, self._network, keep=keep)
        return loss.item()

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Mean volume IoU over the held-out grids, and its 5th percentile."""
        assert self._validation is not None
        values = volume_ious(self._average, self._validation, device=self._config.device)
        return {"iou": float(values.mean()), "iou_p5": float(np.percentile(values, 5))}

    @torch.no_grad()
    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the averaged weights, float16, with the scale of the latent."""
        assert self._grids is not None
        means = torch.cat([
            self._average.encode(_floats(self._grids[i : i + _BATCH], self._config.device)).mean
            for i in range(0, min(_NUM_STATISTICS, len(self._grids)), _BATCH)
        ])  # fmt: skip
        self._average.shift.copy_(means.mean((0, 2, 3, 4)))
        self._average.scale.copy_(means.std((0, 2, 3, 4)).clamp(min=1e-3))
        self._network.shift.copy_(self._average.shift)
        self._network.scale.copy_(self._average.scale)
        write_weights(self.weights, facts, codec=self._average)


def vae_loss(logits: Tensor, grids: Tensor, latent: Latent, *, kl: float) -> Tensor:
    """Binary cross entropy, dice per grid, and the divergence of the latent from a normal one.

    Args:
        logits: (B, R, R, R) decoded.
        grids: (B, R, R, R) occupancy as 0 and 1.
        latent: What the encoder said.
        kl: Weight of the divergence.
    """
    occupied = logits.sigmoid()
    both = (occupied * grids).flatten(1).sum(1)
    total = (occupied + grids).flatten(1).sum(1)
    dice = 1 - (2 * both / (total + 1e-3)).mean()
    mean, logvar = latent.mean.float(), latent.logvar.float()
    divergence = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
    return F.binary_cross_entropy_with_logits(logits, grids) + dice + kl * divergence


def turned(grids: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float32]:
    """Each grid turned by quarter turns about z and mirrored at random, as 0 and 1."""
    result = np.empty(grids.shape, np.float32)
    for row, grid in zip(result, grids, strict=True):
        one = np.rot90(grid, int(rng.integers(4)), axes=(0, 1))
        row[:] = one[::-1] if rng.integers(2) else one
    return result


@torch.no_grad()
def volume_ious(
    network: GridCodec, grids: NDArray[np.bool_], *, device: str = "cpu"
) -> NDArray[np.float64]:
    """(N,) volume IoU of grids (N, 32, 32, 32) with themselves after the VAE."""
    values = []
    for start in range(0, len(grids), _BATCH):
        given = _floats(grids[start : start + _BATCH], device)
        decoded = network.decode(network.code(given)) > 0
        known = given > 0.5
        both = (decoded & known).flatten(1).sum(1)
        values.append((both / (decoded | known).flatten(1).sum(1).clamp(min=1)).cpu().numpy())
    return np.concatenate(values).astype(np.float64)


def _floats(grids: NDArray[np.bool_], device: str) -> Tensor:
    return torch.from_numpy(grids.astype(np.float32)).to(device)
