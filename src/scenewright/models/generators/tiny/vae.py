"""Codecs of small occupancy grids: the sparse-structure VAE, and principal components of blocks.

Both fold the voxels of blocks of 4 x 4 x 4 into channels first, and code each block as one cell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from scenewright.models.generators.tiny.design import FOLD, VaeDesign
from scenewright.models.networks.ss_vae import (
    Latent,
    SparseStructureDecoder,
    SparseStructureEncoder,
)

_LOGITS_PER_OCCUPANCY = 8.0


class GridCodec(nn.Module, ABC):
    """Occupancy grids (B, 32, 32, 32) to latents (B, C, 8, 8, 8) and back to logits.

    Args:
        design: Sizes.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, design: VaeDesign) -> None:
        super().__init__()
        self.design = design
        self.register_buffer("scale", torch.ones(design.latent_channels))
        self.register_buffer("shift", torch.zeros(design.latent_channels))

    @abstractmethod
    def code(self, grids: Tensor) -> Tensor:
        """The latent of occupancy (B, 32, 32, 32) as 0 and 1."""

    @abstractmethod
    def decode(self, latent: Tensor) -> Tensor:
        """Logits (B, 32, 32, 32) of a latent (B, C, 8, 8, 8)."""

    def occupancy(self, latent: Tensor) -> Tensor:
        """Probabilities (B, 32, 32, 32) of a latent (B, C, 8, 8, 8)."""
        return self.decode(latent).sigmoid()

    def normalized(self, latent: Tensor) -> Tensor:
        """A latent in the units in which a flow models it."""
        return (latent - self._column("shift")) / self._column("scale")

    def restored(self, latent: Tensor) -> Tensor:
        """The inverse of `normalized`."""
        return latent * self._column("scale") + self._column("shift")

    def _column(self, name: str) -> Tensor:
        values: Tensor = getattr(self, name)
        return values.view(1, -1, 1, 1, 1)


class BlockCodec(GridCodec):
    """Principal components of blocks: linear, fitted in seconds, exact with all 64 components.

    Args:
        design: Sizes; only the number of channels counts.
    """

    mean: Tensor
    basis: Tensor

    def __init__(self, design: VaeDesign) -> None:
        super().__init__(design)
        self.register_buffer("mean", torch.zeros(FOLD**3))
        self.register_buffer("basis", torch.zeros(FOLD**3, design.latent_channels))

    def code(self, grids: Tensor) -> Tensor:
        """See `GridCodec`."""
        blocks = folded(grids).movedim(1, -1) - self.mean
        return (blocks @ self.basis).movedim(-1, 1)

    def decode(self, latent: Tensor) -> Tensor:
        """See `GridCodec`; the logit is that of the coded occupancy, 0 at one half."""
        blocks = latent.movedim(1, -1) @ self.basis.T + self.mean
        return _LOGITS_PER_OCCUPANCY * (unfolded(blocks.movedim(-1, 1)) - 0.5)

    def occupancy(self, latent: Tensor) -> Tensor:
        """See `GridCodec`: the coded occupancy itself, cut off at 0 and 1."""
        return (self.decode(latent) / _LOGITS_PER_OCCUPANCY + 0.5).clamp(0, 1)


class GridVae(GridCodec):
    """The published encoder and decoder with one level.

    Args:
        design: Sizes.
    """

    def __init__(self, design: VaeDesign) -> None:
        super().__init__(design)
        channels = (design.width,)
        self.encoder = SparseStructureEncoder(
            FOLD**3, design.latent_channels, design.blocks, channels=channels,
            num_res_blocks_middle=0,
        )  # fmt: skip
        self.decoder = SparseStructureDecoder(
            FOLD**3, design.latent_channels, design.blocks, channels=channels,
            num_res_blocks_middle=0,
        )  # fmt: skip

    def encode(self, grids: Tensor) -> Latent:
        """Occupancy (B, 32, 32, 32) as 0 and 1 to the mean and log variance of its latent."""
        latent: Latent = self.encoder(folded(grids))
        return latent

    def code(self, grids: Tensor) -> Tensor:
        """See `GridCodec`: the mean."""
        return self.encode(grids).mean

    def decode(self, latent: Tensor) -> Tensor:
        """See `GridCodec`."""
        return unfolded(self.decoder(latent))


def make_codec(design: VaeDesign) -> GridCodec:
    """The codec of a design, without values."""
    return BlockCodec(design) if design.kind == "blocks" else GridVae(design)


def folded(grids: Tensor) -> Tensor:
    """(B, R, R, R) to (B, 64, R / 4, R / 4, R / 4): the voxels of each block as channels."""
    count, side = len(grids), grids.shape[-1] // FOLD
    split = grids.reshape(count, side, FOLD, side, FOLD, side, FOLD)
    return split.permute(0, 2, 4, 6, 1, 3, 5).reshape(count, FOLD**3, side, side, side)


def unfolded(blocks: Tensor) -> Tensor:
    """The inverse of `folded`."""
    count, side = len(blocks), blocks.shape[-1]
    split = blocks.reshape(count, FOLD, FOLD, FOLD, side, side, side)
    return split.permute(0, 4, 1, 5, 2, 6, 3).reshape(count, *(side * FOLD,) * 3)
