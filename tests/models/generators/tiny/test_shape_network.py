"""The network of complete/tiny and its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from scenewright.core import WeightsError  # noqa: E402
from scenewright.models.generators.tiny.shape_network import (  # noqa: E402
    ShapeDesign,
    ShapeNetwork,
    read_shape_network,
    shape_probabilities,
    write_shape_network,
)
from tests.models.generators.tiny.tiny_builders import small_encoder  # noqa: E402


def small_network() -> ShapeNetwork:
    """A network with random weights."""
    torch.manual_seed(0)
    return ShapeNetwork(ShapeDesign(layers=1)).eval()


def test_known_voxels_keep_their_state() -> None:
    occupied, free = np.zeros((2, 2, 32, 32, 32), bool)
    occupied[:, 0, 0], free[:, 16, 16] = True, True
    found = shape_probabilities(small_network(), occupied, free)
    assert found.shape == occupied.shape and found.dtype == np.float32
    assert (found[occupied] == 1).all() and (found[free] == 0).all()
    unknown = ~(occupied | free)
    assert ((found[unknown] > 0) & (found[unknown] < 1)).all()


def test_what_is_known_matters_and_each_object_is_on_its_own() -> None:
    occupied, free = np.zeros((2, 2, 32, 32, 32), bool)
    occupied[1, 8:24, 8, 8:24] = True
    both = shape_probabilities(small_network(), occupied, free)
    assert not np.allclose(both[0], both[1])
    alone = shape_probabilities(small_network(), occupied[1:], free[1:])
    assert np.allclose(alone[0], both[1], atol=1e-5)


def test_weights_come_back(tmp_path: Path) -> None:
    network = small_network()
    write_shape_network(tmp_path / "w.safetensors", network, {"step": 3})
    again = read_shape_network(tmp_path / "w.safetensors")
    assert again.design == network.design and not again.training
    for name, value in network.state_dict().items():
        assert torch.allclose(again.state_dict()[name], value, atol=2e-3), name


def test_convolutions_come_from_an_encoder() -> None:
    network, encoder = small_network(), small_encoder()
    network.take_convolutions(encoder)
    assert torch.equal(network.decoder.first.weight, encoder.decoder.first.weight)
    assert torch.equal(network.part_emb, encoder.part_emb)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(WeightsError, match="Train them with 'scenewright train completion'"):
        read_shape_network(path)
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="expected weights of complete/tiny"):
        read_shape_network(path)
