"""Sizes of the networks of ``generate/tiny``, as their weight files state them."""

from __future__ import annotations

from dataclasses import dataclass

GRID = 32
"""Voxels per side of an occupancy grid."""
FOLD = 4
"""Voxels per side of the block that one cell of the VAE holds as channels."""
LATENT_SIDE = GRID // FOLD
PARTIAL_EXTRA = 2
"""Channels of known geometry beside its latent: the shares of occupied and of free voxels."""


@dataclass(frozen=True)
class VaeDesign:
    """Kind and sizes of the codec of grids.

    Attributes:
        kind: ``"blocks"``, principal components of blocks, or ``"network"``, the VAE.
        latent_channels: Channels of the latent.
        width: Channels of the convolutions of the VAE.
        blocks: Residual blocks of its encoder and of its decoder.
    """

    kind: str = "blocks"
    latent_channels: int = 24
    width: int = 48
    blocks: int = 1


@dataclass(frozen=True)
class FlowDesign:
    """Sizes of the flow and of its image encoder.

    Attributes:
        latent_channels: Channels of the latent, as of the codec.
        width: Channels of the flow.
        blocks: Blocks of the flow.
        heads: Attention heads of the flow.
        context_blocks: Blocks in its middle in which an object attends to its scene and to its
            canonical shape; 0 for a flow without scene context.
        token_width: Channels of the image tokens.
        token_blocks: Transformer blocks of the image encoder.
        token_heads: Attention heads of the image encoder.
        components: Principal components of which the expected shape of an object is a sum.
    """

    latent_channels: int = 24
    width: int = 160
    blocks: int = 6
    heads: int = 4
    context_blocks: int = 4
    token_width: int = 128
    token_blocks: int = 2
    token_heads: int = 4
    components: int = 192

    @property
    def partial_channels(self) -> int:
        """Channels of known geometry."""
        return self.latent_channels + PARTIAL_EXTRA
