"""Training targets and loss of the affinity network: which pairs of cells belong together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenewright.models.tiny.design import OFFSETS

_LARGEST_GAIN = 6.0
"""Largest weight of pairs of different instances relative to pairs of the same instance."""


def affinity_targets(ids: Tensor) -> tuple[Tensor, Tensor]:
    """True affinities of a batch.

    Args:
        ids: (B, h, w) integer instance ids, 0 = unknown.

    Returns:
        (B, K, h, w) float32, 1 where both cells of a pair have the same id; and (B, K, h, w) bool,
        true where both cells lie in the image and have known ids.
    """
    batch, height, width = ids.shape
    same = torch.zeros((batch, len(OFFSETS), height, width), device=ids.device)
    known = torch.zeros(same.shape, dtype=torch.bool, device=ids.device)
    for k, (dy, dx) in enumerate(OFFSETS):
        if dy >= height or abs(dx) >= width:
            continue
        rows = slice(0, height - dy)
        columns = slice(0, width - dx) if dx >= 0 else slice(-dx, width)
        shifted_columns = slice(dx, width) if dx >= 0 else slice(0, width + dx)
        first, second = ids[:, rows, columns], ids[:, dy:, shifted_columns]
        same[:, k, rows, columns] = (first == second).float()
        known[:, k, rows, columns] = (first > 0) & (second > 0)
    return same, known


def affinity_loss(logits: Tensor, ids: Tensor) -> Tensor:
    """Binary cross entropy of the affinities, balanced between the two classes for each offset.

    Args:
        logits: (B, K, h, w).
        ids: (B, h, w) integer instance ids, 0 = unknown.

    Returns:
        Scalar, the mean over the offsets.
    """
    same, known = affinity_targets(ids)
    apart = known & (same < 0.5)
    together = known & (same > 0.5)
    num_apart = apart.sum(dim=(0, 2, 3)).clamp(min=1)
    num_together = together.sum(dim=(0, 2, 3)).clamp(min=1)
    gain = (num_together / num_apart).clamp(1.0, _LARGEST_GAIN)[None, :, None, None]
    weight = known.float() * torch.where(apart, gain, torch.ones((), device=ids.device))
    # Small instances have few pairs and are the first to be missed.
    weight = weight * _instance_weights(ids)[:, None]
    losses = nn.functional.binary_cross_entropy_with_logits(logits, same, reduction="none")
    per_offset = (losses * weight).sum(dim=(0, 2, 3)) / weight.sum(dim=(0, 2, 3)).clamp(min=1)
    return per_offset.mean()


def _instance_weights(ids: Tensor) -> Tensor:
    """(B, h, w) weights from 1 for large instances to 3 for tiny ones."""
    weights = torch.ones(ids.shape, device=ids.device)
    for row, id_map in enumerate(ids):
        counts = torch.bincount(id_map.flatten().long())
        weights[row] = (2000.0 / counts[id_map.long()].clamp(min=1)).sqrt().clamp(1.0, 3.0)
    return weights
