"""The trunk of encoder and decoders of structured latents."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from scenewright.core import ConventionError, ShapeError, WeightsError
from scenewright.models.networks.slat_trunk import SlatConfig, SlatTrunk
from scenewright.models.networks.sparse import SparseTensor
from tests.models.networks.network_builders import randomized
from tests.models.networks.sparse.sparse_builders import random_tensor

CONFIG = SlatConfig(
    resolution=8, latent_channels=4, model_channels=24, num_blocks=3, num_heads=2, window_size=4
)
ARGS: dict[str, Any] = {
    "resolution": 8, "latent_channels": 4, "model_channels": 24, "num_blocks": 3, "num_heads": 2,
    "mlp_ratio": 4, "attn_mode": "swin", "window_size": 4, "pe_mode": "ape", "use_fp16": True,
}  # fmt: skip


def test_published_arguments() -> None:
    assert SlatConfig.from_published(ARGS) == CONFIG
    assert SlatConfig.from_published({**ARGS, "attn_mode": "full"}).window_size is None
    wide = {**ARGS, "num_heads": None, "model_channels": 192}
    assert SlatConfig.from_published(wide).num_heads == 3


def test_windows_of_odd_blocks_are_shifted_by_half() -> None:
    assert [CONFIG.window(block) for block in range(3)] == [(4, 0), (4, 2), (4, 0)]
    assert SlatConfig(window_size=5).window(1) == (5, 2)
    assert SlatConfig(window_size=None).window(1) is None


def test_permuted_voxels_permute_results() -> None:
    x = random_tensor((60, 40), 4)
    order = torch.cat([torch.randperm(60), 60 + torch.randperm(40)])
    trunk = randomized(SlatTrunk(CONFIG))
    mixed = trunk.hidden(SparseTensor.of(x.feats[order], x.grid.coords[order]))
    torch.testing.assert_close(mixed.feats, trunk.hidden(x).feats[order])


@pytest.mark.parametrize("window_size", [4, None])
def test_objects_are_computed_as_if_alone(window_size: int | None) -> None:
    x = random_tensor((60, 40), 4)
    config = SlatConfig.from_published({**ARGS, "window_size": 4})
    if window_size is None:
        config = SlatConfig.from_published({**ARGS, "attn_mode": "full"})
    trunk = randomized(SlatTrunk(config))
    alone = SparseTensor.of(x.feats[:60], x.grid.coords[:60])
    torch.testing.assert_close(trunk.hidden(x).feats[:60], trunk.hidden(alone).feats)


def test_half_precision_is_close() -> None:
    x = random_tensor((60,), 4)
    trunk = randomized(SlatTrunk(CONFIG))
    expected = trunk.hidden(x).feats
    trunk.set_dtype(torch.bfloat16)
    result = trunk.hidden(x).feats
    assert result.dtype == torch.bfloat16
    assert trunk.input_layer.weight.dtype == torch.float32
    assert (result.float() - expected).abs().mean() < 0.02 * expected.std()


def test_wrong_inputs_are_refused() -> None:
    trunk = SlatTrunk(CONFIG)
    with pytest.raises(ShapeError) as caught:
        trunk.hidden(random_tensor((5,), 3))
    assert str(caught.value) == "latents: expected 4 channels per voxel, got 3"
    far = torch.tensor([[0, 1, 8, 1]])
    with pytest.raises(ShapeError) as caught:
        trunk.hidden(SparseTensor.of(torch.zeros(1, 4), far))
    assert str(caught.value) == "coords: expected coordinates below the resolution, 8, got 8"


def test_wrong_configurations_are_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        SlatConfig(model_channels=10, num_heads=4)
    assert str(caught.value) == "model_channels: expected a multiple of num_heads (4), got 10"
    with pytest.raises(ConventionError) as caught:
        SlatConfig(window_size=0)
    assert str(caught.value) == "window_size: expected at least 1, got 0"
    with pytest.raises(WeightsError) as unknown:
        SlatConfig.from_published({**ARGS, "attn_mode": "shift_window"})
    assert str(unknown.value) == (
        "The configuration of a network: attn_mode: expected 'full' or 'swin', got 'shift_window'"
    )
