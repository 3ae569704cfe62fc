"""The networks of a generator: sizes without loading, and weights when they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import nn

from scenewright.models.generators.checkpoints import load_network
from scenewright.models.generators.packages import NetworkFile
from scenewright.models.networks.published import build

Result = TypeVar("Result")


@dataclass
class NetworkStore:
    """The networks of a generator, loaded when they are needed.

    Attributes:
        files: Where they are, by name.
        dtype: Type of their torsos.
        device: Where they run.
        low_memory: Whether a network is dropped after its use.
        allow_pickles: Whether files of PyTorch are read.
        hashes: SHA-256 of the files that were read, by folder and name.
    """

    files: dict[str, NetworkFile]
    dtype: torch.dtype
    device: torch.device
    low_memory: bool
    allow_pickles: bool
    hashes: dict[str, str] = field(default_factory=dict)
    _loaded: dict[str, nn.Module] = field(default_factory=dict)

    def blank(self, name: str) -> nn.Module:
        """A network without memory, to read its sizes from."""
        file = self.files[name]
        with torch.device("meta"):
            network = build(file.network, file.args)
        set_dtype = getattr(network, "set_dtype", None)
        if set_dtype is not None:
            set_dtype(self.dtype)
        return network

    def run(self, name: str, work: Callable[[Any], Result]) -> Result:
        """What `work` makes with a network; nothing else holds the network if memory is low."""
        network = self._loaded.get(name)
        if network is None:
            network, digest = load_network(
                self.files[name],
                dtype=self.dtype,
                device=self.device,
                allow_pickles=self.allow_pickles,
            )
            path = self.files[name].path
            self.hashes[f"{path.parent.name}/{path.name}"] = digest
            if not self.low_memory:
                self._loaded[name] = network
        return work(network)
