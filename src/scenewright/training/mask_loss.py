"""What the affinity network is taught: which pairs of cells belong together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenewright.models.tiny.design import OFFSETS

_RARE = 6.0
"""Pairs that belong apart count at most this much more than the others."""


def affinity_targets(ids: Tensor) -> tuple[Tensor, Tensor]:
    """True affinities of a batch.

    Args:
        ids: (B, h, w) integer instance ids, 0 = unknown.

    Returns:
        (B, K, h, w) float32 of 1 where both cells of a pair have the same id, and (B, K, h, w)
        bool of the pairs that lie in the picture and have both ids known.
    """
    batch, height, width = ids.shape
    same = torch.zeros((batch, len(OFFSETS), height, width))
    known = torch.zeros(same.shape, dtype=torch.bool)
    for k, (dy, dx) in enumerate(OFFSETS):
        if dy >= height or abs(dx) >= width:
            continue
        rows = slice(0, height - dy)
        columns = slice(0, width - dx) if dx >= 0 else slice(-dx, width)
        there = slice(dx, width) if dx >= 0 else slice(0, width + dx)
        own, other = ids[:, rows, columns], ids[:, dy:, there]
        same[:, k, rows, columns] = (own == other).float()
        known[:, k, rows, columns] = (own > 0) & (other > 0)
    return same, known


def affinity_loss(logits: Tensor, ids: Tensor) -> Tensor:
    """Binary cross entropy of the affinities, balanced between together and apart per offset.

    Args:
        logits: (B, K, h, w).
        ids: (B, h, w) integer instance ids, 0 = unknown.
    """
    same, known = affinity_targets(ids)
    apart = known & (same < 0.5)
    together = known & (same > 0.5)
    num_apart = apart.sum(dim=(0, 2, 3)).clamp(min=1)
    num_together = together.sum(dim=(0, 2, 3)).clamp(min=1)
    gain = (num_together / num_apart).clamp(1.0, _RARE)[None, :, None, None]
    weight = known.float() * torch.where(apart, gain, torch.ones(()))
    # Small instances have few pairs, and are what is missed first.
    weight = weight * _small_things_count_more(ids)[:, None]
    losses = nn.functional.binary_cross_entropy_with_logits(logits, same, reduction="none")
    per_offset = (losses * weight).sum(dim=(0, 2, 3)) / weight.sum(dim=(0, 2, 3)).clamp(min=1)
    return per_offset.mean()


def _small_things_count_more(ids: Tensor) -> Tensor:
    """(B, h, w) weights of 1 for large instances up to 3 for tiny ones."""
    weights = torch.ones(ids.shape)
    for row, picture in enumerate(ids):
        counts = torch.bincount(picture.flatten().long())
        weights[row] = (2000.0 / counts[picture.long()].clamp(min=1)).sqrt().clamp(1.0, 3.0)
    return weights
