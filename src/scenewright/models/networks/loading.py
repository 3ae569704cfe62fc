"""Weights into networks, strictly: every tensor of the network once, by name and shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scenewright.core import WeightsError
from scenewright.models.networks.sparse import KernelParameters

_TORSO_LAYERS = (nn.Linear, nn.Conv2d, nn.Conv3d, KernelParameters)
_DO = "These weights belong to another network or another configuration of it."


def load_strict(
    module: nn.Module,
    arrays: Mapping[str, Tensor | NDArray[np.generic]],
    *,
    prefix: str = "",
    source: str = "",
) -> None:
    """Loads weights and buffers; the types of the module's tensors are kept.

    A module on the meta device receives the tensors themselves where they have the right type, so
    that nothing is held twice.

    Args:
        module: The network; changed in place.
        arrays: Tensors or arrays by the names of its state dict.
        prefix: Only names that begin with it are read, and it is removed from them; "" reads all.
        source: The file, for messages; "" if there is none.

    Raises:
        WeightsError: A name is missing, has another shape, or is not one of the network. The first
            such name in the order of the state dict is reported, with both shapes.
    """
    given = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    wanted = module.state_dict()
    network = f"{type(module).__name__}{f' in {source}' if source else ''}"
    _check(network, wanted, given, prefix)
    on_meta = any(value.is_meta for value in wanted.values())
    state = {name: _as_tensor(value).to(wanted[name].dtype) for name, value in given.items()}
    module.load_state_dict(state, strict=True, assign=on_meta)


def set_torso_dtype(torso: nn.Module, dtype: torch.dtype) -> None:
    """Casts linear layers and convolutions; norms and embeddings of a network stay in float32.

    Args:
        torso: The part of a network that may run in another type, such as its blocks.
        dtype: ``torch.float32``, ``torch.bfloat16`` or ``torch.float16``.
    """
    for layer in torso.modules():
        if isinstance(layer, _TORSO_LAYERS):
            layer.to(dtype)


def torso_dtype(*parts: nn.Module) -> torch.dtype:
    """The type of the first linear layer or convolution of the parts; float32 if there is none."""
    for part in parts:
        for layer in part.modules():
            if isinstance(layer, _TORSO_LAYERS):
                return layer.weight.dtype
    return torch.float32


def _as_tensor(value: Tensor | NDArray[np.generic]) -> Tensor:
    if isinstance(value, Tensor):
        return value
    return torch.from_numpy(np.require(value, requirements=["C", "W"]))


def _check(
    network: str,
    wanted: Mapping[str, Tensor],
    given: Mapping[str, Tensor | NDArray[np.generic]],
    prefix: str,
) -> None:
    for name, value in wanted.items():
        expected = tuple(value.shape)
        found = tuple(given[name].shape) if name in given else None
        if found != expected:
            raise WeightsError(
                f"'{prefix}{name}' in the weights of {network}",
                expected=f"shape {expected}",
                got="nothing" if found is None else f"shape {found}",
                do=_DO,
            )
    for name, array in given.items():
        if name not in wanted:
            raise WeightsError(
                f"'{prefix}{name}' in the weights of {network}",
                expected="no such name",
                got=f"shape {tuple(array.shape)}",
                do=_DO,
            )
