"""The torch network: shapes, folding of the normalization, export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import load_file, save_file  # noqa: E402

from scenewright.core import WeightsError  # noqa: E402
from scenewright.models.tiny.design import OFFSETS, NetworkDesign  # noqa: E402
from scenewright.models.tiny.network import expected_shapes  # noqa: E402
from scenewright.training.tasks.masks.network import AffinityNetwork, ConvNorm  # noqa: E402

SMALL = NetworkDesign(widths=(8, 12, 16), blocks=(1, 1, 2))


@pytest.mark.parametrize("size", [(32, 48), (30, 44)])
def test_one_affinity_per_offset_at_half_the_resolution(size: tuple[int, int]) -> None:
    logits = AffinityNetwork(SMALL).eval()(torch.zeros(2, SMALL.num_inputs, *size))
    assert logits.shape == (2, len(OFFSETS), size[0] // 2, size[1] // 2)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (1, 1)])
def test_folded_weights_do_both_steps(size: int, stride: int) -> None:
    torch.manual_seed(0)
    layer = ConvNorm(3, 5, size=size, stride=stride)
    for _ in range(4):  # the normalization learns means and deviations
        layer(2 + 3 * torch.randn(2, 3, 8, 8))
    layer.eval()
    x = torch.randn(1, 3, 8, 8)
    weight, bias = layer.folded()
    folded = torch.nn.functional.conv2d(x, weight, bias, stride=stride, padding=size // 2)
    torch.testing.assert_close(folded, layer(x), atol=1e-5, rtol=1e-4)


def test_export_has_the_names_and_shapes_that_inference_expects() -> None:
    exported = AffinityNetwork(SMALL).eval().export()
    assert {name: value.shape for name, value in exported.items()} == expected_shapes(SMALL)


def test_exported_weights_survive_a_file_whatever_their_memory_layout(tmp_path: Path) -> None:
    network: Any = AffinityNetwork(SMALL)
    network = network.to(memory_format=torch.channels_last).eval()
    save_file(network.export(), tmp_path / "weights.safetensors")
    stored = load_file(tmp_path / "weights.safetensors")
    plain = AffinityNetwork(SMALL).eval()
    plain.load_state_dict(network.state_dict())
    for name, value in plain.export().items():
        np.testing.assert_array_equal(stored[name], value)


def test_restored_weights_predict_the_same_and_can_be_exported_again() -> None:
    torch.manual_seed(1)
    trained = AffinityNetwork(SMALL)
    images = torch.randn(6, SMALL.num_inputs, 32, 48)
    for _ in range(5):
        trained(images + torch.randn_like(images))
    weights = trained.eval().export()
    other = AffinityNetwork(SMALL)
    other.restore(weights, images)
    assert other.training
    expected = trained(images)
    torch.testing.assert_close(other(images), expected, atol=2e-3, rtol=1e-3)
    other.eval()
    unseen = torch.randn_like(images)
    torch.testing.assert_close(other(unseen), trained(unseen), atol=1e-4, rtol=1e-3)
    for name, value in other.export().items():
        np.testing.assert_allclose(value, weights[name], atol=1e-5, rtol=1e-3)


def test_weights_of_another_design_cannot_be_restored() -> None:
    weights = AffinityNetwork(SMALL).eval().export()
    del weights["stem.bias"]
    with pytest.raises(
        WeightsError,
        match=r"^Weight 'stem.bias' of the affinity network: expected \(8,\), got none$",
    ):
        AffinityNetwork(SMALL).restore(weights, torch.zeros(1, SMALL.num_inputs, 16, 16))
