"""Sizes of the networks of ``generate/tiny``, as their weight files state them."""

from __future__ import annotations

from dataclasses import dataclass

GRID = 32
"""Voxels per side of an occupancy grid."""
LONGEST_EDGE = 0.96
"""Longest edge of an object in its canonical cube, which has edges of 1."""
FOLD = 4
"""Voxels per side of the block that one cell of the VAE holds as channels."""
LATENT_SIDE = GRID // FOLD
COLOR_SIDE = 8
"""Cells per side of the cube of an object whose colors are predicted."""


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
class EncoderDesign:
    """Sizes of the image encoder.

    Attributes:
        token_width: Channels of the image tokens.
        token_layers: Transformer layers on the tokens of a crop.
        token_heads: Their attention heads.
        width: Channels of the summary of an object.
        layers: Transformer layers in which the parts of a shape attend to tokens.
        heads: Attention heads of these layers.
        layout_layers: Transformer layers in which the objects of a scene attend to another.
        context: Whether objects see their scene; False for a network that sees each alone.
    """

    token_width: int = 192
    token_layers: int = 4
    token_heads: int = 4
    width: int = 512
    layers: int = 3
    heads: int = 4
    layout_layers: int = 2
    context: bool = True


@dataclass(frozen=True)
class FlowDesign:
    """Sizes of the flow.

    Attributes:
        latent_channels: Channels of the latent, as of the codec.
        width: Channels of the flow.
        blocks: Blocks of the flow.
        heads: Attention heads of the flow.
        context_blocks: Blocks in its middle in which an object attends to its scene and to its
            canonical shape; 0 for a flow without scene context.
        token_width: Channels of the image tokens, as of the image encoder.
    """

    latent_channels: int = 24
    width: int = 160
    blocks: int = 6
    heads: int = 4
    context_blocks: int = 4
    token_width: int = 192
