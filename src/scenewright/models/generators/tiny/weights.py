"""Weight files of ``generate/tiny``, whose metadata state the sizes of the networks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from scenewright.core import WeightsError
from scenewright.io import write_bytes
from scenewright.models.generators.tiny.design import EncoderDesign, FlowDesign, VaeDesign
from scenewright.models.generators.tiny.encoder import SceneEncoder
from scenewright.models.generators.tiny.flow import TinyFlow
from scenewright.models.generators.tiny.sampling import TinyNetworks
from scenewright.models.generators.tiny.vae import GridCodec, make_codec
from scenewright.models.networks.loading import load_strict

CODEC, ENCODER, FLOW = "codec", "encoder", "flow"
_Network = TypeVar("_Network", bound=nn.Module)


def write_weights(
    path: Path,
    facts: Mapping[str, Any],
    *,
    codec: GridCodec | None = None,
    encoder: SceneEncoder | None = None,
    flow: TinyFlow | None = None,
) -> None:
    """Writes the networks that are given, in float16.

    Args:
        path: The file.
        facts: JSON values about the training.
        codec: The codec of grids.
        encoder: The image encoder.
        flow: The flow on the latents of the codec.
    """
    tensors: dict[str, Tensor] = {}
    metadata = {"trained": json.dumps(facts), "license": "Apache-2.0"}
    for name, network in ((CODEC, codec), (ENCODER, encoder), (FLOW, flow)):
        if network is not None:
            metadata[name] = json.dumps(asdict(network.design))
            for key, value in network.state_dict().items():
                tensors[f"{name}/{key}"] = value.detach().half().cpu().contiguous()
    write_bytes(path, save(tensors, metadata=metadata))


def read_codec(path: str | Path) -> GridCodec:
    """The codec of grids in a file of ``train vae`` or ``train flow``, in float32.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    design, tensors = _read(Path(path), CODEC, VaeDesign)
    return _loaded(make_codec(design), tensors)


def read_encoder(path: str | Path, expected: EncoderDesign | None = None) -> SceneEncoder:
    """The image encoder in a file of ``train encoder`` or ``train flow``, in float32.

    Args:
        path: The file.
        expected: Sizes that it must have; None for any.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    design, tensors = _read(Path(path), ENCODER, EncoderDesign)
    if expected is not None and design != expected:
        raise WeightsError(f"{path}", expected=f"{expected}", got=f"{design}")
    return _loaded(SceneEncoder(design), tensors)


def read_flow(path: str | Path) -> TinyFlow:
    """The flow in a file of ``train flow``, in float32.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    design, tensors = _read(Path(path), FLOW, FlowDesign)
    return _loaded(TinyFlow(design), tensors)


def read_networks(path: str | Path) -> TinyNetworks:
    """The networks in a file of ``train encoder`` or ``train flow``, in float32.

    Raises:
        WeightsError: The file is missing, damaged, or of another network.
    """
    encoder = read_encoder(path)
    if FLOW not in _metadata(Path(path)):
        return TinyNetworks(encoder)
    return TinyNetworks(encoder, read_codec(path), read_flow(path))


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}  # Reading a part says what is wrong.


def _loaded(network: _Network, tensors: dict[str, Tensor]) -> _Network:
    load_strict(network, tensors)
    return network.eval()


def _read(path: Path, part: str, kind: type[Any]) -> tuple[Any, dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {
                name.removeprefix(f"{part}/"): file.get_tensor(name).to(torch.float32)
                for name in file.keys()
                if name.startswith(f"{part}/")
            }
        design = kind(**json.loads(metadata[part]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path}",
            expected=f"weights of generate/tiny with a part '{part}'",
            got=f"{error}" or type(error).__name__,
            do="Train them with 'scenewright train vae', 'train encoder' and 'train flow'.",
        ) from error
    return design, tensors
