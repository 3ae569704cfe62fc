"""DINOv2 with registers: recorded runs, image sizes, norms."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from scenewright.core import ShapeError
from scenewright.models.networks.dinov2 import DinoConfig, DinoV2, normalize_image
from tests.models.networks.network_builders import assert_parity, random_tensor, randomized

TINY = DinoConfig(img_size=12, patch_size=4, embed_dim=8, depth=2, num_heads=2, register_tokens=2)


@pytest.mark.shared
def test_recorded_runs_are_met(recordings: Path) -> None:
    assert_parity(recordings / "dinov2_reg")


def test_tokens_are_class_registers_and_patches_row_by_row() -> None:
    network = randomized(DinoV2(TINY))
    images = random_tensor(2, 3, 12, 12)
    tokens = network(images)
    assert tokens.prenorm.shape == tokens.normed.shape == (2, 1 + 2 + 9, 8)
    assert torch.equal(tokens.patches, tokens.normed[:, 3:])
    changed = images.clone()
    changed[:, :, 4:8, 0:4] += 1
    difference = (network.patch_embed(changed) - network.patch_embed(images)).abs().sum((0, 2))
    assert difference.nonzero().flatten().tolist() == [3]


def test_condition_tokens_are_normalized_without_parameters() -> None:
    network = randomized(DinoV2(TINY))
    images = random_tensor(1, 3, 12, 12)
    expected = F.layer_norm(network(images).prenorm, (8,))
    assert torch.equal(network.condition_tokens(images), expected)


def test_positions_are_resampled_for_images_of_other_sizes() -> None:
    network = randomized(DinoV2(TINY))
    assert network(random_tensor(1, 3, 8, 20)).prenorm.shape == (1, 1 + 2 + 10, 8)
    with torch.no_grad():
        ramp = torch.arange(3.0).repeat_interleave(3)
        network.pos_embed[0, 1:] = ramp[:, None]
    resampled = network._positions(6, 3)[0, 1:, 0].reshape(6, 3)
    assert torch.equal(resampled[:, 0], resampled[:, 2])
    assert bool((resampled.diff(dim=0) > 0).all())
    assert torch.equal(network._positions(3, 3), network.pos_embed)


def test_an_offset_scales_the_positions_a_little_differently() -> None:
    plain = randomized(DinoV2(TINY))
    config = DinoConfig(**{**vars(TINY), "interpolate_offset": 0.1})
    shifted = DinoV2(config)
    shifted.load_state_dict(plain.state_dict())
    first, second = plain._positions(5, 5), shifted._positions(5, 5)
    assert first.shape == second.shape and not torch.equal(first, second)
    torch.testing.assert_close(first, second, rtol=0, atol=0.2)


def test_images_are_normalized_per_channel() -> None:
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    assert bool((normalize_image(mean.expand(3, 2, 2)) == 0).all())
    white = normalize_image(torch.ones(3, 1, 1)).flatten().tolist()
    assert white == pytest.approx([2.2489, 2.4286, 2.64], abs=1e-3)


def test_bad_images_are_named() -> None:
    network = DinoV2(TINY)
    with pytest.raises(ShapeError) as caught:
        network(torch.zeros(1, 3, 12, 13))
    assert str(caught.value) == (
        "images: expected (B, 3, H, W) with sides that are multiples of 4, got (1, 3, 12, 13)"
    )
    with pytest.raises(ShapeError):
        network(torch.zeros(1, 4, 12, 12))
