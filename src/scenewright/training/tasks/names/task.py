"""Trains the network of ``names/tiny``: two hidden layers on features of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor, nn

from scenewright.core import FormatError, Progress, no_progress
from scenewright.io.atomic import write_bytes
from scenewright.io.npz import read_npz, write_npz
from scenewright.models.tiny.object_features import NUM_FEATURES
from scenewright.training.bad_batches import BadBatches
from scenewright.training.loop import run_training
from scenewright.training.optimizers import scale_learning_rates
from scenewright.training.schedules import learning_rate_share
from scenewright.training.tasks.names.config import NamesTrainingConfig
from scenewright.training.tasks.names.examples import OTHER, examples
from scenewright.worlds.objects.registry import FAMILIES

LABELS = (*FAMILIES, OTHER)
WEIGHTS_NAME = "names-tiny.safetensors"
EXAMPLES_NAME = "examples.npz"
_WIDTHS = (256, 128)
_HELD_OUT = 10
"""One in so many seeds is kept for validation."""
_NOISE = 0.02


def train_names(
    out: str | Path,
    *,
    config: NamesTrainingConfig | None = None,
    max_minutes: float | None = None,
    progress: Progress = no_progress,
) -> tuple[Path, int]:
    """Trains names/tiny; run again to resume from the last checkpoint.

    Args:
        out: Folder for examples, checkpoint, log, curves and weights.
        config: Training configuration; None takes the defaults.
        max_minutes: Time limit, minutes; see `run_training`.
        progress: Progress callback (stage, done, total, unit).

    Returns:
        Path of the weights, and the number of steps taken in all.

    Raises:
        ConventionError: Ten batches had a loss that is not finite.
        FormatError: The examples or the checkpoint are damaged, or made with other settings.
    """
    config = config or NamesTrainingConfig()
    torch.set_num_threads(config.num_threads)
    folder = Path(out)
    task = NamesTask(folder, config=config)
    steps = run_training(
        task, folder, steps=config.steps, validate_every=config.validate_every,
        max_minutes=max_minutes, progress=progress,
    )  # fmt: skip
    return task.weights, steps


class NamesTask:
    """names/tiny as a `TrainingTask`.

    Args:
        out: Folder for examples and weights.
        config: Training configuration.
    """

    def __init__(self, out: Path, *, config: NamesTrainingConfig) -> None:
        torch.manual_seed(config.seed)
        self._config, self._out = config, out
        self.weights = out / WEIGHTS_NAME
        self._network = _Named(config.dropout).to(config.device)
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self._bad = BadBatches()
        self._inputs, self._targets = torch.zeros(0, NUM_FEATURES), torch.zeros(0).long()
        self._is_held_out = torch.zeros(0, dtype=torch.bool)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The training configuration as JSON values."""
        return asdict(self._config)

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """The network."""
        return {"network": self._network}

    @property
    def optimizers(self) -> Sequence[torch.optim.Optimizer]:
        """AdamW."""
        return (self._optimizer,)

    def prepare(self, step: int, *, progress: Progress) -> None:
        """Makes the examples that are missing; see `TrainingTask`."""
        config = self._config
        features, labels, seeds = _examples(self._out / EXAMPLES_NAME, config, progress)
        self._inputs = torch.from_numpy(features).to(config.device)
        self._targets = torch.from_numpy(labels).to(config.device)
        self._is_held_out = torch.from_numpy(seeds % _HELD_OUT == _HELD_OUT - 1).to(config.device)
        if not step:
            known = self._inputs[~self._is_held_out]
            self._network.measure(known.mean(dim=0), known.std(dim=0) + 1e-3)

    def learn(self, step: int) -> float:
        """Takes one optimization step; see `TrainingTask`."""
        config = self._config
        torch.manual_seed(config.seed * 1_000_003 + step)
        pool = torch.nonzero(~self._is_held_out).flatten()
        rows = pool[torch.randint(len(pool), (config.batch,)).to(pool.device)]
        self._network.train()
        logits = self._network(self._inputs[rows])
        loss = nn.functional.cross_entropy(
            logits, self._targets[rows], label_smoothing=config.smoothing
        )
        if self._bad.refuses(float(loss.detach()), f"step {step}"):
            return float("nan")
        share = learning_rate_share(
            step, steps=config.steps, warmup=config.warmup, cooldown=config.cooldown
        )
        scale_learning_rates((self._optimizer,), (config.learning_rate,), share=share)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        return float(loss.detach())

    def validate(self) -> dict[str, float]:
        """Percent of right names of held-out objects, and the divisor that fits scores best."""
        logits, truth = self._held_out()
        right = (logits.argmax(1) == truth).float().mean()
        return {"right": 100 * float(right), "temperature": _temperature(logits, truth)}

    def export(self, facts: Mapping[str, Any]) -> None:
        """Writes the weights in the format that ``names/tiny`` reads, matrices as float16."""
        arrays = self._network.arrays()
        arrays["temperature"] = np.array([_temperature(*self._held_out())], np.float32)
        write_bytes(self.weights, save(arrays, {"labels": "\n".join(LABELS)}))

    @torch.no_grad()
    def _held_out(self) -> tuple[Tensor, Tensor]:
        """Logits and targets of the held-out examples."""
        self._network.eval()
        logits = self._network(self._inputs[self._is_held_out])
        return logits.cpu(), self._targets[self._is_held_out].cpu()


class _Named(nn.Module):
    """The network, with the mean and the spread of its inputs."""

    mean: Tensor
    spread: Tensor

    def __init__(self, dropout: float) -> None:
        super().__init__()
        first, second = _WIDTHS
        self.layers = nn.Sequential(
            nn.Linear(NUM_FEATURES, first), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(first, second), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(second, len(LABELS)),
        )  # fmt: skip
        self.register_buffer("mean", torch.zeros(NUM_FEATURES))
        self.register_buffer("spread", torch.ones(NUM_FEATURES))

    def measure(self, mean: Tensor, spread: Tensor) -> None:
        """Keeps the mean and the spread of the inputs."""
        self.mean.copy_(mean)
        self.spread.copy_(spread)

    def forward(self, features: Tensor) -> Tensor:
        """(B, L) logits of names."""
        values = (features - self.mean) / self.spread
        if self.training:
            values = values + _NOISE * torch.randn(values.shape).to(values.device)
        logits: Tensor = self.layers(values)
        return logits

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights by the names of the file."""
        found: dict[str, NDArray[Any]] = {
            "mean": self.mean.cpu().numpy(), "spread": self.spread.cpu().numpy()
        }  # fmt: skip
        linear = [layer for layer in self.layers if isinstance(layer, nn.Linear)]
        for number, layer in enumerate(linear):
            found[f"{number}.weight"] = layer.weight.detach().cpu().numpy().astype(np.float16)
            found[f"{number}.bias"] = layer.bias.detach().cpu().numpy().astype(np.float32)
        return found


def _examples(
    path: Path, config: NamesTrainingConfig, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Features, labels and seeds of all examples, made if they are missing."""
    made = np.array([config.seeds, config.variants])
    if path.exists():
        kept = read_npz(path, required=("features", "labels", "seeds", "made"))
        if not np.array_equal(kept["made"], made):
            raise FormatError(
                f"{path}",
                expected=f"examples of {config.seeds} seeds in {config.variants} variants",
                got=" and ".join(map(str, kept["made"].tolist())),
                do="Delete it; it is made anew.",
            )  # fmt: skip
        return kept["features"], kept["labels"], kept["seeds"]
    features, labels, seeds = [], [], []
    for number in range(config.seeds):
        for label, values in examples(range(number, number + 1), variants=config.variants):
            features.append(values)
            labels.append(LABELS.index(label))
            seeds.append(number)
        progress("make objects", number + 1, config.seeds, "seeds")
    arrays = np.stack(features), np.array(labels, np.int64), np.array(seeds, np.int64)
    write_npz(path, {"features": arrays[0], "labels": arrays[1], "seeds": arrays[2], "made": made})
    return arrays


def _temperature(logits: Tensor, truth: Tensor) -> float:
    """The divisor of the logits with the smallest cross entropy (Guo et al., ICML 2017)."""
    candidates = np.geomspace(0.3, 3.0, 60)
    losses = [float(nn.functional.cross_entropy(logits / value, truth)) for value in candidates]
    return float(candidates[int(np.argmin(losses))])
