"""Occupancy grids of uncertain shapes: which voxels to take."""

from __future__ import annotations

import torch
from torch import Tensor

_LOGITS_PER_OCCUPANCY = 8.0


def leveled(occupied: Tensor) -> Tensor:
    """Logits of voxels such that those above 0 have the largest expected overlap with the truth.

    Where a shape is uncertain, no voxel may be likelier than one half, and yet some shape is the
    best answer. With probabilities p, the expected overlap of a set of voxels is about the sum of
    its p over the sum of all p and of its 1 - p, which is largest for the likeliest voxels.

    Args:
        occupied: (N, R, R, R) probabilities.

    Returns:
        (N, R, R, R), linear in the probabilities.
    """
    flat = occupied.flatten(1)
    ordered = flat.sort(1, descending=True).values
    inside = ordered.cumsum(1)
    count = torch.arange(1, ordered.shape[1] + 1, device=occupied.device)
    best = (inside / (inside[:, -1:] + count - inside).clamp(min=1e-6)).argmax(1, keepdim=True)
    # The voxels at the level itself belong to the set.
    level = ordered.gather(1, best).clamp(max=0.5) - 1e-5
    return _LOGITS_PER_OCCUPANCY * (occupied - level.view(-1, 1, 1, 1))
