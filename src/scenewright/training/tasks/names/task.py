"""Trains the network of ``names/tiny``: two hidden layers on features of objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save

from scenewright.core import Progress, no_progress
from scenewright.io.atomic import write_bytes
from scenewright.models.tiny.object_features import NUM_FEATURES
from scenewright.training.tasks.names.examples import OTHER, examples
from scenewright.worlds.objects.registry import FAMILIES

LABELS = (*FAMILIES, OTHER)
_WIDTHS = (256, 128)
_DROPOUT = 0.25
_BATCH = 256


@dataclass(frozen=True)
class NamesTraining:
    """What was trained.

    Attributes:
        weights: The file.
        num_examples: Examples that it was trained on.
        accuracy: Share of right names of examples of other objects.
        temperature: Divisor of the logits that fits these examples best.
    """

    weights: Path
    num_examples: int
    accuracy: float
    temperature: float


def train_names(
    output: str | Path,
    *,
    num_seeds: int = 120,
    num_epochs: int = 40,
    seed: int = 0,
    progress: Progress = no_progress,
) -> NamesTraining:
    """Trains the network of ``names/tiny`` on one core.

    Args:
        output: File to write, ``.safetensors``; an older one is replaced.
        num_seeds: Objects of each family; one in ten is kept for the temperature.
        num_epochs: Passes over the examples.
        seed: Random seed of the weights and of the order.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        OutputError: The file cannot be written.
    """
    features, labels, groups = _collect(num_seeds, progress)
    held = groups % 10 == 9
    torch.manual_seed(seed)
    mean = features[~held].mean(axis=0)
    spread = features[~held].std(axis=0) + 1e-3
    inputs = torch.from_numpy(((features - mean) / spread).astype(np.float32))
    targets = torch.from_numpy(labels)
    network = _network()
    _fit(network, inputs[~held], targets[~held], num_epochs, progress)
    network.eval()
    with torch.no_grad():
        logits = network(inputs[held])
    truth = targets[held]
    temperature = _temperature(logits, truth)
    accuracy = float((logits.argmax(1) == truth).float().mean())
    arrays = {"mean": mean.astype(np.float32), "spread": spread.astype(np.float32),
              "temperature": np.array([temperature], np.float32)}  # fmt: skip
    layers = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    for number, layer in enumerate(layers):
        arrays[f"{number}.weight"] = layer.weight.detach().numpy().astype(np.float16)
        arrays[f"{number}.bias"] = layer.bias.detach().numpy().astype(np.float32)
    path = Path(output)
    write_bytes(path, save(arrays, {"labels": "\n".join(LABELS)}))
    return NamesTraining(path, int((~held).sum()), accuracy, temperature)


def _collect(
    num_seeds: int, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Features, labels and seeds of all examples."""
    features, labels, groups = [], [], []
    for number in range(num_seeds):
        for label, values in examples(range(number, number + 1)):
            features.append(values)
            labels.append(LABELS.index(label))
            groups.append(number)
        progress("make objects", number + 1, num_seeds, "seeds")
    return np.stack(features), np.array(labels, np.int64), np.array(groups, np.int64)


def _network() -> torch.nn.Sequential:
    first, second = _WIDTHS
    return torch.nn.Sequential(
        torch.nn.Linear(NUM_FEATURES, first), torch.nn.ReLU(), torch.nn.Dropout(_DROPOUT),
        torch.nn.Linear(first, second), torch.nn.ReLU(), torch.nn.Dropout(_DROPOUT),
        torch.nn.Linear(second, len(LABELS)),
    )  # fmt: skip


def _fit(
    network: torch.nn.Sequential,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    num_epochs: int,
    progress: Progress,
) -> None:
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
    steps = num_epochs * -(-len(inputs) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.05)
    network.train()
    for epoch in range(num_epochs):
        for rows in torch.split(torch.randperm(len(inputs)), _BATCH):
            optimizer.zero_grad()
            noisy = inputs[rows] + 0.02 * torch.randn(len(rows), inputs.shape[1])
            loss_of(network(noisy), targets[rows]).backward()
            optimizer.step()
            schedule.step()
        progress("train", epoch + 1, num_epochs, "epochs")


def _temperature(logits: torch.Tensor, truth: torch.Tensor) -> float:
    """The divisor of the logits with the smallest cross entropy (Guo et al., ICML 2017)."""
    loss_of = torch.nn.CrossEntropyLoss()
    candidates = np.geomspace(0.3, 3.0, 60)
    losses = [float(loss_of(logits / value, truth)) for value in candidates]
    return float(candidates[int(np.argmin(losses))])
