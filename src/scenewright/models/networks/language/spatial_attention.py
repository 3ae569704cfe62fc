"""Spatial attention in the forms of ViL3DRel (Chen et al., NeurIPS 2022) and Inst3D-LMM."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Fusion = Literal["mul", "cond", "bias", "add", "ctx"]
FUSIONS: tuple[Fusion, ...] = ("mul", "cond", "bias", "add", "ctx")
"""How pairs change attention: a factor; one that depends on the object; a summand of the logits; a
mean of two attentions; or keys."""
_LEAST = 1e-6


class SpatialAttention(nn.Module):
    """Attention of objects to each other, changed by how they lie.

    Args:
        width: Width of the tokens.
        heads: Number of heads.
        pairs: Numbers of each pair.
        fusion: One of `FUSIONS`.
    """

    def __init__(self, width: int, heads: int, pairs: int, fusion: Fusion = "mul") -> None:
        super().__init__()
        self._heads, self._fusion = heads, fusion
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        if fusion == "cond":
            self.condition = nn.Linear(width, heads * (pairs + 1))
        elif fusion == "ctx":
            self.pair_keys = nn.Linear(pairs, width)
        else:
            self.pair_weights = nn.Linear(pairs, heads)

    def forward(
        self, x: Tensor, pairs: Tensor, padding: Tensor, text: Tensor | None = None
    ) -> Tensor:
        """(B, N, width) from (B, N, width), (B, N, N, P) and (B, N) bool.

        Args:
            x: Tokens.
            pairs: Numbers of each pair.
            padding: True for rows that hold no object.
            text: (B, 1 or N, width) what ``cond`` depends on as well, or None.
        """
        batch, count, width = x.shape
        split = self.qkv(x).view(batch, count, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        q, k, v = split[0], split[1], split[2]
        scale = q.shape[-1] ** -0.5
        logits = q @ k.transpose(-1, -2) * scale
        if self._fusion == "ctx":
            keys = self.pair_keys(pairs).view(batch, count, count, self._heads, -1)
            logits = logits + torch.einsum("bhid,bijhd->bhij", q, keys) * scale
        elif self._fusion == "cond":
            asked = self.condition(x if text is None else x + text)
            asked = asked.view(batch, count, self._heads, -1)
            share = torch.einsum("bihp,bijp->bhij", asked[..., :-1], pairs)
            share = torch.sigmoid(share + asked[..., -1].transpose(1, 2)[..., None])
            logits = logits + share.clamp_min(_LEAST).log()
        else:
            summand = self.pair_weights(pairs).permute(0, 3, 1, 2)
            if self._fusion == "mul":
                logits = logits + summand.relu().clamp_min(_LEAST).log()
            elif self._fusion == "bias":
                logits = logits + summand
        hidden = padding[:, None, None]
        weights = logits.masked_fill(hidden, -1e4).softmax(-1)
        if self._fusion == "add":
            weights = (weights + summand.masked_fill(hidden, -1e4).softmax(-1)) / 2
        gathered = (weights @ v).transpose(1, 2).reshape(batch, count, width)
        found: Tensor = self.norm(x + self.out(gathered))
        return found


class SpatialBlock(nn.Module):
    """Spatial attention, attention to a memory, and a feed-forward network, each after its norm.

    Args:
        width: Width of the tokens.
        heads: Number of heads.
        pairs: Numbers of each pair.
        feed: Width inside the feed-forward network.
        fusion: One of `FUSIONS`.
    """

    def __init__(
        self, width: int, heads: int, pairs: int, *, feed: int = 2048, fusion: Fusion = "mul"
    ) -> None:
        super().__init__()
        self.spatial = SpatialAttention(width, heads, pairs, fusion)
        self.memory = nn.MultiheadAttention(width, heads, dropout=0.1, batch_first=True)
        self.feed = nn.Sequential(
            nn.Linear(width, feed), nn.GELU(), nn.Dropout(0.1), nn.Linear(feed, width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor, memory: Tensor, pairs: Tensor, padding: Tensor) -> Tensor:
        """(B, N, width) from tokens, (B, N, width) memory, (B, N, N, P) pairs and padding."""
        x = x + self.dropout(self.spatial(self.norms[0](x), pairs, padding))
        hidden = padding & ~padding.all(-1, keepdim=True)
        asked = self.norms[1](x)
        found, _ = self.memory(asked, memory, memory, hidden, need_weights=False)
        x = x + self.dropout(found)
        fed: Tensor = x + self.dropout(self.feed(self.norms[2](x)))
        return fed
