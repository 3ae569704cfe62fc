"""Pictures to the tokens that the flows are conditioned on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scenewright.models.generated import ScenePicture
from scenewright.models.generators.crops import (
    FloatImage,
    cutout_crop,
    dense_mask,
    mask_picture,
    object_crop,
    padded_picture,
    scene_picture,
    scene_space_crops,
)
from scenewright.models.networks.dinov2 import DinoV2, normalize_image
from scenewright.models.networks.vggt import Aggregator

SLOTS = 3
"""Pictures per instance in scene space: the instance, the scene, the canonical instance."""


@dataclass(frozen=True, eq=False)
class PictureTokens:
    """What one picture says of N objects.

    Attributes:
        structure: (N, T, C) tokens for the flow over sparse structures; (N, slots, T, C) for a flow
            with scene context.
        latents: (N, T, C) tokens for the flow over structured latents.
        local: How many of the first tokens in `structure` are the object's own; None for all.
        shared: (T, C) tokens that follow those of every object, or None.
    """

    structure: Tensor
    latents: Tensor
    local: int | None = None
    shared: Tensor | None = None


def object_pictures(picture: ScenePicture, *, side: int) -> list[FloatImage]:
    """Every object on black, from its cut-out if there is one."""
    if picture.cutouts:
        return [
            cutout_crop(each, side=side, name=f"Cut-out {number}")
            for number, each in enumerate(picture.cutouts, 1)
        ]
    return [
        object_crop(
            picture.image,
            dense_mask(picture.masks, index),
            side=side,
            name=f"Mask {picture.masks.ids[index]}",
        )
        for index in range(len(picture.masks))
    ]


def object_tokens(
    picture: ScenePicture, encoder: DinoV2, *, done: Callable[[], object]
) -> PictureTokens:
    """For a flow without context: the tokens of each object, as in TRELLIS."""
    crops = object_pictures(picture, side=encoder.config.img_size)
    tokens = encoded(crops, encoder, done=done)
    return PictureTokens(tokens, tokens)


def slot_tokens(
    picture: ScenePicture, encoder: DinoV2, *, done: Callable[[], object]
) -> PictureTokens:
    """For a flow with scene context: the tokens of the slots of each object, as in I-Scene."""
    crops = scene_space_crops(picture.image, picture.masks, side=encoder.config.img_size)
    scene = encoded(crops[1:2], encoder, done=done)[0]
    rows = [
        torch.stack([
            encoded([crops[SLOTS * index]], encoder, done=done)[0],
            scene,
            encoded([crops[SLOTS * index + 2]], encoder, done=done)[0],
        ])
        for index in range(len(picture.masks))
    ]  # fmt: skip
    tokens = torch.stack(rows)
    return PictureTokens(tokens, tokens[:, 0])


def scene_tokens(
    picture: ScenePicture, encoder: DinoV2, *, done: Callable[[], object]
) -> PictureTokens:
    """For a flow with global context, without those of geometry: object, mask and scene.

    The scene's tokens are shared by all objects; see `with_geometry`.
    """
    side = encoder.config.img_size
    own = encoded(object_pictures(picture, side=side), encoder, done=done)
    masks = [
        mask_picture(dense_mask(picture.masks, index), side=side)
        for index in range(len(picture.masks))
    ]
    places = encoded(masks, encoder, done=done)
    scene = encoded([scene_picture(picture.image, side=side)], encoder, done=done)[0]
    return PictureTokens(torch.cat([own, places], 1), own, own.shape[1], scene)


def with_geometry(tokens: PictureTokens, geometry: Tensor) -> PictureTokens:
    """The same tokens with those of the geometry (T, 2 C) behind the shared ones.

    The half of the attention within the picture comes first, then that of the attention over all.
    """
    assert tokens.shared is not None
    halves = geometry.to(tokens.shared).chunk(2, -1)
    shared = torch.cat([tokens.shared, *halves])
    return PictureTokens(tokens.structure, tokens.latents, tokens.local, shared)


def geometry_tokens(picture: ScenePicture, network: Aggregator) -> Tensor:
    """(T, 2 C) tokens of a picture from the aggregator of VGGT."""
    config = network.config.patch_embed
    pixels = padded_picture(picture.image, side=config.img_size, patch=config.patch_size)
    device = network.camera_token.device
    image = torch.from_numpy(pixels).permute(2, 0, 1)[None, None].to(device)
    tokens: Tensor = network(image)[0, 0]
    return tokens


def encoded(images: Sequence[FloatImage], encoder: DinoV2, *, done: Callable[[], object]) -> Tensor:
    """(B, T, C) condition tokens of pictures, one picture at a time.

    Args:
        images: B pictures of the encoder's size.
        encoder: The image encoder.
        done: Called after each picture.
    """
    device = encoder.cls_token.device
    rows = []
    for image in images:
        pixels = torch.from_numpy(image).permute(2, 0, 1)[None].to(device)
        rows.append(encoder.condition_tokens(normalize_image(pixels)))
        done()
    return torch.cat(rows)
