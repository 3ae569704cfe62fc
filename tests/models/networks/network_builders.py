"""Tiny networks with random weights, and the recorded runs of the published ones."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

import parity
import parity_common

Network = TypeVar("Network", bound=nn.Module)


def randomized(network: Network, *, seed: int = 0) -> Network:
    """The network with random values in place of those that start as zero, in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            scale = 0.3 / parameter.shape[-1] ** 0.5 if parameter.ndim > 1 else 0.1
            parameter.add_(scale * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    """Normal values, the same for the same seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def assert_parity(folder: Path) -> None:
    """Every result of a recorded run is met within its limit."""
    entries = list(parity.check(parity_common.read_recording(folder)))
    assert entries
    over = [str(entry) for entry in entries if not entry.ok]
    assert over == []
