"""State of a training run on disk: safetensors and JSON, nothing that can run code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from scenewright.core import FormatError
from scenewright.io import write_bytes


def save_checkpoint(
    path: Path, models: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, facts: Any
) -> None:
    """Writes networks, optimizer and facts (anything JSON can say) in one go.

    Args:
        path: File to write, atomically.
        models: Networks by name.
        optimizer: Its state per parameter is kept, not its settings.
        facts: Such as the step, under which the file is continued.
    """
    tensors = {
        f"{name}/{key}": value.detach().contiguous().cpu()
        for name, model in models.items()
        for key, value in model.state_dict().items()
    }
    for row, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            tensors[f"optimizer/{row}/{key}"] = torch.as_tensor(value).detach().cpu().contiguous()
    write_bytes(path, save(tensors, metadata={"facts": json.dumps(facts)}))


def load_checkpoint(
    path: Path, models: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer
) -> Any:
    """Restores what `save_checkpoint` wrote; returns the facts.

    Raises:
        FormatError: The file is not such a checkpoint, or of other networks.
    """
    with safe_open(path, framework="pt") as file:
        facts = (file.metadata() or {}).get("facts")
        if facts is None:
            raise FormatError(f"{path}", expected="a checkpoint of a training run", got="other")
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    for name, model in models.items():
        own = {
            k.removeprefix(f"{name}/"): v for k, v in tensors.items() if k.startswith(f"{name}/")
        }
        try:
            model.load_state_dict(own)
        except RuntimeError as error:
            raise FormatError(
                f"{path}", expected=f"the weights of {name}", got=str(error)
            ) from None
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("optimizer/"):
            _, row, part = key.split("/")
            state.setdefault(int(row), {})[part] = value
    settings = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": settings})
    return json.loads(facts)
