"""The network of Uni3D (Zhou et al., ICLR 2024): a vision transformer over patches of points.

Modules have the names of the published checkpoints, in which the transformer is EVA-g of timm: its
blocks have biases for queries and values, none for keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_EPSILON = 1e-6


@dataclass(frozen=True)
class Uni3DConfig:
    """The design; the defaults are those of Uni3D-g.

    Attributes:
        width: Width of the transformer.
        depth: Blocks.
        heads: Heads of attention.
        feed: Width inside the feed-forward networks.
        patch: Width of the encoder of patches.
        dim: Length of the vectors.
        groups: Patches of an object.
        group_size: Points of each.
    """

    width: int = 1408
    depth: int = 40
    heads: int = 16
    feed: int = 6144
    patch: int = 512
    dim: int = 1024
    groups: int = 512
    group_size: int = 64


class Uni3DNetwork(nn.Module):
    """One vector per object.

    Args:
        config: The design.
    """

    def __init__(self, config: Uni3DConfig) -> None:
        super().__init__()
        self.config = config
        wide = config.width
        self.encoder = _PatchEncoder(config.patch)
        self.encoder2trans = nn.Linear(config.patch, wide)
        self.trans2embed = nn.Linear(wide, config.dim)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, wide))
        self.cls_pos = nn.Parameter(torch.randn(1, 1, wide))
        self.pos_embed = nn.Sequential(nn.Linear(3, 128), nn.GELU(), nn.Linear(128, wide))
        self.visual = _Transformer(config)

    def forward(self, points: Tensor, colors: Tensor) -> Tensor:
        """(B, dim) vectors.

        Args:
            points: (B, N, 3) in the unit sphere; N at least `group_size`.
            colors: (B, N, 3) from 0 to 1.
        """
        centers, patches = patches_of(
            points, colors, groups=self.config.groups, size=self.config.group_size
        )
        x = self.encoder2trans(self.encoder(patches)) + self.pos_embed(centers)
        first = (self.cls_token + self.cls_pos).expand(len(x), -1, -1)
        found: Tensor = self.trans2embed(self.visual(torch.cat([first, x], dim=1)))
        return found


def patches_of(points: Tensor, colors: Tensor, *, groups: int, size: int) -> tuple[Tensor, Tensor]:
    """(B, G, 3) centers far from each other, and (B, G, S, 6) offsets and colors around each.

    Args:
        points: (B, N, 3).
        colors: (B, N, 3).
        groups: Number G of centers; they repeat if there are fewer points.
        size: Number S of nearest points around each, at most N.
    """
    rows = torch.arange(len(points), device=points.device)
    chosen = torch.zeros(len(points), groups, dtype=torch.long, device=points.device)
    nearest = torch.full(points.shape[:2], torch.inf, device=points.device)
    for place in range(1, groups):
        last = points[rows, chosen[:, place - 1]]
        nearest = torch.minimum(nearest, (points - last[:, None]).square().sum(-1))
        chosen[:, place] = nearest.argmax(-1)
    centers = points[rows[:, None], chosen]
    around = torch.cdist(centers, points).topk(size, largest=False).indices
    index = rows[:, None, None]
    offsets = points[index, around] - centers[:, :, None]
    return centers, torch.cat([offsets, colors[index, around]], dim=-1)


class _PatchEncoder(nn.Module):
    """A vector for the points of a patch, whatever their order."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first_conv = _two_layers(6, 128, 256)
        self.second_conv = _two_layers(512, 512, width)

    def forward(self, patches: Tensor) -> Tensor:
        batch, groups = patches.shape[:2]
        x = self.first_conv(patches.flatten(0, 1).transpose(1, 2))
        x = torch.cat([x.amax(-1, keepdim=True).expand_as(x), x], dim=1)
        return cast("Tensor", self.second_conv(x).amax(-1).view(batch, groups, -1))


class _Transformer(nn.Module):
    def __init__(self, config: Uni3DConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.depth))
        self.fc_norm = nn.LayerNorm(config.width, eps=_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return cast("Tensor", self.fc_norm(x[:, 0]))


class _Block(nn.Module):
    def __init__(self, config: Uni3DConfig) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(config.width, eps=_EPSILON)
        self.attn = _Attention(config.width, config.heads)
        self.norm2 = nn.LayerNorm(config.width, eps=_EPSILON)
        self.mlp = _Feed(config.width, config.feed)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return cast("Tensor", x + self.mlp(self.norm2(x)))


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, count, width = x.shape
        bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        mixed = F.linear(x, self.qkv.weight, bias).view(batch, count, 3, self._heads, -1)
        q, k, v = mixed.permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(q, k, v)
        return cast("Tensor", self.proj(found.transpose(1, 2).reshape(batch, count, width)))


class _Feed(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.fc2(F.gelu(self.fc1(x))))


def _two_layers(given: int, inner: int, outer: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(given, inner, 1), nn.BatchNorm1d(inner), nn.ReLU(), nn.Conv1d(inner, outer, 1)
    )
