"""Attention between the objects of a scene that knows how they lie to each other."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Relation = Literal["off", "bias", "values"]
RELATIONS: tuple[Relation, ...] = ("off", "bias", "values")
"""Without relations; with what changes who attends to whom; and with what is passed on as well."""


class RelationBlock(nn.Module):
    """Attention between objects with an additive bias and values from pairs, and a small network.

    The bias alone can choose objects by how they lie, but what it passes on says nothing of that;
    values of pairs add it (such as "0.4 m to the left"). The outputs start at zero.

    Args:
        width: Width of the tokens.
        heads: Number of heads.
        pairs: Numbers of each pair.
        relation: What is taken from the pairs.
    """

    def __init__(self, width: int, heads: int, pairs: int, relation: Relation = "values") -> None:
        super().__init__()
        self._heads, self._relation = heads, relation
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        if relation != "off":
            self.bias = nn.Linear(pairs, heads)
        if relation == "values":
            self.pair_values = nn.Linear(heads * pairs, width, bias=False)
            nn.init.zeros_(self.pair_values.weight)
        self.feed_norm = nn.LayerNorm(width)
        last = nn.Linear(2 * width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), last)
        for layer in (self.out, last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, pairs: Tensor, known: Tensor) -> Tensor:
        """(B, N, width) from (B, N, width), (B, N, N, P) and (B, N) bool."""
        batch, count, width = x.shape
        split = self.qkv(self.norm(x)).view(batch, count, 3, self._heads, -1)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        if self._relation != "off":
            logits = logits + self.bias(pairs).permute(0, 3, 1, 2)
        logits = logits.masked_fill(~known[:, None, None], -1e4)
        weights = logits.softmax(-1)
        gathered = (weights @ v).transpose(1, 2).reshape(batch, count, width)
        x = x + self.out(gathered)
        if self._relation == "values":
            passed = weights.permute(0, 2, 1, 3) @ pairs
            x = x + self.pair_values(passed.flatten(2))
        fed: Tensor = x + self.feed(self.feed_norm(x))
        return fed


class PairNetwork(nn.Module):
    """Turns the numbers of pairs into features on which attention depends linearly.

    Args:
        numbers: Numbers of each pair.
        features: Features of each pair, those numbers included.
    """

    def __init__(self, numbers: int, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(numbers, 32), nn.GELU(), nn.Linear(32, features))

    def forward(self, pairs: Tensor) -> Tensor:
        """(B, N, N, numbers + features) from (B, N, N, numbers)."""
        return torch.cat([pairs, self.layers(pairs)], dim=-1)


class ViewPooling(nn.Module):
    """One vector of an object from its pictures, by attention that the object itself asks.

    A learned entry stands beside the pictures, so that bad ones can be passed over, and that
    objects without any have a vector. Pictures of other objects are never seen.

    Args:
        width: Width of the tokens.
        view_width: Width of the vectors of pictures.
        heads: Number of heads.
        levels: Number of levels of cropping.
    """

    def __init__(self, width: int, view_width: int, heads: int, levels: int) -> None:
        super().__init__()
        self._heads = heads
        self.view = nn.Linear(view_width, width)
        self.level = nn.Embedding(levels, width)
        self.seen = nn.Linear(1, width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.extra = nn.Parameter(torch.randn(2, width) * 0.02)
        self.out = nn.Linear(width, width)

    def forward(
        self, x: Tensor, views: Tensor, known: Tensor, level: Tensor, seen: Tensor
    ) -> Tensor:
        """(B, N, width) from (B, N, width) objects, (B, N, M, C) views and (B, N, M) facts."""
        batch, count, number = known.shape
        tokens = self.view(views) + self.level(level) + self.seen(seen.unsqueeze(-1).to(x.dtype))
        keys, values = self.key_value(tokens).chunk(2, -1)
        extra = self.extra.expand(batch, count, 2, -1)
        keys = torch.cat([extra[:, :, :1], keys], dim=2)
        values = torch.cat([extra[:, :, 1:], values], dim=2)
        allowed = torch.cat([known.new_ones(batch, count, 1), known], dim=2)
        rows = batch * count

        def split(part: Tensor, length: int) -> Tensor:
            return part.reshape(rows, length, self._heads, -1).transpose(1, 2)

        pooled = F.scaled_dot_product_attention(
            split(self.query(x), 1), split(keys, number + 1), split(values, number + 1),
            attn_mask=allowed.reshape(rows, 1, 1, number + 1),
        )  # fmt: skip
        found: Tensor = self.out(pooled.transpose(1, 2).reshape(batch, count, -1))
        return found
