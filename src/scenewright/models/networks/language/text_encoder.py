"""Encodes the units of questions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_REACH = 10
"""Distance of two units from which on all distances are alike."""


class TextEncoder(nn.Module):
    """A small transformer over units; places count only relative to each other.

    Args:
        width: Width.
        layers: Number of layers.
        heads: Heads of attention.
        words: Number of words.
        kinds: Number of kinds of units.
        grams: Buckets of groups of bytes.
    """

    def __init__(
        self, width: int, layers: int, heads: int, *, words: int, kinds: int, grams: int
    ) -> None:
        super().__init__()
        self.word = nn.Embedding(words, width)
        self.kind = nn.Embedding(kinds, width)
        self.gram = nn.Embedding(grams + 1, width, padding_idx=0)
        self.fits = nn.Linear(3, width)
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for table in (self.word, self.kind, self.gram):
            nn.init.normal_(table.weight, std=0.5)
        with torch.no_grad():
            self.gram.weight[0] = 0

    def forward(
        self, word: Tensor, kind: Tensor, grams: Tensor, fits: Tensor, known: Tensor
    ) -> Tensor:
        """(B, T, width) what each unit means in its question.

        Args:
            word: (B, T) int64 ids of words.
            kind: (B, T) int64 kinds of units.
            grams: (B, T, G) int64 groups of bytes, -1 where there is none.
            fits: (B, T, N) how well each unit fits each object.
            known: (B, T) bool, false for padding.
        """
        count = (grams >= 0).sum(-1, keepdim=True).clamp_min(1)
        bytes_ = self.gram(grams + 1).sum(2) * count.to(fits.dtype).rsqrt()
        total = fits.sum(-1)
        facts = torch.stack([fits.amax(-1), total.clamp_max(1), torch.log1p(total)], dim=-1)
        x = self.word(word) + self.kind(kind) + bytes_ + self.fits(facts)
        places = torch.arange(word.shape[1], device=word.device)
        apart = (places[:, None] - places).clamp(-_REACH, _REACH) + _REACH
        for layer in self.layers:
            x = layer(x, apart, known)
        found: Tensor = self.norm(x)
        return found


class _Layer(nn.Module):
    """Attention with a bias per distance, and a feed-forward network."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.apart = nn.Embedding(2 * _REACH + 1, heads)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, apart: Tensor, known: Tensor) -> Tensor:
        batch, count, width = x.shape
        split = self.qkv(self.norm(x)).view(batch, count, 3, self._heads, -1)
        q, k, v = split.permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        logits = logits + self.apart(apart).permute(2, 0, 1)
        weights = logits.masked_fill(~known[:, None, None], -1e4).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, count, width))
        fed: Tensor = x + self.feed(x)
        return fed
