"""The conditional flow over structured latents of TRELLIS (arXiv 2412.01506).

Residual blocks with convolutions and pooling around a transformer on the coarse voxels, with skip
connections. Objects with any numbers of voxels run together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import ConventionError, ShapeError
from scenewright.models.networks.flow_config import check_fixed
from scenewright.models.networks.layers import (
    CrossAttention,
    FeedForward,
    KeysValues,
    LayerNorm32,
    SelfAttention,
    TimestepEmbedder,
    modulate,
    modulation_layer,
    position_embedding,
)
from scenewright.models.networks.loading import set_torso_dtype, torso_dtype
from scenewright.models.networks.packing import PackedAttention
from scenewright.models.networks.prediction import Prediction
from scenewright.models.networks.slat_trunk import check_voxels, initialize_linear, normalized
from scenewright.models.networks.sparse import (
    SparseConv3d,
    SparseTensor,
    VoxelGrid,
    attend,
    downsample,
    upsample,
)

_TIME_STD = 0.02
_FIXED: dict[str, tuple[Any, ...]] = {"pe_mode": ("ape",), "share_mod": (False, None)}
"""Arguments of the published class of which only these values are supported."""


@dataclass(frozen=True)
class SlatFlowConfig:
    """Sizes of the flow; the defaults are those of TRELLIS "image-large".

    Attributes:
        resolution: Voxels per side of the grid.
        in_channels: Channels of the noisy latent.
        out_channels: Channels of the velocity.
        model_channels: Width of the transformer.
        cond_channels: Channels of the condition tokens.
        num_blocks: Transformer blocks.
        num_heads: Attention heads.
        mlp_ratio: Hidden width / width of the feed-forward layers.
        io_channels: Width of the residual blocks per resolution, finest first; each halves the
            grid, so that a token of the transformer has 2 ** len voxels per side.
        io_blocks: Residual blocks per resolution, on either side of the transformer.
        skips: Whether residual blocks behind the transformer see the results of those before it.
        qk_rms_norm: Whether self attention normalizes queries and keys.
        qk_rms_norm_cross: Whether cross attention does.

    Raises:
        ConventionError: The width is no multiple of the heads, or there are no residual blocks.
    """

    resolution: int = 64
    in_channels: int = 8
    out_channels: int = 8
    model_channels: int = 1024
    cond_channels: int = 1024
    num_blocks: int = 24
    num_heads: int = 16
    mlp_ratio: float = 4.0
    io_channels: tuple[int, ...] = (128,)
    io_blocks: int = 2
    skips: bool = True
    qk_rms_norm: bool = True
    qk_rms_norm_cross: bool = False

    def __post_init__(self) -> None:
        if self.num_heads < 1 or self.model_channels % self.num_heads:
            raise ConventionError(
                "model_channels",
                expected=f"a multiple of num_heads ({self.num_heads})",
                got=str(self.model_channels),
            )
        if self.io_blocks < 1:
            raise ConventionError("io_blocks", expected="at least 1", got=str(self.io_blocks))

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatFlowConfig:
        """The configuration in published arguments. Types of numbers (``use_fp16``) are ignored.

        Raises:
            WeightsError: An argument has a value that is not supported.
            ConventionError: The patch size does not fit the number of resolutions.
            KeyError: A required argument is missing.
        """
        check_fixed(args, _FIXED)
        io_channels = tuple(args.get("io_block_channels") or ())
        patch = args.get("patch_size", 2)
        if patch != 2 ** len(io_channels):
            expected = f"{2 ** len(io_channels)} for {len(io_channels)} io_block_channels"
            raise ConventionError("patch_size", expected=expected, got=str(patch))
        head_channels = int(args.get("num_head_channels") or 64)
        return cls(
            resolution=args["resolution"],
            in_channels=args["in_channels"],
            out_channels=args["out_channels"],
            model_channels=args["model_channels"],
            cond_channels=args["cond_channels"],
            num_blocks=args["num_blocks"],
            num_heads=args.get("num_heads") or args["model_channels"] // head_channels,
            mlp_ratio=args.get("mlp_ratio", 4.0),
            io_channels=io_channels,
            io_blocks=args.get("num_io_res_blocks", 2),
            skips=bool(args.get("use_skip_connection", True)),
            qk_rms_norm=bool(args.get("qk_rms_norm", False)),
            qk_rms_norm_cross=bool(args.get("qk_rms_norm_cross", False)),
        )


class SlatResBlock(nn.Module):
    """Two convolutions, modulated by the time, and a skip connection.

    Args:
        channels: Width of the input.
        out_channels: Width of the result.
        time_channels: Width of the time embedding.
        resample: Whether the input is first pooled, or copied to the finer voxels; None for
            neither.
    """

    def __init__(
        self,
        channels: int,
        out_channels: int,
        time_channels: int,
        *,
        resample: Literal["down", "up"] | None = None,
    ) -> None:
        super().__init__()
        self.resample = resample
        self.norm1 = LayerNorm32(channels, affine=True)
        self.norm2 = LayerNorm32(out_channels)
        self.conv1 = SparseConv3d(channels, out_channels)
        self.conv2 = SparseConv3d(out_channels, out_channels)
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time_channels, 2 * out_channels))
        is_same = channels == out_channels
        self.skip_connection = nn.Identity() if is_same else nn.Linear(channels, out_channels)
        for parameter in self.conv2.parameters():
            nn.init.zeros_(parameter)

    def forward(
        self, x: SparseTensor, time: Tensor, *, fine: VoxelGrid | None = None
    ) -> SparseTensor:
        """Runs the block.

        Args:
            x: (N, channels).
            time: (B, time_channels) embedding per object.
            fine: The voxels to copy to, where the block does that.
        """
        if self.resample == "down":
            x = downsample(x)
        elif self.resample == "up":
            assert fine is not None
            x = upsample(x, fine)
        scale, shift = per_voxel(self.emb_layers(time), x.grid).chunk(2, -1)
        hidden = self.conv1(x.replace(F.silu(self.norm1(x.feats))))
        hidden = hidden.replace(F.silu(modulate(self.norm2(hidden.feats), shift, scale)))
        return x.replace(self.conv2(hidden).feats + self.skip_connection(x.feats))


class SlatFlowBlock(nn.Module):
    """Modulated self attention within an object, cross attention, modulated feed-forward.

    Args:
        config: Sizes.
    """

    def __init__(self, config: SlatFlowConfig) -> None:
        super().__init__()
        width, heads = config.model_channels, config.num_heads
        self.norm1 = LayerNorm32(width)
        self.norm2 = LayerNorm32(width, affine=True)
        self.norm3 = LayerNorm32(width)
        self.self_attn = SelfAttention(width, heads, qk_rms_norm=config.qk_rms_norm)
        self.cross_attn = CrossAttention(
            width, config.cond_channels, heads, qk_rms_norm=config.qk_rms_norm_cross
        )
        self.mlp = FeedForward(width, ratio=config.mlp_ratio)
        self.adaLN_modulation = modulation_layer(width, 6)

    def forward(
        self, feats: Tensor, grid: VoxelGrid, time: Tensor, condition: KeysValues
    ) -> Tensor:
        """Features (N, width) of the voxels of a grid to the same.

        Args:
            feats: (N, width).
            grid: The N voxels of B objects.
            time: (B, width) embedding per object.
            condition: Keys and values of the B objects.
        """
        parts = self.adaLN_modulation(time).chunk(6, -1)
        shift, scale, gate, shift2, scale2, gate2 = (per_voxel(part, grid) for part in parts)
        hidden = modulate(self.norm1(feats), shift, scale)
        feats = feats + gate * attend(self.self_attn, hidden, grid, window=None)
        packing = None if condition.keys is None else _packing(grid, condition.keys)
        feats = feats + self.cross_attn(self.norm2(feats), condition, packing=packing)
        hidden = modulate(self.norm3(feats), shift2, scale2)
        result: Tensor = feats + gate2 * self.mlp(hidden)
        return result


class SlatFlow(nn.Module):
    """Predicts the velocity of noisy latents of voxels under image tokens.

    State dicts have the names of the published ``SLatFlowModel``.

    Args:
        config: Sizes.
    """

    def __init__(self, config: SlatFlowConfig) -> None:
        super().__init__()
        self.config = config
        width, io_channels = config.model_channels, config.io_channels
        ends = [*io_channels, width]
        self.t_embedder = TimestepEmbedder(width)
        self.input_layer = nn.Linear(config.in_channels, ends[0])
        self.input_blocks, self.out_blocks = nn.ModuleList(), nn.ModuleList()
        for channels, following in zip(io_channels, ends[1:], strict=True):
            for _ in range(config.io_blocks - 1):
                self.input_blocks.append(SlatResBlock(channels, channels, width))
            self.input_blocks.append(SlatResBlock(channels, following, width, resample="down"))
        self.blocks = nn.ModuleList(SlatFlowBlock(config) for _ in range(config.num_blocks))
        times = 2 if config.skips else 1
        for channels, before in zip(io_channels[::-1], ends[:0:-1], strict=True):
            self.out_blocks.append(SlatResBlock(times * before, channels, width, resample="up"))
            for _ in range(config.io_blocks - 1):
                self.out_blocks.append(SlatResBlock(times * channels, channels, width))
        self.out_layer = nn.Linear(ends[0], config.out_channels)
        self._initialize()

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatFlow:
        """A flow with random weights from published arguments."""
        return cls(SlatFlowConfig.from_published(args))

    def forward(
        self, x: SparseTensor, time: Tensor, condition: Tensor | tuple[KeysValues, ...]
    ) -> Prediction:
        """Predicts velocities.

        Args:
            x: (N, in_channels) noisy latents of the voxels of B objects.
            time: (B,), 1000 t.
            condition: Tokens (B, T, cond_channels), or what `prepare` or `prepare_zeros` made.

        Returns:
            (N, out_channels) velocities.

        Raises:
            ShapeError: The latents have other channels, a voxel is outside of the grid, or there
                is not a time, or not a condition, per object.
        """
        self._check(x, time, condition)
        keys_values = self._project(condition) if isinstance(condition, Tensor) else condition
        dtype = torso_dtype(self.input_blocks, self.blocks)
        embedded = self.t_embedder(time).to(dtype)
        x = x.replace(self.input_layer(x.feats.to(self.input_layer.weight)).to(dtype))
        levels: list[SparseTensor] = []
        grids: list[VoxelGrid] = []
        for block in self.input_blocks:
            grids.append(x.grid)
            x = block(x, embedded)
            levels.append(x)
        position = position_embedding(x.grid.coords[:, 1:], x.feats.shape[1])
        feats = x.feats + position.to(dtype)
        for inner, keys in zip(self._blocks(), keys_values, strict=True):
            feats = inner(feats, x.grid, embedded, keys)
        x = x.replace(feats)
        for block in self.out_blocks:
            level, grid = levels.pop(), grids.pop()
            if self.config.skips:
                x = x.replace(torch.cat([x.feats, level.feats], -1))
            x = block(x, embedded, fine=grid)
        return Prediction(self.out_layer(normalized(x)))

    def prepare(self, condition: Tensor) -> tuple[KeysValues, ...]:
        """Projects a condition (B, T, cond_channels) once for all steps of a sampler."""
        return tuple(self._project(condition))

    def prepare_zeros(self) -> tuple[KeysValues, ...]:
        """The condition of zeros of guidance, for any number of objects and tokens."""
        return tuple(block.cross_attn.zero_keys_values() for block in self._blocks())

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs the blocks in another type; norms, time embedding and ends keep theirs."""
        for part in (self.input_blocks, self.blocks, self.out_blocks):
            set_torso_dtype(part, dtype)

    def _blocks(self) -> Iterable[SlatFlowBlock]:
        return cast(Iterable[SlatFlowBlock], self.blocks)

    def _project(self, condition: Tensor) -> Iterable[KeysValues]:
        """Keys and values block by block, so that a plain call holds those of one at a time."""
        tokens = condition.to(torso_dtype(self.blocks))
        return (block.cross_attn.keys_values(tokens) for block in self._blocks())

    def _check(
        self, x: SparseTensor, time: Tensor, condition: Tensor | tuple[KeysValues, ...]
    ) -> None:
        config, count = self.config, x.grid.batch_size
        check_voxels(x, channels=config.in_channels, resolution=config.resolution)
        if tuple(time.shape) != (count,):
            raise ShapeError("times", expected=f"({count},)", got=f"{tuple(time.shape)}")
        if isinstance(condition, Tensor):
            shape = tuple(condition.shape)
            if len(shape) != 3 or shape[0] != count or shape[2] != config.cond_channels:
                expected = f"shape ({count}, T, {config.cond_channels})"
                raise ShapeError("condition", expected=expected, got=f"{shape}")

    def _initialize(self) -> None:
        """Xavier weights; modulation and output start as zero, so that nothing is disturbed."""
        initialize_linear(self)
        for parameter in self.t_embedder.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, std=_TIME_STD)
        for part in (self.out_layer, *(block.adaLN_modulation[1] for block in self._blocks())):
            for parameter in part.parameters():
                nn.init.zeros_(parameter)


def per_voxel(vectors: Tensor, grid: VoxelGrid) -> Tensor:
    """Vectors of objects (B, C) to those of their voxels (N, C), or (1, C) for a single object."""
    return vectors if grid.batch_size == 1 else vectors[grid.batch]


def _packing(grid: VoxelGrid, keys: Tensor) -> PackedAttention:
    """Attention from the voxels of each object to its condition tokens (B, T, heads, D)."""
    tokens = keys.shape[1]
    return grid.kept(
        ("condition", tokens),
        lambda: PackedAttention.plan(grid.lengths, [tokens] * grid.batch_size, device=grid.device),
    )
