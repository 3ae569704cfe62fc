"""The sparse-structure VAE of TRELLIS (arXiv 2412.01506): occupancy grids to small latents.

State dicts have the names of the published ``SparseStructureEncoder`` and
``SparseStructureDecoder``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.core import ShapeError
from scenewright.models.networks.layers import LayerNorm32
from scenewright.models.networks.loading import set_torso_dtype, torso_dtype

_NORM_EPS = 1e-5


class Latent(NamedTuple):
    """What the encoder says of a grid: (B, latent channels, r, r, r) each."""

    mean: Tensor
    logvar: Tensor


class ChannelLayerNorm(LayerNorm32):
    """Layer norm over the channels of a grid (B, channels, ...), in float32."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, affine=True, eps=_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, ...) to the same shape and type."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1).contiguous()


class ResBlock3d(nn.Module):
    """Two normalized 3x3x3 convolutions and a skip connection.

    Args:
        channels: Width of the input.
        out_channels: Width of the output; None for that of the input.
    """

    def __init__(self, channels: int, out_channels: int | None = None) -> None:
        super().__init__()
        out = channels if out_channels is None else out_channels
        self.norm1 = ChannelLayerNorm(channels)
        self.norm2 = ChannelLayerNorm(out)
        self.conv1 = nn.Conv3d(channels, out, 3, padding=1)
        self.conv2 = nn.Conv3d(out, out, 3, padding=1)
        self.skip_connection = nn.Identity() if out == channels else nn.Conv3d(channels, out, 1)
        for parameter in self.conv2.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, r, r, r) to (B, out_channels, r, r, r)."""
        hidden = self.conv1(F.silu(self.norm1(x)))
        hidden = self.conv2(F.silu(self.norm2(hidden)))
        result: Tensor = hidden + self.skip_connection(x)
        return result


class Downsample3d(nn.Module):
    """Halves a grid by a convolution with stride 2."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, out_channels, 2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, r, r, r) to (B, out_channels, r / 2, r / 2, r / 2)."""
        result: Tensor = self.conv(x)
        return result


class Upsample3d(nn.Module):
    """Doubles a grid: a convolution makes eight voxels' channels of each voxel."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(channels, 8 * out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, r, r, r) to (B, out_channels, 2 r, 2 r, 2 r)."""
        return pixel_shuffle_3d(self.conv(x))


def pixel_shuffle_3d(x: Tensor) -> Tensor:
    """Moves channels into voxels: (B, 8 C, r, r, r) to (B, C, 2 r, 2 r, 2 r).

    Channel c * 8 + 4 a + 2 b + d of voxel (i, j, k) becomes channel c of (2 i + a, 2 j + b,
    2 k + d).
    """
    count, channels, *sides = x.shape
    split = x.reshape(count, channels // 8, 2, 2, 2, *sides)
    doubled = [2 * side for side in sides]
    return split.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(count, channels // 8, *doubled)


class SparseStructureEncoder(nn.Module):
    """Occupancy grid to the mean and log variance of a latent grid.

    Args:
        in_channels: Channels of the grid.
        latent_channels: Channels of the latent.
        num_res_blocks: Residual blocks per resolution.
        channels: Width per resolution, finest first; each further one halves the grid.
        num_res_blocks_middle: Residual blocks behind the last resolution.
    """

    def __init__(
        self,
        in_channels: int,
        latent_channels: int,
        num_res_blocks: int,
        *,
        channels: Sequence[int],
        num_res_blocks_middle: int = 2,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.factor = 2 ** (len(channels) - 1)
        self.input_layer = nn.Conv3d(in_channels, channels[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for level, width in enumerate(channels):
            self.blocks.extend(ResBlock3d(width) for _ in range(num_res_blocks))
            if level + 1 < len(channels):
                self.blocks.append(Downsample3d(width, channels[level + 1]))
        self.middle_block = nn.Sequential(
            *(ResBlock3d(channels[-1]) for _ in range(num_res_blocks_middle))
        )
        self.out_layer = nn.Sequential(
            ChannelLayerNorm(channels[-1]),
            nn.SiLU(),
            nn.Conv3d(channels[-1], 2 * latent_channels, 3, padding=1),
        )

    def forward(self, grid: Tensor) -> Latent:
        """Encodes a batch of grids.

        Args:
            grid: (B, in_channels, r, r, r), such as occupancy as 0 and 1.

        Returns:
            Latents of r / 2 ** (levels - 1) cells per side. The mean is what the flow models.

        Raises:
            ShapeError: The grid has other channels, or its sides cannot be halved that often.
        """
        _check_grid("grid to encode", grid, self.in_channels)
        if any(side % self.factor for side in grid.shape[2:]):
            raise ShapeError(
                "sides of the grid to encode",
                expected=f"multiples of {self.factor}",
                got=f"{tuple(grid.shape[2:])}",
            )
        x = _run_torso([*self.blocks, self.middle_block], self.input_layer(grid))
        mean, logvar = self.out_layer(x).chunk(2, dim=1)
        return Latent(mean, logvar)

    def sample(self, latent: Latent, *, generator: torch.Generator | None = None) -> Tensor:
        """A random latent around the mean, for training."""
        noise = torch.randn(latent.mean.shape, generator=generator, device=latent.mean.device).to(
            latent.mean.dtype
        )
        return latent.mean + torch.exp(0.5 * latent.logvar) * noise

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs all but the input and output layers in another type."""
        set_torso_dtype(self.blocks, dtype)
        set_torso_dtype(self.middle_block, dtype)


class SparseStructureDecoder(nn.Module):
    """Latent grid to occupancy logits; a voxel is occupied where its logit is above 0.

    Args:
        out_channels: Channels of the result.
        latent_channels: Channels of the latent.
        num_res_blocks: Residual blocks per resolution.
        channels: Width per resolution, coarsest first; each further one doubles the grid.
        num_res_blocks_middle: Residual blocks before the first resolution.
    """

    def __init__(
        self,
        out_channels: int,
        latent_channels: int,
        num_res_blocks: int,
        *,
        channels: Sequence[int],
        num_res_blocks_middle: int = 2,
    ) -> None:
        super().__init__()
        self.latent_channels = latent_channels
        self.input_layer = nn.Conv3d(latent_channels, channels[0], 3, padding=1)
        self.middle_block = nn.Sequential(
            *(ResBlock3d(channels[0]) for _ in range(num_res_blocks_middle))
        )
        self.blocks = nn.ModuleList()
        for level, width in enumerate(channels):
            self.blocks.extend(ResBlock3d(width) for _ in range(num_res_blocks))
            if level + 1 < len(channels):
                self.blocks.append(Upsample3d(width, channels[level + 1]))
        self.out_layer = nn.Sequential(
            ChannelLayerNorm(channels[-1]),
            nn.SiLU(),
            nn.Conv3d(channels[-1], out_channels, 3, padding=1),
        )

    def forward(self, latent: Tensor) -> Tensor:
        """Decodes a batch of latents.

        Args:
            latent: (B, latent_channels, r, r, r).

        Returns:
            (B, out_channels, R, R, R) logits, R = r * 2 ** (levels - 1).

        Raises:
            ShapeError: The latent has other channels.
        """
        _check_grid("latent to decode", latent, self.latent_channels)
        x = _run_torso([self.middle_block, *self.blocks], self.input_layer(latent))
        logits: Tensor = self.out_layer(x)
        return logits

    def set_dtype(self, dtype: torch.dtype) -> None:
        """Runs all but the input and output layers in another type."""
        set_torso_dtype(self.blocks, dtype)
        set_torso_dtype(self.middle_block, dtype)


def _check_grid(what: str, grid: Tensor, channels: int) -> None:
    if grid.ndim != 5 or grid.shape[1] != channels:
        raise ShapeError(what, expected=f"(B, {channels}, r, r, r)", got=f"{tuple(grid.shape)}")


def _run_torso(layers: Sequence[nn.Module], x: Tensor) -> Tensor:
    """Runs layers in the type of their weights; the result has the type of the input."""
    result = x.to(torso_dtype(*layers))
    for layer in layers:
        result = layer(result)
    return result.to(x.dtype)
