"""Weight files of ``generate/tiny``: one network each, whose sizes are in the metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from scenewright.core import WeightsError
from scenewright.models.generators.tiny.design import FlowDesign, VaeDesign
from scenewright.models.generators.tiny.network import TinyFlow
from scenewright.models.generators.tiny.vae import GridCodec, make_codec
from scenewright.models.networks.loading import load_strict

_Network = TypeVar("_Network", bound=nn.Module)


def read_codec(path: str | Path) -> GridCodec:
    """The codec of grids in a file of `train vae`, in float32.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    design, tensors = _read(Path(path), VaeDesign)
    return _loaded(make_codec(design), tensors)


def read_flow(path: str | Path) -> TinyFlow:
    """The flow in a file of `train flow`, in float32.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    design, tensors = _read(Path(path), FlowDesign)
    return _loaded(TinyFlow(design), tensors)


def _loaded(network: _Network, tensors: dict[str, Tensor]) -> _Network:
    load_strict(network, tensors)
    return network.eval()


def _read(path: Path, kind: type[Any]) -> tuple[Any, dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).to(torch.float32) for name in file.keys()}
        design = kind(**json.loads(metadata["design"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path}", expected=f"weights with a {kind.__name__}", got=f"{error}",
            do="Train them with: scenewright train",
        ) from error  # fmt: skip
    return design, tensors
