"""Strict loading names the first tensor that does not fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from scenewright.core import WeightsError
from scenewright.models.networks.loading import load_strict, set_torso_dtype, torso_dtype


def _network() -> nn.Module:
    network = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2))
    network.register_buffer("grid", torch.zeros(4))
    return network


def _arrays() -> dict[str, np.ndarray]:
    shapes = {k: tuple(v.shape) for k, v in _network().state_dict().items()}
    return {k: np.full(shape, i, np.float16) for i, (k, shape) in enumerate(shapes.items())}


def test_weights_and_buffers_are_loaded_in_the_types_of_the_network() -> None:
    network = _network()
    load_strict(network, _arrays())
    state = network.state_dict()
    assert {value.dtype for value in state.values()} == {torch.float32}
    assert [float(value.max()) for value in state.values()] == [0, 1, 2, 3, 4]


def test_a_network_on_the_meta_device_receives_its_tensors() -> None:
    with torch.device("meta"):
        network = _network()
    set_torso_dtype(network, torch.bfloat16)
    load_strict(network, _arrays())
    state = network.state_dict()
    assert not any(value.is_meta for value in state.values())
    assert state["0.weight"].dtype == torch.bfloat16 and state["1.weight"].dtype == torch.float32
    assert torso_dtype(network) == torch.bfloat16
    assert torso_dtype(nn.LayerNorm(2)) == torch.float32


def test_only_names_with_the_prefix_are_read() -> None:
    network = _network()
    arrays = {f"inner.{name}": value for name, value in _arrays().items()}
    load_strict(network, {**arrays, "other": np.zeros(3)}, prefix="inner.")
    state = network.state_dict()
    assert {k: float(v.max()) for k, v in state.items()} == {
        k: float(v.max()) for k, v in _arrays().items()
    }
    with pytest.raises(WeightsError, match=r"'inner.grid' in .* got nothing"):
        load_strict(network, _arrays(), prefix="inner.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"1.weight": np.zeros(3)},
            "'1.weight' in the weights of Sequential: expected shape (2,), got shape (3,). "
            "These weights belong to another network or another configuration of it.",
        ),
        (
            {"0.bias": None, "1.weight": np.zeros(3)},
            "'0.bias' in the weights of Sequential: expected shape (2,), got nothing. "
            "These weights belong to another network or another configuration of it.",
        ),
        (
            {"1.extra": np.zeros((5, 1))},
            "'1.extra' in the weights of Sequential: expected no such name, got shape (5, 1). "
            "These weights belong to another network or another configuration of it.",
        ),
    ],
)
def test_the_first_name_that_does_not_fit_is_reported(
    change: dict[str, np.ndarray | None], message: str
) -> None:
    arrays = {k: v for k, v in {**_arrays(), **change}.items() if v is not None}
    network = _network()
    before = {k: v.clone() for k, v in network.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        load_strict(network, arrays)
    assert str(caught.value) == message
    assert all(torch.equal(before[k], v) for k, v in network.state_dict().items())
