"""How each object lies to each other one, as numbers for attention between objects.

A row i, j describes object i as seen from object j.
"""

from __future__ import annotations

import torch
from torch import Tensor

NUM_PUBLISHED = 5
NAMES = (
    "distance", "closeness", "relative distance", "rise", "run", "north", "east", "gap x", "gap y",
    "gap z", "overlap", "overlapped", "above", "resting", "volume ratio", "height ratio",
    "length ratio", "left", "away", "left turn", "away turn", "volume order", "height order",
    "inside", "alike",
)  # fmt: skip
"""What the columns of `pair_features` are."""
NUM_PAIRS = len(NAMES)
_TINY = 1e-10
_ROOM = 8.0
"""Distance that is scaled to 1, meters."""
_RESTING = 0.05
"""Gap over which an object ceases to rest on another, meters."""
_CLEAR = 0.1
"""Logarithm of a ratio of sizes from which one object is clearly larger."""


def published_pairs(center: Tensor, known: Tensor) -> Tensor:
    """(B, N, N, 5) distance relative to the largest, and the sines and cosines of the vertical and
    the horizontal angle, as in Inst3D-LMM (Yu et al., CVPR 2025) and ViL3DRel (Chen et al., 2022).

    Args:
        center: (B, N, 3) centers.
        known: (B, N) bool; pairs with padding do not count for the largest distance.
    """
    offset = center[:, :, None] - center[:, None]
    level = (offset[..., :2].square().sum(-1) + _TINY).sqrt()
    distance = (offset.square().sum(-1) + _TINY).sqrt()
    both = known[:, :, None] & known[:, None]
    largest = (distance * both).amax(dim=(1, 2)).clamp_min(1e-5)
    return torch.stack(
        [
            distance / largest[:, None, None],
            offset[..., 2] / distance,
            level / distance,
            offset[..., 1] / level,
            offset[..., 0] / level,
        ],
        dim=-1,
    )


def pair_features(
    center: Tensor, size: Tensor, known: Tensor, viewer: Tensor, alike: Tensor | None = None
) -> Tensor:
    """(B, N, N, P) numbers of each pair, in the order of `NAMES`; those with padding are 0.

    Args:
        center: (B, N, 3) centers, level axes, meters.
        size: (B, N, 3) full extents.
        known: (B, N) bool.
        viewer: (B, 2) where the viewer stands who sees left and right.
        alike: (B, N, N) how likely two objects are of one class; None = unknown.
    """
    low, high = center - size / 2, center + size / 2
    offset = center[:, :, None] - center[:, None]
    level = (offset[..., :2].square().sum(-1) + _TINY).sqrt()
    distance = (offset.square().sum(-1) + _TINY).sqrt()
    gaps = torch.maximum(low[:, :, None] - high[:, None], low[:, None] - high[:, :, None])
    signed = gaps * torch.where(offset < 0, -1.0, 1.0)
    between = gaps.clamp_min(0).square().sum(-1).sqrt()
    share = _overlap(low, high)
    rise = low[:, :, None, 2] - high[:, None, :, 2]
    inside = (center[:, :, None] >= low[:, None]) & (center[:, :, None] <= high[:, None])
    logs = size.clamp_min(1e-3).log()
    volume, height = logs.sum(-1) / 3, logs[..., 2]
    length = logs.amax(-1)
    ratios = [one[:, :, None] - one[:, None] for one in (volume, height, length)]
    left, away = _seen(center, viewer)
    columns = [
        distance / _ROOM,
        torch.exp(-between),
        *published_pairs(center, known).unbind(-1),
        *(signed / 2).clamp(-1.5, 1.5).unbind(-1),
        share,
        share.transpose(1, 2),
        rise.clamp(-1.5, 1.5),
        torch.exp(-rise.abs() / _RESTING),
        *ratios,
        (left / 2).clamp(-1.5, 1.5),
        (away / 2).clamp(-1.5, 1.5),
        left / level,
        away / level,
        *(torch.tanh(one / _CLEAR) for one in ratios[:2]),
        inside.all(-1).to(center.dtype),
        torch.zeros_like(distance) if alike is None else alike.to(center.dtype),
    ]
    both = (known[:, :, None] & known[:, None]).unsqueeze(-1)
    return torch.stack(columns, dim=-1) * both


def _overlap(low: Tensor, high: Tensor) -> Tensor:
    """(B, N, N) share of the footprint of the first that lies within that of the second."""
    common = torch.minimum(high[:, :, None, :2], high[:, None, :, :2])
    common = common - torch.maximum(low[:, :, None, :2], low[:, None, :, :2])
    areas = (high - low)[..., :2].clamp_min(1e-3).prod(-1)
    return (common.clamp_min(0).prod(-1) / areas[:, :, None]).clamp_max(1)


def _seen(center: Tensor, viewer: Tensor) -> tuple[Tensor, Tensor]:
    """(B, N, N) meters to the left of the second object and beyond it, for who looks at it."""
    ahead = center[..., :2] - viewer[:, None]
    ahead = ahead / ahead.norm(dim=-1, keepdim=True).clamp_min(1e-3)
    offset = center[:, :, None, :2] - center[:, None, :, :2]
    away = (offset * ahead[:, None]).sum(-1)
    left = offset[..., 1] * ahead[:, None, :, 0] - offset[..., 0] * ahead[:, None, :, 1]
    return left, away
