"""The sparse-structure VAE: recorded runs, shapes, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from scenewright.core import ShapeError
from scenewright.models.networks.ss_vae import (
    Latent,
    ResBlock3d,
    SparseStructureDecoder,
    SparseStructureEncoder,
    pixel_shuffle_3d,
)
from tests.models.networks.network_builders import assert_parity, random_tensor, randomized


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ss_vae_enc", "ss_vae_dec"])
def test_recorded_runs_are_met(recordings: Path, name: str) -> None:
    assert_parity(recordings / name)


def _pair() -> tuple[SparseStructureEncoder, SparseStructureDecoder]:
    encoder = SparseStructureEncoder(1, 3, 1, channels=[4, 8], num_res_blocks_middle=1)
    decoder = SparseStructureDecoder(1, 3, 1, channels=[8, 4], num_res_blocks_middle=1)
    return randomized(encoder), randomized(decoder)


def test_a_grid_becomes_a_latent_and_a_grid_again() -> None:
    encoder, decoder = _pair()
    grid = (random_tensor(2, 1, 8, 8, 8) > 0).float()
    latent = encoder(grid)
    assert latent.mean.shape == latent.logvar.shape == (2, 3, 4, 4, 4)
    assert decoder(latent.mean).shape == grid.shape


def test_objects_of_a_batch_do_not_see_each_other() -> None:
    encoder, decoder = _pair()
    grids = random_tensor(3, 1, 8, 8, 8)
    both = decoder(encoder(grids).mean)
    alone = decoder(encoder(grids[1:2]).mean)
    torch.testing.assert_close(both[1:2], alone, rtol=1e-4, atol=1e-5)


def test_a_shift_by_two_voxels_shifts_the_latent_inside() -> None:
    encoder, _ = _pair()
    grid = torch.zeros(1, 1, 48, 48, 48)
    grid[..., 22:26, 22:26, 22:26] = random_tensor(4, 4, 4)
    moved = torch.roll(grid, 2, dims=2)
    plain, shifted = encoder(grid).mean, encoder(moved).mean
    inside = slice(10, 14)
    torch.testing.assert_close(
        shifted[:, :, 11:15, inside, inside], plain[:, :, 10:14, inside, inside]
    )


def test_channels_move_into_voxels_with_the_last_axis_fastest() -> None:
    x = torch.zeros(1, 16, 2, 2, 2)
    x[0, 8 + 4 + 1, 1, 0, 1] = 1
    assert pixel_shuffle_3d(x).nonzero().tolist() == [[0, 1, 3, 0, 3]]


def test_new_residual_blocks_change_nothing() -> None:
    x = random_tensor(1, 4, 3, 3, 3)
    assert torch.equal(ResBlock3d(4)(x), x)
    assert ResBlock3d(4, 6)(x).shape == (1, 6, 3, 3, 3)


def test_samples_scatter_as_the_variance_says_and_repeat_with_the_seed() -> None:
    encoder, _ = _pair()
    latent = Latent(torch.full((1, 3, 16, 16, 16), 2.0), torch.full((1, 3, 16, 16, 16), -1.0))
    first, again = (
        encoder.sample(latent, generator=torch.Generator().manual_seed(1)) for _ in range(2)
    )
    assert torch.equal(first, again)
    assert float(first.mean()) == pytest.approx(2, abs=0.03)
    assert float(first.std()) == pytest.approx(0.6065, abs=0.02)


def test_the_torso_can_run_in_bfloat16() -> None:
    encoder, decoder = _pair()
    grid = random_tensor(1, 1, 8, 8, 8)
    exact = decoder(encoder(grid).mean).detach()
    for network in (encoder, decoder):
        network.set_dtype(torch.bfloat16)
    assert encoder.input_layer.weight.dtype == torch.float32
    rough = decoder(encoder(grid).mean).detach()
    assert rough.dtype == torch.float32 and not torch.equal(rough, exact)
    assert float((rough - exact).abs().max()) < 0.1 * float(exact.std())


def test_bad_grids_are_named() -> None:
    encoder, decoder = _pair()
    with pytest.raises(ShapeError) as caught:
        encoder(torch.zeros(1, 2, 8, 8, 8))
    assert str(caught.value) == ("grid to encode: expected (B, 1, r, r, r), got (1, 2, 8, 8, 8)")
    with pytest.raises(ShapeError) as caught:
        encoder(torch.zeros(1, 1, 8, 8, 7))
    assert str(caught.value) == (
        "sides of the grid to encode: expected multiples of 2, got (8, 8, 7)"
    )
    with pytest.raises(ShapeError) as caught:
        decoder(torch.zeros(1, 1, 4, 4, 4))
    assert str(caught.value) == ("latent to decode: expected (B, 3, r, r, r), got (1, 1, 4, 4, 4)")
