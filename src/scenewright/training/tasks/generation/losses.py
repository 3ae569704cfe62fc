"""Losses and overlaps of boxes and grids."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

_ANY = 0
_YAW_WEIGHT = 0.3


def box_loss(values: Tensor, poses: Tensor, boxes: Tensor, turns: Tensor) -> Tensor:
    """Huber loss of predicted boxes and headings.

    Args:
        values: (N, 8) predicted, see `network.BOX_VALUES`.
        poses: (N, 4, 4) true similarities from canonical to scene cubes.
        boxes: (N, 2, 3) true boxes in the scene cube.
        turns: (N,) order of the symmetry about z; of the equivalent headings the nearest counts,
            and with 0 none does.
    """
    center, size = boxes.mean(1), (boxes[:, 1] - boxes[:, 0]).clamp(min=1e-3)
    relative = (values[:, :3] - center) / size.amax(1, keepdim=True)
    loss = F.huber_loss(relative, torch.zeros_like(relative), delta=0.3)
    loss = loss + F.huber_loss(values[:, 3:6], size.log(), delta=0.3)
    heading = torch.atan2(poses[:, 1, 0], poses[:, 0, 0])
    errors = []
    for step in range(4):
        turned = heading + step * torch.pi / 2
        error = 1 - (values[:, 6] * turned.cos() + values[:, 7] * turned.sin())
        length = (values[:, 6:].square().sum(1) - 1).square()
        # A half turn is a symmetry of orders 2 and 4, a quarter turn of order 4 alone.
        is_same = (step == 0) | (turns == 4) | ((turns == 2) & (step == 2))
        errors.append(torch.where(is_same, error + 0.1 * length, torch.inf))
    nearest = torch.stack(errors).amin(0)
    return loss + _YAW_WEIGHT * torch.where(turns == _ANY, 0.0, nearest).mean()


def grid_overlaps(predicted: Tensor, truth: Tensor) -> Tensor:
    """(N,) volume IoU of bool grids (N, R, R, R)."""
    both = (predicted & truth).flatten(1).sum(1)
    return both / (predicted | truth).flatten(1).sum(1).clamp(min=1)


def box_overlaps(predicted: Tensor, truth: Tensor) -> Tensor:
    """(N,) IoU of upright boxes (N, 2, 3), lowest and highest corners."""
    low = torch.maximum(predicted[:, 0], truth[:, 0])
    high = torch.minimum(predicted[:, 1], truth[:, 1])
    both = (high - low).clamp(min=0).prod(1)
    sizes = (predicted[:, 1] - predicted[:, 0]).prod(1) + (truth[:, 1] - truth[:, 0]).prod(1)
    return both / (sizes - both).clamp(min=1e-9)


def dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Mean over grids of 1 - 2 |A B| / (|A| + |B|) with probabilities (Milletari et al., 2016).

    Args:
        logits: (N, R, R, R) of the prediction.
        truth: (N, R, R, R) 0 and 1.
    """
    found, given = logits.sigmoid().flatten(1), truth.flatten(1)
    both = 2 * (found * given).sum(1)
    loss: Tensor = 1 - (both / (found.sum(1) + given.sum(1) + 1)).mean()
    return loss
