"""A loss of objects that share space, with gradients for their shapes and places."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_THRESHOLD = 0.05
"""Of the Huber loss, as SceneGen's (arXiv 2508.15769)."""


def shared_volume(occupied: Tensor) -> Tensor:
    """Share of the occupied cells of a grid that more than one object occupies.

    With occupancies of 0 and 1 and two objects it is the IoU; it has gradients for those between.

    Args:
        occupied: (N, R, R, R) probability of each cell of a common grid, for each object.
    """
    total = occupied.sum(0)
    return (total - 1).relu().sum() / total.clamp(max=1).sum().clamp(min=1e-6)


def collision_loss(share: Tensor) -> Tensor:
    """Huber loss of the share of a scene that objects share."""
    return F.smooth_l1_loss(share, torch.zeros_like(share), beta=_THRESHOLD)


def scene_collisions(occupied: Tensor, scene_of: Tensor) -> Tensor:
    """Mean of `collision_loss` over the scenes of a batch; scenes of fewer than two count as 0.

    Args:
        occupied: (N, R, R, R) probability of each cell of the cube of its scene, for each object.
        scene_of: (N,) number of the scene of each object.
    """
    scenes = range(int(scene_of.max()) + 1)
    losses = [collision_loss(shared_volume(occupied[scene_of == scene])) for scene in scenes]
    return torch.stack(losses).mean()
