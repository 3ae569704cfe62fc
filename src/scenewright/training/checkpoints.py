"""State of a training run on disk: safetensors and JSON, nothing that can run code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from scenewright.core import FormatError
from scenewright.io import write_bytes


def save_checkpoint(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimizers: Sequence[torch.optim.Optimizer],
    facts: Mapping[str, Any],
) -> None:
    """Writes networks, optimizers and facts to one file, atomically.

    Args:
        path: The file.
        networks: Networks by name.
        optimizers: Their state per parameter is saved, their settings are not.
        facts: JSON values, such as the step.
    """
    tensors = {
        f"{name}/{key}": value.detach().contiguous().cpu()
        for name, network in networks.items()
        for key, value in network.state_dict().items()
    }
    for number, optimizer in enumerate(optimizers):
        for row, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                saved = torch.as_tensor(value).detach().cpu().contiguous()
                tensors[f"optimizer/{number}/{row}/{key}"] = saved
    write_bytes(path, save(tensors, metadata={"facts": json.dumps(facts)}))


def load_checkpoint(
    path: Path,
    networks: Mapping[str, nn.Module],
    optimizers: Sequence[torch.optim.Optimizer],
) -> dict[str, Any]:
    """Restores networks and optimizers from a file of `save_checkpoint`; returns the facts.

    Args:
        path: The file.
        networks: The same networks as saved, by name; changed in place.
        optimizers: The same number as saved; each receives its state, but keeps its settings.

    Raises:
        FormatError: The file is damaged, is not a checkpoint, or belongs to other networks.
    """
    facts, tensors = _read(path)
    for name, network in networks.items():
        prefix = f"{name}/"
        weights = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            raise FormatError(
                f"{path}", expected=f"the weights of {name}", got=str(error)
            ) from None
    states: list[dict[int, dict[str, Tensor]]] = [{} for _ in optimizers]
    for key, value in tensors.items():
        if key.startswith("optimizer/"):
            _, number, row, part = key.split("/")
            states[int(number)].setdefault(int(row), {})[part] = value
    for optimizer, state in zip(optimizers, states, strict=True):
        settings = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": settings})
    return facts


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The facts and all tensors of a checkpoint."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = (file.metadata() or {}).get("facts")
            tensors = {key: file.get_tensor(key) for key in file.keys()}
    except (OSError, SafetensorError) as error:
        raise FormatError(
            f"{path}",
            expected="a checkpoint of a training run",
            got=f"one that cannot be read ({error})",
            do="Delete it to start over.",
        ) from error
    if facts is None:
        raise FormatError(
            f"{path}", expected="a checkpoint of a training run", got="another safetensors file"
        )
    return dict(json.loads(facts)), tensors
