"""Checkpoints hold networks, optimizer and facts, and nothing else is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import save_file  # noqa: E402
from torch import nn  # noqa: E402

from scenewright.core import FormatError  # noqa: E402
from scenewright.training.checkpoints import load_checkpoint, save_checkpoint  # noqa: E402


def small_network(width: int = 4) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width))


def test_checkpoints_hold_networks_and_optimizer(tmp_path: Path) -> None:
    network: Any = small_network()
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    network(torch.randn(2, 3, 8, 8)).square().mean().backward()
    optimizer.step()
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"network": network}, [optimizer], {"step": 7})
    other = small_network()
    fresh = torch.optim.AdamW(other.parameters(), lr=0.02)
    assert load_checkpoint(path, {"network": other}, [fresh]) == {"step": 7}
    for name, value in network.state_dict().items():
        torch.testing.assert_close(other.state_dict()[name], value)
    for row, state in optimizer.state_dict()["state"].items():
        for key, value in state.items():
            torch.testing.assert_close(fresh.state_dict()["state"][row][key], value)
    assert fresh.param_groups[0]["lr"] == 0.02


def test_other_files_are_refused(tmp_path: Path) -> None:
    network = small_network()
    optimizer = torch.optim.AdamW(network.parameters())
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"network": network}, [optimizer], {"step": 7})
    with pytest.raises(FormatError, match="expected the weights of network"):
        load_checkpoint(path, {"network": small_network(5)}, [optimizer])
    save_file({"a": np.zeros(2)}, tmp_path / "d.safetensors")
    with pytest.raises(FormatError) as caught:
        load_checkpoint(tmp_path / "d.safetensors", {}, [optimizer])
    assert str(caught.value) == (
        f"{tmp_path / 'd.safetensors'}: expected a checkpoint of a training run, got another "
        "safetensors file"
    )
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(FormatError, match=r"one that cannot be read .*Delete it to start over\."):
        load_checkpoint(path, {"network": network}, [optimizer])
