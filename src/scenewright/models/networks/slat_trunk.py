"""The sparse transformer that the encoder and the decoders of structured latents of TRELLIS share.

Structured latents are voxels on a surface with a few channels each (arXiv 2412.01506).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import ConventionError, ShapeError
from scenewright.models.networks.flow_config import check_fixed
from scenewright.models.networks.layers import (
    FeedForward,
    LayerNorm32,
    SelfAttention,
    position_embedding,
)
from scenewright.models.networks.loading import set_torso_dtype, torso_dtype
from scenewright.models.networks.sparse import SparseTensor, VoxelGrid, attend

_FIXED: dict[str, tuple[Any, ...]] = {"pe_mode": ("ape",), "attn_mode": ("full", "swin")}
"""Arguments of the published classes of which only these values are supported."""


@dataclass(frozen=True)
class SlatConfig:
    """Sizes of the encoder and the decoders; the defaults are those of TRELLIS.

    Attributes:
        resolution: Voxels per side of the grid.
        latent_channels: Channels of the latent.
        model_channels: Width.
        num_blocks: Transformer blocks.
        num_heads: Attention heads.
        mlp_ratio: Hidden width / width of the feed-forward layers.
        window_size: Edge of the windows of attention in voxels, shifted by half of it in every
            other block; None to attend to all voxels of an object.
        qk_rms_norm: Whether attention normalizes queries and keys.

    Raises:
        ConventionError: The width is no multiple of the heads, or a window has no voxels.
    """

    resolution: int = 64
    latent_channels: int = 8
    model_channels: int = 768
    num_blocks: int = 12
    num_heads: int = 12
    mlp_ratio: float = 4.0
    window_size: int | None = 8
    qk_rms_norm: bool = False

    def __post_init__(self) -> None:
        if self.num_heads < 1 or self.model_channels % self.num_heads:
            raise ConventionError(
                "model_channels",
                expected=f"a multiple of num_heads ({self.num_heads})",
                got=str(self.model_channels),
            )
        if self.window_size is not None and self.window_size < 1:
            raise ConventionError("window_size", expected="at least 1", got=str(self.window_size))

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatConfig:
        """The configuration in published arguments. Types of numbers (``use_fp16``) are ignored.

        Raises:
            WeightsError: An argument has a value that is not supported.
            KeyError: A required argument is missing.
        """
        check_fixed(args, _FIXED)
        head_channels = int(args.get("num_head_channels") or 64)
        is_windowed = args.get("attn_mode", "swin") == "swin"
        return cls(
            resolution=args["resolution"],
            latent_channels=args["latent_channels"],
            model_channels=args["model_channels"],
            num_blocks=args["num_blocks"],
            num_heads=args.get("num_heads") or args["model_channels"] // head_channels,
            mlp_ratio=args.get("mlp_ratio", 4.0),
            window_size=args.get("window_size", 8) if is_windowed else None,
            qk_rms_norm=bool(args.get("qk_rms_norm", False)),
        )

    def window(self, block: int) -> tuple[int, int] | None:
        """Size and shift of the windows of a block."""
        size = self.window_size
        return None if size is None else (size, size // 2 * (block % 2))


class SlatBlock(nn.Module):
    """Attention and feed-forward, each behind a norm without parameters.

    Args:
        config: Sizes.
        number: Number of the block, which decides how its windows are shifted.
    """

    def __init__(self, config: SlatConfig, number: int) -> None:
        super().__init__()
        width = config.model_channels
        self.window = config.window(number)
        self.norm1 = LayerNorm32(width)
        self.norm2 = LayerNorm32(width)
        self.attn = SelfAttention(width, config.num_heads, qk_rms_norm=config.qk_rms_norm)
        self.mlp = FeedForward(width, ratio=config.mlp_ratio)

    def forward(self, feats: Tensor, grid: VoxelGrid) -> Tensor:
        """Features (N, width) of the voxels of a grid to the same."""
        feats = feats + attend(self.attn, self.norm1(feats), grid, window=self.window)
        result: Tensor = feats + self.mlp(self.norm2(feats))
        return result


class SlatTrunk(nn.Module):
    """Input layer, position embedding and blocks; subclasses add what comes out.

    Args:
        config: Sizes.
        in_channels: Channels of the input; None for those of the latent.
    """

    def __init__(self, config: SlatConfig, *, in_channels: int | None = None) -> None:
        super().__init__()
        self.config = config
        self.in_channels = config.latent_channels if in_channels is None else in_channels
        self.input_layer = nn.Linear(self.in_channels, config.model_channels)
        self.blocks = nn.ModuleList(SlatBlock(config, i) for i in range(config.num_blocks))

    def hidden(self, x: SparseTensor) -> SparseTensor:
        """Runs the blocks, in their type of numbers.

        Raises:
            ShapeError: The features have another number of channels, or a voxel is outside.
        """
        check_voxels(x, channels=self.in_channels, resolution=self.config.resolution)
        feats = self.input_layer(x.feats.to(self.input_layer.weight))
        feats = feats + position_embedding(x.grid.coords[:, 1:], self.config.model_channels)
        feats = feats.to(torso_dtype(self.blocks))
        for block in self.blocks:
            feats = block(feats, x.grid)
        return x.replace(feats)

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs the blocks in another type; norms, input and output layer keep theirs."""
        set_torso_dtype(self.blocks, dtype)


def normalized(x: SparseTensor) -> Tensor:
    """(N, C) float32 features after a layer norm without parameters."""
    return F.layer_norm(x.feats.float(), x.feats.shape[-1:])


def initialize_linear(module: nn.Module) -> None:
    """Xavier weights and zero biases of all linear layers."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


def check_voxels(x: SparseTensor, *, channels: int, resolution: int) -> None:
    """Refuses features of another width and voxels outside of the grid.

    Raises:
        ShapeError: One of these.
    """
    if x.feats.shape[1] != channels:
        expected = f"{channels} channels per voxel"
        raise ShapeError("latents", expected=expected, got=str(x.feats.shape[1]))
    largest = x.grid.largest_coordinate
    if largest >= resolution:
        expected = f"coordinates below the resolution, {resolution}"
        raise ShapeError("coords", expected=expected, got=str(largest))
