"""DINOv2 with registers (arXiv 2304.07193, 2309.16588): image tokens for the generators.

The state dict has the names of the torch-hub checkpoints ``dinov2_vit*14_reg``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import ShapeError
from scenewright.models.networks.layers import LayerNorm32
from scenewright.models.networks.loading import set_torso_dtype, torso_dtype
from scenewright.models.networks.packing import dense_attention

IMAGE_MEAN, IMAGE_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What the network's RGB input in [0, 1] is shifted and scaled by."""
_TOKEN_EPS = 1e-5
"""Epsilon of the layer norm of condition tokens."""
_EMBEDDING_STD = 0.02


@dataclass(frozen=True)
class DinoConfig:
    """Sizes of a DINOv2; the defaults are those of ViT-L/14 with registers.

    Attributes:
        img_size: Side of the images that the position embedding is stored for, pixels.
        patch_size: Side of a patch, pixels.
        in_channels: Channels of the images.
        embed_dim: Width.
        depth: Blocks.
        num_heads: Attention heads.
        mlp_ratio: Hidden width / width of the feed-forward layers.
        register_tokens: Learned tokens behind the class token.
        init_values: First value of the layer scales.
        antialias: Whether the position embedding is low-pass filtered when it is made smaller.
        interpolate_offset: Added to the number of patches in the scale of the position embedding;
            0 scales to exactly the number of patches.
        norm_eps: Epsilon of the layer norms.
    """

    img_size: int = 518
    patch_size: int = 14
    in_channels: int = 3
    embed_dim: int = 1024
    depth: int = 24
    num_heads: int = 16
    mlp_ratio: float = 4.0
    register_tokens: int = 4
    init_values: float = 1.0
    antialias: bool = True
    interpolate_offset: float = 0.0
    norm_eps: float = 1e-6


class DinoTokens(NamedTuple):
    """Tokens of images.

    Attributes:
        prenorm: (B, 1 + registers + patches, C): class, registers, patches row by row, before the
            final norm.
        normed: The same after the final norm.
        registers: Number of registers.
    """

    prenorm: Tensor
    normed: Tensor
    registers: int

    @property
    def patches(self) -> Tensor:
        """(B, patches, C) after the final norm."""
        return self.normed[:, 1 + self.registers :]


class LayerScale(nn.Module):
    """A gain per channel."""

    def __init__(self, channels: int, initial: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((channels,), float(initial)))

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) to the same shape and type."""
        return x * self.gamma.to(x.dtype)


class VitAttention(nn.Module):
    """Self attention of vision transformers, with optional layer norms of queries and keys.

    Args:
        channels: Width.
        heads: Number of heads.
        qk_norm_eps: Epsilon of affine layer norms over each head's channels, or None for no norms.
    """

    def __init__(self, channels: int, heads: int, *, qk_norm_eps: float | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.q_norm = self.k_norm = None
        if qk_norm_eps is not None:
            self.q_norm = LayerNorm32(channels // heads, affine=True, eps=qk_norm_eps)
            self.k_norm = LayerNorm32(channels // heads, affine=True, eps=qk_norm_eps)

    def forward(self, x: Tensor, *, rotate: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Attends within each sequence.

        Args:
            x: (B, L, channels).
            rotate: Applied to queries and keys (B, L, heads, head channels) behind their norms.
        """
        shape = (*x.shape[:2], 3, self.heads, x.shape[2] // self.heads)
        queries, keys, values = self.qkv(x).reshape(shape).unbind(2)
        if self.q_norm is not None and self.k_norm is not None:
            queries, keys = self.q_norm(queries), self.k_norm(keys)
        if rotate is not None:
            queries, keys = rotate(queries), rotate(keys)
        result: Tensor = self.proj(dense_attention(queries, keys, values).flatten(2))
        return result


class VitMlp(nn.Module):
    """Two linear layers with an exact GELU between them."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(..., channels) to the same shape."""
        result: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return result


class VitBlock(nn.Module):
    """Attention and feed-forward of a vision transformer, both with norm before and scale behind.

    Args:
        channels: Width.
        heads: Number of heads.
        ratio: Hidden width / width of the feed-forward layer.
        initial_scale: First value of the layer scales.
        eps: Epsilon of the norms.
        qk_norm_eps: Epsilon of the norms of queries and keys, or None for none.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        *,
        ratio: float,
        initial_scale: float,
        eps: float,
        qk_norm_eps: float | None = None,
    ) -> None:
        super().__init__()
        self.norm1 = LayerNorm32(channels, affine=True, eps=eps)
        self.attn = VitAttention(channels, heads, qk_norm_eps=qk_norm_eps)
        self.ls1 = LayerScale(channels, initial_scale)
        self.norm2 = LayerNorm32(channels, affine=True, eps=eps)
        self.mlp = VitMlp(channels, int(channels * ratio))
        self.ls2 = LayerScale(channels, initial_scale)

    def forward(self, x: Tensor, *, rotate: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """(B, L, channels) to the same shape; `rotate` as in `VitAttention`."""
        x = x + self.ls1(self.attn(self.norm1(x), rotate=rotate))
        result: Tensor = x + self.ls2(self.mlp(self.norm2(x)))
        return result


class PatchEmbedding(nn.Module):
    """Patches of an image to tokens."""

    def __init__(self, in_channels: int, channels: int, patch_size: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, channels, patch_size, stride=patch_size)

    def forward(self, images: Tensor) -> Tensor:
        """(B, in_channels, H, W) to (B, patches row by row, channels)."""
        result: Tensor = self.proj(images.to(self.proj.weight.dtype)).flatten(2).transpose(1, 2)
        return result


class DinoV2(nn.Module):
    """DINOv2 with registers.

    Args:
        config: Sizes.
    """

    def __init__(self, config: DinoConfig) -> None:
        super().__init__()
        self.config = config
        width = config.embed_dim
        side = config.img_size // config.patch_size
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + side**2, width) * _EMBEDDING_STD)
        self.register_tokens = nn.Parameter(torch.zeros(1, config.register_tokens, width))
        # Part of the public checkpoints; used only in the training of DINOv2 itself.
        self.mask_token = nn.Parameter(torch.zeros(1, width))
        self.patch_embed = PatchEmbedding(config.in_channels, width, config.patch_size)
        self.blocks = nn.ModuleList(
            VitBlock(
                width,
                config.num_heads,
                ratio=config.mlp_ratio,
                initial_scale=config.init_values,
                eps=config.norm_eps,
            )
            for _ in range(config.depth)
        )
        self.norm = LayerNorm32(width, affine=True, eps=config.norm_eps)

    def forward(self, images: Tensor) -> DinoTokens:
        """Encodes images.

        Args:
            images: (B, in_channels, H, W), normalized (`normalize_image`); H and W are multiples of
                the patch size.

        Raises:
            ShapeError: Images of another shape.
        """
        config = self.config
        rows, columns = self._patch_grid(images)
        tokens = self.patch_embed(images)
        count = len(tokens)
        tokens = torch.cat([self.cls_token.expand(count, -1, -1), tokens], 1)
        tokens = tokens + self._positions(rows, columns)
        registers = self.register_tokens.expand(count, -1, -1)
        x = torch.cat([tokens[:, :1], registers, tokens[:, 1:]], 1).to(torso_dtype(self.blocks))
        for block in cast(Iterable[VitBlock], self.blocks):
            x = block(x)
        return DinoTokens(x, self.norm(x), config.register_tokens)

    def condition_tokens(self, images: Tensor) -> Tensor:
        """The tokens of `forward` before the final norm, normalized without parameters."""
        prenorm = self(images).prenorm
        return F.layer_norm(prenorm.float(), prenorm.shape[-1:], eps=_TOKEN_EPS)

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs the blocks in another type."""
        set_torso_dtype(self.blocks, dtype)

    def _patch_grid(self, images: Tensor) -> tuple[int, int]:
        size, channels = self.config.patch_size, self.config.in_channels
        sides = tuple(images.shape[2:])
        if images.ndim != 4 or images.shape[1] != channels or any(x % size or not x for x in sides):
            raise ShapeError(
                "images",
                expected=f"(B, {channels}, H, W) with sides that are multiples of {size}",
                got=f"{tuple(images.shape)}",
            )
        return sides[0] // size, sides[1] // size

    def _positions(self, rows: int, columns: int) -> Tensor:
        """The position embedding (1, 1 + patches, C), resampled for images of another size."""
        stored = self.pos_embed.shape[1] - 1
        side = math.isqrt(stored)
        if rows == columns == side:
            return self.pos_embed
        grid = self.pos_embed[:, 1:].float().reshape(1, side, side, -1).permute(0, 3, 1, 2)
        offset = self.config.interpolate_offset
        sizes = (rows, columns)
        resampled = F.interpolate(
            grid,
            size=None if offset else sizes,
            scale_factor=tuple((x + offset) / side for x in sizes) if offset else None,
            mode="bicubic",
            antialias=self.config.antialias,
        )
        patches = resampled.flatten(2).transpose(1, 2).to(self.pos_embed.dtype)
        return torch.cat([self.pos_embed[:, :1], patches], 1)


def normalize_image(images: Tensor) -> Tensor:
    """Shifts and scales RGB (..., 3, H, W) in [0, 1] as the network was trained."""
    mean, std = (images.new_tensor(values)[:, None, None] for values in (IMAGE_MEAN, IMAGE_STD))
    return (images - mean) / std
