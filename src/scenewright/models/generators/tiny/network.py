"""The networks of ``generate/tiny``: an image encoder, a box head, and the conditional flow."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.generators.tiny.design import LATENT_SIDE, FlowDesign
from scenewright.models.generators.tiny.inputs import CHANNELS, SIDE
from scenewright.models.generators.tiny.vae import folded
from scenewright.models.networks.flow import SceneFlow
from scenewright.models.networks.flow_config import FlowConfig, SceneContext
from scenewright.models.networks.layers import FeedForward, LayerNorm32, SelfAttention

IN_SCENE, SCENE, CANONICAL = 0, 1, 2
"""Slots of an object: in the scene cube, the whole scene, in its own cube."""
SLOTS = 3
BOX_VALUES = 8
"""Center (3) and logarithm of the edges (3) of the box in the scene cube; cosine and sine of the
heading."""
_STEM = (32, 64, 128)
"""Channels of the convolutions, each of which halves the crop."""
TOKENS = (SIDE // 2 ** len(_STEM)) ** 2


class Conditions(NamedTuple):
    """What is known from the picture.

    Attributes:
        tokens: (N, 3, T, token width) tokens of each slot.
        boxes: (N, 8) predicted boxes, see `BOX_VALUES`.
    """

    tokens: Tensor
    boxes: Tensor


class EncoderBlock(nn.Module):
    """Self attention and feed-forward layers with norms before them.

    Args:
        width: Channels.
        heads: Attention heads.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = LayerNorm32(width, affine=True)
        self.attn = SelfAttention(width, heads)
        self.norm2 = LayerNorm32(width, affine=True)
        self.mlp = FeedForward(width, ratio=2.0)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, width) to the same shape."""
        x = x + self.attn(self.norm1(x))
        result: Tensor = x + self.mlp(self.norm2(x))
        return result


class CropEncoder(nn.Module):
    """Crops to tokens: strided convolutions, then transformer blocks.

    Args:
        width: Channels of the tokens.
        blocks: Transformer blocks.
        heads: Attention heads.
    """

    def __init__(self, width: int, blocks: int, heads: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = CHANNELS
        for channels in _STEM:
            layers += [
                nn.Conv2d(before, channels, 3, stride=2, padding=1), nn.GroupNorm(8, channels),
                nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1),
                nn.GroupNorm(8, channels), nn.SiLU(),
            ]  # fmt: skip
            before = channels
        self.stem = nn.Sequential(*layers)
        self.project = nn.Conv2d(before, width, 1)
        self.pos_emb = nn.Parameter(torch.randn(TOKENS, width) * 0.02)
        self.blocks = nn.ModuleList(EncoderBlock(width, heads) for _ in range(blocks))
        self.norm = LayerNorm32(width, affine=True)

    def forward(self, crops: Tensor) -> Tensor:
        """(B, channels, side, side) to (B, T, width)."""
        tokens = self.project(self.stem(crops)).flatten(2).transpose(1, 2) + self.pos_emb
        for block in self.blocks:
            tokens = block(tokens)
        result: Tensor = self.norm(tokens)
        return result


class TinyFlow(nn.Module):
    """Image encoder, box head and flow, which are trained together.

    Args:
        design: Sizes.
    """

    def __init__(self, design: FlowDesign) -> None:
        super().__init__()
        self.design = design
        width = design.token_width
        self.encoder = CropEncoder(width, design.token_blocks, design.token_heads)
        self.slot_emb = nn.Parameter(torch.randn(SLOTS, width) * 0.5)
        self.box_head = nn.Sequential(
            nn.Linear(4 * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, BOX_VALUES)
        )
        self.flow = SceneFlow(flow_config(design))

    def conditions(self, scenes: Tensor, objects: Tensor, scene_of: Tensor) -> Conditions:
        """Encodes crops.

        Args:
            scenes: (S, channels, side, side) crops of scenes.
            objects: (N, channels, side, side) crops of objects.
            scene_of: (N,) number of the scene of each object.
        """
        encoded = self.encoder(torch.cat([scenes, objects]))
        whole, own = encoded[: len(scenes)][scene_of], encoded[len(scenes) :]
        coarse = _pooled(whole)
        both = torch.cat([own, coarse], 1)
        slots = torch.stack([both, torch.cat([whole, coarse], 1), both], 1)
        tokens = slots + self.slot_emb[:, None].to(slots.dtype)
        pooled = torch.cat([own.mean(1), own.amax(1), whole.mean(1), whole.amax(1)], 1)
        return Conditions(tokens, self.box_head(pooled).float())


def _pooled(tokens: Tensor) -> Tensor:
    """(N, T, width) tokens of a square grid to a quarter as many."""
    side = round(tokens.shape[1] ** 0.5)
    grid = tokens.transpose(1, 2).unflatten(2, (side, side))
    return F.avg_pool2d(grid, 2).flatten(2).transpose(1, 2)


def flow_config(design: FlowDesign) -> FlowConfig:
    """The configuration of the flow; without context blocks the slots do not attend to another."""
    return FlowConfig(
        resolution=LATENT_SIDE,
        in_channels=design.latent_channels,
        out_channels=design.latent_channels,
        model_channels=design.width,
        cond_channels=design.token_width,
        num_blocks=design.blocks,
        num_heads=design.heads,
        patch_size=2,
        partial_channels=design.partial_channels,
        scene_context=SceneContext(
            num_blocks=design.context_blocks, sources=SLOTS - 1, key_bias=True
        ),
    )


def known_channels(latent: Tensor, occupied: Tensor, free: Tensor) -> Tensor:
    """Known geometry as the flow takes it: (B, C + 2, 8, 8, 8).

    Args:
        latent: (B, C, 8, 8, 8) normalized latent of the voxels known to be occupied.
        occupied: (B, 32, 32, 32) 1 where known to be occupied.
        free: (B, 32, 32, 32) 1 where known to be free.
    """
    shares = [folded(each.float()).mean(1, keepdim=True) for each in (occupied, free)]
    return torch.cat([latent, *(share.to(latent.dtype) for share in shares)], 1)


def decoded_boxes(values: Tensor) -> tuple[Tensor, Tensor]:
    """Centers and edges (N, 3) of boxes in the scene cube, from `Conditions.boxes`."""
    return values[:, :3], values[:, 3:6].clamp(-5, 0.5).exp()


def upsampled(logits: Tensor, factor: int = 2) -> Tensor:
    """(B, R, R, R) logits, interpolated to `factor` times the resolution."""
    fine = F.interpolate(logits[:, None], scale_factor=factor, mode="trilinear")
    return fine[:, 0]


