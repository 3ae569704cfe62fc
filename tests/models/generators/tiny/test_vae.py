"""Codecs of grids: folding, principal components, and the VAE."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.generators.tiny.design import VaeDesign  # noqa: E402
from scenewright.models.generators.tiny.vae import (  # noqa: E402
    BlockCodec,
    GridVae,
    folded,
    make_codec,
    unfolded,
)


def test_folding_moves_the_voxels_of_a_block_into_channels() -> None:
    grids = torch.rand(2, 32, 32, 32)
    blocks = folded(grids)
    assert blocks.shape == (2, 64, 8, 8, 8)
    assert torch.equal(blocks[1, :, 3, 0, 7], grids[1, 12:16, 0:4, 28:32].flatten())
    assert torch.equal(unfolded(blocks), grids)


def test_all_components_code_without_loss() -> None:
    codec = make_codec(VaeDesign("blocks", 64))
    assert isinstance(codec, BlockCodec)
    codec.basis.copy_(torch.eye(64))
    codec.mean.fill_(0.3)
    grids = (torch.rand(2, 32, 32, 32) > 0.5).float()
    latent = codec.code(grids)
    assert latent.shape == (2, 64, 8, 8, 8)
    assert torch.equal(codec.decode(latent) > 0, grids > 0.5)
    codec.scale.fill_(2.0)
    codec.shift.fill_(0.5)
    assert torch.allclose(codec.restored(codec.normalized(latent)), latent, atol=1e-6)
    assert torch.allclose(codec.normalized(latent), (latent - 0.5) / 2)


def test_the_vae_is_the_published_classes_on_blocks() -> None:
    vae = make_codec(VaeDesign("network", 3, 8, 1))
    assert isinstance(vae, GridVae)
    latent = vae.encode(torch.zeros(1, 32, 32, 32))
    assert latent.mean.shape == latent.logvar.shape == (1, 3, 8, 8, 8)
    assert vae.decode(vae.code(torch.zeros(1, 32, 32, 32))).shape == (1, 32, 32, 32)
