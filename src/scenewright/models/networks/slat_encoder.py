"""Encoder of structured latents: image features averaged per voxel to a latent per voxel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor, nn

from scenewright.models.networks.slat_trunk import (
    SlatConfig,
    SlatTrunk,
    initialize_linear,
    normalized,
)
from scenewright.models.networks.sparse import SparseTensor


class SlatLatent(NamedTuple):
    """What the encoder says of each voxel: (N, latent channels) each."""

    mean: Tensor
    logvar: Tensor


class SlatEncoder(SlatTrunk):
    """Features per voxel to the mean and log variance of a latent per voxel.

    State dicts have the names of the published ``SLatEncoder``.

    Args:
        config: Sizes.
        in_channels: Channels of the features.
    """

    def __init__(self, config: SlatConfig, *, in_channels: int = 1024) -> None:
        super().__init__(config, in_channels=in_channels)
        self.out_layer = nn.Linear(config.model_channels, 2 * config.latent_channels)
        initialize_linear(self)
        nn.init.zeros_(self.out_layer.weight)

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatEncoder:
        """An encoder with random weights from published arguments."""
        return cls(SlatConfig.from_published(args), in_channels=args["in_channels"])

    def forward(self, x: SparseTensor) -> SlatLatent:
        """Encodes voxels.

        Args:
            x: (N, in_channels) features.

        Returns:
            The latent's distribution; the mean is what the flow models.
        """
        mean, logvar = self.out_layer(normalized(self.hidden(x))).chunk(2, -1)
        return SlatLatent(mean, logvar)
