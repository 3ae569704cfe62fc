"""Losses and overlaps of boxes and grids."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.models.generators.tiny.headings import shares_of_headings

_ANY = 0
_LEAST_CHANCE = 1e-6


def box_loss(values: Tensor, boxes: Tensor) -> Tensor:
    """Huber loss of predicted boxes.

    Args:
        values: (N, 6) predicted, see `BOX_VALUES`.
        boxes: (N, 2, 3) true boxes in the scene cube.
    """
    center, size = boxes.mean(1), (boxes[:, 1] - boxes[:, 0]).clamp(min=1e-3)
    relative = (values[:, :3] - center) / size.amax(1, keepdim=True)
    loss: Tensor = F.huber_loss(relative, torch.zeros_like(relative), delta=0.3)
    return loss + F.huber_loss(values[:, 3:], size.log(), delta=0.3)


def heading_loss(logits: Tensor, poses: Tensor, turns: Tensor) -> Tensor:
    """Negative logarithm of the probability of all headings that are equivalent to the true one.

    Args:
        logits: (N, 24), see `HEADINGS`.
        poses: (N, 4, 4) true similarities from canonical to scene cubes.
        turns: (N,) order of the symmetry about z; with 0 no heading is wrong.
    """
    heading = torch.atan2(poses[:, 1, 0], poses[:, 0, 0])
    chances = logits.softmax(1)
    right = torch.zeros_like(heading)
    for step in range(4):
        # A half turn is a symmetry of orders 2 and 4, a quarter turn of order 4 alone.
        is_same = (step == 0) | (turns == 4) | ((turns == 2) & (step == 2))
        shares = shares_of_headings(heading + step * torch.pi / 2)
        right = right + is_same * (chances * shares).sum(1)
    errors = -right.clamp(min=_LEAST_CHANCE).log()
    return torch.where(turns == _ANY, 0.0, errors).mean()


def color_loss(colors: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute error of the colors of cells.

    Args:
        colors: (N, 3, r, r, r).
        truth: The same; NaN where there is no surface.
    """
    is_there = truth.isfinite()
    errors = torch.where(is_there, (colors - truth.nan_to_num()).abs(), 0.0)
    return errors.sum() / is_there.sum().clamp(min=1)


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
