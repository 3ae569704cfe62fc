"""The aggregator of VGGT (arXiv 2503.11651): geometry tokens of one or several images."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from scenewright.core import ShapeError
from scenewright.models.networks.dinov2 import DinoConfig, DinoV2, VitBlock, normalize_image
from scenewright.models.networks.loading import set_torso_dtype, torso_dtype

_EPS = 1e-5
_TOKEN_STD = 1e-6


@dataclass(frozen=True)
class AggregatorConfig:
    """Sizes of an aggregator; the defaults are those of VGGT-1B.

    Attributes:
        embed_dim: Width.
        depth: Pairs of a block per image and a block over all images.
        num_heads: Attention heads.
        mlp_ratio: Hidden width / width of the feed-forward layers.
        register_tokens: Learned tokens per image.
        rope_base: Base of the frequencies of the rotary embedding.
        init_values: First value of the layer scales.
        qk_norm: Whether queries and keys are normalized.
        patch_embed: The network that makes tokens of patches.
    """

    embed_dim: int = 1024
    depth: int = 24
    num_heads: int = 16
    mlp_ratio: float = 4.0
    register_tokens: int = 4
    rope_base: float = 100.0
    init_values: float = 0.01
    qk_norm: bool = True
    patch_embed: DinoConfig = field(default_factory=DinoConfig)


class Aggregator(nn.Module):
    """Alternates attention within each image and over all images of a scene.

    Args:
        config: Sizes.
    """

    def __init__(self, config: AggregatorConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        # Row 0 is that of the first image, row 1 that of all others.
        self.camera_token = nn.Parameter(torch.randn(1, 2, 1, width) * _TOKEN_STD)
        self.register_token = nn.Parameter(
            torch.randn(1, 2, config.register_tokens, width) * _TOKEN_STD
        )
        self.patch_embed = DinoV2(config.patch_embed)
        make = partial(
            VitBlock,
            width,
            config.num_heads,
            ratio=config.mlp_ratio,
            initial_scale=config.init_values,
            eps=_EPS,
            qk_norm_eps=_EPS if config.qk_norm else None,
        )
        self.frame_blocks = nn.ModuleList(make() for _ in range(config.depth))
        self.global_blocks = nn.ModuleList(make() for _ in range(config.depth))

    def forward(self, images: Tensor) -> Tensor:
        """The tokens of the last pair of blocks; see `layers`."""
        *_, last = self.layers(images)
        return last

    def layers(self, images: Tensor) -> Iterable[Tensor]:
        """Yields the tokens of every pair of blocks.

        Args:
            images: (B, S, 3, H, W) RGB in [0, 1]: B scenes of S images; the sides are multiples of
                the patch size.

        Yields:
            (B, S, 1 + registers + patches, 2 C): camera token, registers, patches row by row. The
            first C channels are the output of the block per image, the last C that of the block
            over all images.

        Raises:
            ShapeError: Images of another shape.
        """
        if images.ndim != 5 or 0 in images.shape:
            raise ShapeError("images", expected="(B, S, 3, H, W)", got=f"{tuple(images.shape)}")
        scenes, views = images.shape[:2]
        patches = self.patch_embed(normalize_image(images.flatten(0, 1))).patches
        special = torch.cat([self.camera_token, self.register_token], 2)
        rows = torch.cat([special[:, :1], special[:, 1:].expand(-1, views - 1, -1, -1)], 1)
        special = rows.expand(scenes, -1, -1, -1).flatten(0, 1)
        x = torch.cat([special.to(patches.dtype), patches], 1).to(torso_dtype(self.frame_blocks))
        places = self._places(special.shape[1], images)
        within = self._rotation(places)
        across = self._rotation(places.repeat(views, 1))
        tokens = x.shape[1]
        pairs = zip(self.frame_blocks, self.global_blocks, strict=True)
        for frame_block, global_block in cast(Iterable[tuple[VitBlock, VitBlock]], pairs):
            x = frame_block(x, rotate=within)
            joint = global_block(x.reshape(scenes, views * tokens, -1), rotate=across)
            both = torch.cat([x, joint.reshape(x.shape)], -1)
            x = joint.reshape(x.shape)
            yield both.reshape(scenes, views, tokens, -1)

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs all blocks in another type."""
        self.patch_embed.set_dtype(dtype)
        set_torso_dtype(self.frame_blocks, dtype)
        set_torso_dtype(self.global_blocks, dtype)

    def _places(self, special: int, images: Tensor) -> Tensor:
        """Row and column of every token of an image, from 1; special tokens are at (0, 0)."""
        size = self.config.patch_embed.patch_size
        rows, columns = (
            torch.arange(1, side // size + 1, device=images.device) for side in images.shape[3:]
        )
        grid = torch.cartesian_prod(rows, columns)
        return torch.cat([grid.new_zeros(special, 2), grid])

    def _rotation(self, places: Tensor) -> Callable[[Tensor], Tensor]:
        channels = self.config.embed_dim // self.config.num_heads
        angles = rotary_angles(places, channels, base=self.config.rope_base)
        return partial(rotate_channels, cos=torch.cos(angles), sin=torch.sin(angles))


def rotary_angles(places: Tensor, channels: int, *, base: float) -> Tensor:
    """Angles by which channels of queries and keys are rotated.

    Args:
        places: (L, 2) row and column of each token.
        channels: Channels per head, a multiple of 4. The first half follows the row, the second
            the column.
        base: Base of the frequencies.

    Returns:
        (L, 2, channels / 4) float32.
    """
    half = channels // 2
    steps = torch.arange(0, half, 2, device=places.device).float() / half
    return places.float()[..., None] * (1.0 / base**steps)


def rotate_channels(x: Tensor, *, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates pairs of channels; within each half, channel i belongs to i + channels / 4.

    Args:
        x: (B, L, heads, channels).
        cos: (L, 2, channels / 4).
        sin: (L, 2, channels / 4).
    """
    first, second = x.reshape(*x.shape[:-1], 2, 2, -1).unbind(-2)
    cos, sin = (part[:, None].to(x.dtype) for part in (cos, sin))
    turned = torch.stack([first * cos - second * sin, second * cos + first * sin], -2)
    return turned.flatten(-3)
