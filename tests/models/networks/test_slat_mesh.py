"""The decoder of structured latents to features of fine voxels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from scenewright.core import ConventionError, ShapeError
from scenewright.models.networks.slat_mesh import (
    CubeFeatures,
    SlatMeshDecoder,
    SubdivideBlock,
    cube_channels,
)
from scenewright.models.networks.slat_trunk import SlatConfig
from scenewright.models.networks.sparse import SparseTensor
from tests.models.networks.network_builders import assert_parity, randomized
from tests.models.networks.sparse.sparse_builders import random_tensor

CONFIG = SlatConfig(
    resolution=8, latent_channels=4, model_channels=256, num_blocks=1, num_heads=4,
    mlp_ratio=1, window_size=4,
)  # fmt: skip


@pytest.mark.shared
def test_recorded_run(recordings: Path) -> None:
    assert_parity(recordings / "slat_dec_mesh")


@pytest.mark.parametrize("color", [False, True])
def test_every_voxel_becomes_64(color: bool) -> None:
    decoder = randomized(SlatMeshDecoder(CONFIG, color=color))
    x = random_tensor((9, 5), 4)
    fine = decoder(x)
    assert decoder.fine_resolution == 32
    assert fine.feats.shape == (14 * 64, cube_channels(color=color))
    assert fine.grid.lengths == (9 * 64, 5 * 64)
    parents = torch.cat([fine.grid.coords[:, :1], fine.grid.coords[:, 1:] // 4], 1)
    assert torch.equal(parents, x.grid.coords.repeat_interleave(64, 0))
    assert len(torch.unique(fine.grid.coords, dim=0)) == 14 * 64


def test_objects_are_computed_as_if_alone() -> None:
    x = random_tensor((9, 5), 4)
    decoder = randomized(SlatMeshDecoder(CONFIG))
    alone = decoder(SparseTensor.of(x.feats[:9], x.grid.coords[:9]))
    together = decoder(x)
    torch.testing.assert_close(together.feats[: 9 * 64], alone.feats, atol=1e-5, rtol=1e-5)


def test_half_precision_is_close() -> None:
    x = random_tensor((9,), 4)
    decoder = randomized(SlatMeshDecoder(CONFIG))
    expected = decoder(x).feats
    decoder.set_dtype(torch.bfloat16)
    result = decoder(x).feats
    assert result.dtype == torch.float32
    assert (result - expected).abs().mean() < 0.05 * expected.std()


def test_blocks_start_as_their_skip_connection() -> None:
    x = random_tensor((9,), 32)
    block = SubdivideBlock(32, 32)
    assert not any(parameter.any() for parameter in block.out_layers[3].parameters())
    assert torch.equal(block(x).feats, x.feats.repeat_interleave(8, 0))


def test_features_are_split_by_corner() -> None:
    feats = torch.arange(202.0).reshape(2, 101)
    split = CubeFeatures.split(feats)
    assert torch.equal(split.sdf[1], torch.arange(101.0, 109.0))
    assert torch.equal(split.deform[0, 1], torch.tensor([11.0, 12.0, 13.0]))
    assert torch.equal(split.weights[0, [0, -1]], torch.tensor([32.0, 52.0]))
    assert split.colors is not None
    assert torch.equal(split.colors[0, 7], torch.arange(95.0, 101.0))
    assert CubeFeatures.split(feats[:, :53]).colors is None


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        CubeFeatures.split(torch.zeros(2, 100))
    assert str(caught.value) == "feats: expected shape (N, 53) or (N, 101), got (2, 100)"
    with pytest.raises(ConventionError) as narrow:
        SlatMeshDecoder(SlatConfig(model_channels=96, num_heads=4))
    assert str(narrow.value) == "model_channels: expected a multiple of 256, got 96"
