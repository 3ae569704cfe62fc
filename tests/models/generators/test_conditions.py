"""Tokens of pictures: which, how many, in which order."""

from __future__ import annotations

import torch

from scenewright.models.generators.conditions import (
    encoded,
    geometry_tokens,
    object_pictures,
    object_tokens,
    scene_tokens,
    slot_tokens,
    with_geometry,
)
from scenewright.models.generators.crops import dense_mask, mask_picture, scene_picture
from scenewright.models.networks.dinov2 import DinoConfig, DinoV2
from scenewright.models.networks.vggt import Aggregator, AggregatorConfig
from tests.models.generators import generator_builders as builders

SMALL = DinoConfig(img_size=28, patch_size=14, embed_dim=32, depth=1, num_heads=4, mlp_ratio=2)
TOKENS = 1 + 4 + 4


class Calls:
    """Counts its calls."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def encoder() -> DinoV2:
    torch.manual_seed(0)
    return DinoV2(SMALL).eval()


@torch.inference_mode()
def test_objects() -> None:
    network, done, picture = encoder(), Calls(), builders.scene_picture(2)
    found = object_tokens(picture, network, done=done)
    assert found.structure.shape == (2, TOKENS, 32)
    assert torch.equal(found.structure, found.latents)
    assert done.count == 2
    # Tokens are normalized over their channels.
    assert found.structure.mean(-1).abs().max() < 1e-5
    wanted = encoded(object_pictures(picture, side=28)[1:], network, done=Calls())
    torch.testing.assert_close(found.structure[1:], wanted)


@torch.inference_mode()
def test_scene_tokens_in_the_published_order() -> None:
    network, done, picture = encoder(), Calls(), builders.scene_picture(2)
    found = scene_tokens(picture, network, done=done)
    assert found.structure.shape == (2, 2 * TOKENS, 32)
    assert found.local == TOKENS and done.count == 5
    mask = mask_picture(dense_mask(picture.masks, 0), side=28)
    torch.testing.assert_close(found.structure[:1, TOKENS:], encoded([mask], network, done=Calls()))
    scene = encoded([scene_picture(picture.image, side=28)], network, done=Calls())[0]
    assert found.shared is not None
    torch.testing.assert_close(found.shared, scene)
    geometry = torch.arange(TOKENS * 64).reshape(TOKENS, 64).float()
    joined = with_geometry(found, geometry).shared
    assert joined is not None and joined.shape == (3 * TOKENS, 32)
    assert torch.equal(joined[TOKENS : 2 * TOKENS], geometry[:, :32])
    assert torch.equal(joined[2 * TOKENS :], geometry[:, 32:])


@torch.inference_mode()
def test_slots() -> None:
    network, done = encoder(), Calls()
    found = slot_tokens(builders.scene_picture(2), network, done=done)
    assert found.structure.shape == (2, 3, TOKENS, 32)
    assert torch.equal(found.structure[0, 1], found.structure[1, 1])
    assert torch.equal(found.latents, found.structure[:, 0])
    assert done.count == 5


@torch.inference_mode()
def test_geometry() -> None:
    config = AggregatorConfig(embed_dim=32, depth=1, num_heads=4, patch_embed=SMALL)
    found = geometry_tokens(builders.scene_picture(2), Aggregator(config).eval())
    assert found.shape == (TOKENS, 64)
