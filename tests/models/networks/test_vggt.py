"""The aggregator of VGGT: recorded runs, the rotary embedding, several images."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from scenewright.core import ShapeError
from scenewright.models.networks.dinov2 import DinoConfig
from scenewright.models.networks.vggt import (
    Aggregator,
    AggregatorConfig,
    rotary_angles,
    rotate_channels,
)
from tests.models.networks.network_builders import assert_parity, random_tensor, randomized

TINY = AggregatorConfig(
    embed_dim=16,
    depth=2,
    num_heads=2,
    register_tokens=2,
    patch_embed=DinoConfig(img_size=12, patch_size=4, embed_dim=16, depth=1, num_heads=2),
)


@pytest.mark.shared
def test_recorded_runs_are_met(recordings: Path) -> None:
    assert_parity(recordings / "vggt_aggregator")


def test_every_pair_of_blocks_gives_tokens_of_both() -> None:
    network = randomized(Aggregator(TINY))
    images = random_tensor(1, 2, 3, 8, 12).sigmoid()
    layers = list(network.layers(images))
    assert [layer.shape for layer in layers] == 2 * [(1, 2, 1 + 2 + 6, 32)]
    assert torch.equal(network(images), layers[-1])


def test_scenes_of_a_batch_do_not_see_each_other_and_images_of_a_scene_do() -> None:
    network = randomized(Aggregator(TINY))
    images = random_tensor(2, 2, 3, 12, 12).sigmoid()
    both = network(images)
    torch.testing.assert_close(both[1:], network(images[1:]), rtol=1e-4, atol=1e-5)
    alone = network(images[:, :1])
    assert not torch.allclose(both[:, :1], alone, atol=1e-4)


def test_the_first_image_has_its_own_camera_token() -> None:
    network = randomized(Aggregator(TINY))
    image = random_tensor(1, 1, 3, 12, 12).sigmoid()
    frame_half = next(iter(network.layers(image.expand(1, 3, -1, -1, -1))))[..., :16]
    assert torch.equal(frame_half[:, 1], frame_half[:, 2])
    assert not torch.allclose(frame_half[:, 0], frame_half[:, 1], atol=1e-5)


def test_rotation_depends_on_differences_of_places_alone() -> None:
    queries, keys = random_tensor(1, 1, 1, 8, seed=1), random_tensor(1, 1, 1, 8, seed=2)

    def score(first: tuple[int, int], second: tuple[int, int]) -> float:
        turned = []
        for x, place in ((queries, first), (keys, second)):
            angles = rotary_angles(torch.tensor([place]), 8, base=100.0)
            turned.append(rotate_channels(x, cos=angles.cos(), sin=angles.sin()))
        return float((turned[0] * turned[1]).sum())

    assert score((3, 1), (1, 4)) == pytest.approx(score((7, 2), (5, 5)), abs=1e-5)
    assert score((3, 1), (1, 4)) != pytest.approx(score((3, 1), (1, 3)), abs=1e-3)


def test_the_first_half_of_the_channels_follows_the_row() -> None:
    angles = rotary_angles(torch.tensor([[2, 3]]), 8, base=100.0)
    assert angles[0].tolist() == [[2.0, pytest.approx(0.2)], [3.0, pytest.approx(0.3)]]
    x = torch.zeros(1, 1, 1, 8)
    x[..., 0] = 1
    turned = rotate_channels(x, cos=angles.cos(), sin=angles.sin())[0, 0, 0].tolist()
    assert turned == pytest.approx([math.cos(2), 0, math.sin(2), 0, 0, 0, 0, 0], abs=1e-6)


def test_special_tokens_are_not_rotated() -> None:
    network = Aggregator(TINY)
    places = network._places(3, torch.zeros(1, 1, 3, 8, 12))
    assert places.tolist() == 3 * [[0, 0]] + [[r, c] for r in (1, 2) for c in (1, 2, 3)]


def test_bad_images_are_named() -> None:
    with pytest.raises(ShapeError) as caught:
        Aggregator(TINY)(torch.zeros(1, 3, 12, 12))
    assert str(caught.value) == "images: expected (B, S, 3, H, W), got (1, 3, 12, 12)"
