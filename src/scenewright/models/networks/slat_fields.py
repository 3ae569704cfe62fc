"""Decoder of structured latents to radiance fields: a small factored field in each voxel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from scenewright.models.networks.slat_trunk import (
    SlatConfig,
    SlatTrunk,
    initialize_linear,
    normalized,
)
from scenewright.models.networks.sparse import SparseTensor


class SlatFieldDecoder(SlatTrunk):
    """Latents to the factors of a field per voxel, as raw outputs. There is no renderer for it.

    State dicts have the names of the published ``SLatRadianceFieldDecoder``.

    Args:
        config: Sizes.
        rank: Products of three vectors per voxel, each with a density and a color.
        dim: Length of a vector.
    """

    def __init__(self, config: SlatConfig, *, rank: int = 16, dim: int = 8) -> None:
        super().__init__(config)
        self.out_layer = nn.Linear(config.model_channels, rank * (3 * dim + 1 + 3))
        initialize_linear(self)
        nn.init.zeros_(self.out_layer.weight)

    @classmethod
    def from_published(cls, args: Mapping[str, Any]) -> SlatFieldDecoder:
        """A decoder with random weights from published arguments."""
        field = args["representation_config"]
        return cls(SlatConfig.from_published(args), rank=field["rank"], dim=field["dim"])

    def forward(self, x: SparseTensor) -> Tensor:
        """(N, latent_channels) latents to (N, 3 * rank * dim + rank + 3 * rank) outputs."""
        outputs: Tensor = self.out_layer(normalized(self.hidden(x)))
        return outputs
