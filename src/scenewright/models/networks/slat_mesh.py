"""Decoder of structured latents to features of fine voxels, from which a surface is extracted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from scenewright.core import ConventionError, ShapeError
from scenewright.models.networks.loading import set_torso_dtype
from scenewright.models.networks.slat_trunk import SlatConfig, SlatTrunk, initialize_linear
from scenewright.models.networks.sparse import (
    PointConv3d,
    SparseConv3d,
    SparseGroupNorm,
    SparseSiLU,
    SparseTensor,
    subdivide,
)

_GROUPS = 32
_CORNERS, _WEIGHTS, _COLORS = 8, 21, 6


@dataclass(frozen=True, eq=False)
class CubeFeatures:
    """What the decoder says of each fine voxel, as raw outputs.

    Corner c of a voxel is at coords + (c & 1, c >> 1 & 1, c >> 2).

    Attributes:
        sdf: (N, 8) signed distances at the corners, negative inside.
        deform: (N, 8, 3) displacements of the corners.
        weights: (N, 21) weights of the published extraction; ours does not use them.
        colors: (N, 8, 6) RGB and normal at the corners as logits, or None without color.
    """

    sdf: Tensor
    deform: Tensor
    weights: Tensor
    colors: Tensor | None

    @classmethod
    def split(cls, feats: Tensor) -> CubeFeatures:
        """Splits (N, 101) outputs, or (N, 53) without color.

        Raises:
            ShapeError: Another number of channels.
        """
        plain, colored = cube_channels(color=False), cube_channels(color=True)
        if feats.ndim != 2 or feats.shape[1] not in (plain, colored):
            expected = f"shape (N, {plain}) or (N, {colored})"
            raise ShapeError("feats", expected=expected, got=f"{tuple(feats.shape)}")
        widths = [_CORNERS, 3 * _CORNERS, _WEIGHTS, feats.shape[1] - plain]
        sdf, deform, weights, colors = torch.split(feats, widths, -1)
        return cls(
            sdf=sdf,
            deform=deform.reshape(-1, _CORNERS, 3),
            weights=weights,
            colors=colors.reshape(-1, _CORNERS, _COLORS) if colors.shape[1] else None,
        )


def cube_channels(*, color: bool) -> int:
    """Outputs per fine voxel."""
    return 4 * _CORNERS + _WEIGHTS + (_CORNERS * _COLORS if color else 0)


class SubdivideBlock(nn.Module):
    """Splits voxels into eight, with a residual branch of two convolutions.

    Args:
        channels: Width of the input.
        out_channels: Width of the result.
    """

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.act_layers = nn.Sequential(SparseGroupNorm(_GROUPS, channels), SparseSiLU())
        self.out_layers = nn.Sequential(
            SparseConv3d(channels, out_channels),
            SparseGroupNorm(_GROUPS, out_channels),
            SparseSiLU(),
            SparseConv3d(out_channels, out_channels),
        )
        is_same = channels == out_channels
        self.skip_connection = nn.Identity() if is_same else PointConv3d(channels, out_channels)
        for parameter in self.out_layers[3].parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: SparseTensor) -> SparseTensor:
        """(N, channels) to (8 N, out_channels)."""
        hidden = self.out_layers(subdivide(self.act_layers(x)))
        skip: SparseTensor = self.skip_connection(subdivide(x))
        return skip.replace(hidden.feats + skip.feats)


class SlatMeshDecoder(SlatTrunk):
    """Latents to features of voxels with a quarter of the edge length.

    State dicts have the names of the published ``SLatMeshDecoder``.

    Args:
        config: Sizes; the width divided by 8 is a multiple of 32, the number of groups of norms.
        color: Whether there are color outputs.

    Raises:
        ConventionError: The width is not such a multiple.
    """

    def __init__(self, config: SlatConfig, *, color: bool = True) -> None:
        super().__init__(config)
        width = config.model_channels
        if width % (8 * _GROUPS):
            expected = f"a multiple of {8 * _GROUPS}"
            raise ConventionError("model_channels", expected=expected, got=str(width))
        self.upsample = nn.ModuleList(
            [SubdivideBlock(width, width // 4), SubdivideBlock(width // 4, width // 8)]
        )
        self.out_layer = nn.Linear(width // 8, cube_channels(color=color))
        initialize_linear(self)
        nn.init.zeros_(self.out_layer.weight)

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatMeshDecoder:
        """A decoder with random weights from published arguments."""
        color = bool(args["representation_config"].get("use_color", False))
        return cls(SlatConfig.from_published(args), color=color)

    @property
    def fine_resolution(self) -> int:
        """Voxels per side of the result."""
        return int(self.config.resolution * 2 ** len(self.upsample))

    def forward(self, x: SparseTensor) -> SparseTensor:
        """Decodes voxels.

        Args:
            x: (N, latent_channels) latents, not normalized as for the flow.

        Returns:
            (64 N, 101) float32 features of the fine voxels, see `CubeFeatures`.
        """
        hidden = self.hidden(x)
        for block in self.upsample:
            hidden = block(hidden)
        return hidden.replace(self.out_layer(hidden.feats.float()))

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs blocks and subdivision in another type; norms, input and output keep theirs."""
        super().set_dtype(dtype)
        set_torso_dtype(self.upsample, dtype)
