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
    ordered, overlaps = _ordered(occupied)
    best = overlaps.argmax(1, keepdim=True)
    # The voxels at the level itself belong to the set.
    level = ordered.gather(1, best).clamp(max=0.5) - 1e-5
    return _LOGITS_PER_OCCUPANCY * (occupied - level.view(-1, 1, 1, 1))


def expected_overlap(occupied: Tensor) -> Tensor:
    """(N,) expected overlap (IoU) of the voxels that `leveled` takes with the truth.

    Args:
        occupied: (N, R, R, R) probabilities.
    """
    return _ordered(occupied)[1].amax(1)


def _ordered(occupied: Tensor) -> tuple[Tensor, Tensor]:
    """(N, R^3) probabilities, largest first, and the expected overlap of each number of them."""
    ordered = occupied.flatten(1).sort(1, descending=True).values
    inside = ordered.cumsum(1)
    count = torch.arange(1, ordered.shape[1] + 1, device=occupied.device)
    return ordered, inside / (inside[:, -1:] + count - inside).clamp(min=1e-6)
