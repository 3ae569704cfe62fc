"""Headings of objects as classes: directions of their canonical x axis about the vertical."""

from __future__ import annotations

import torch
from torch import Tensor

HEADINGS = 24
"""Number of directions; the first is that of the x axis of the view, steps are counterclockwise."""
STEP = 2 * torch.pi / HEADINGS
"""Radians between them."""


def likeliest_headings(logits: Tensor) -> Tensor:
    """(N,) radians: the likeliest direction, moved to where its neighbors are likelier.

    Objects that look alike from several sides have several likely directions, so that a mean over
    all of them would be none of them.

    Args:
        logits: (N, 24).
    """
    chances = logits.softmax(1)
    best = chances.argmax(1, keepdim=True)
    around = best + torch.tensor([[-1, 0, 1]], device=logits.device)
    near = chances.gather(1, around % HEADINGS)
    shift = (near[:, 2] - near[:, 0]) / near.sum(1)
    return (best[:, 0] + shift) * STEP


def shares_of_headings(angles: Tensor) -> Tensor:
    """(N, 24) shares of the two directions next to each angle; they sum to 1.

    Args:
        angles: (N,) radians.
    """
    place = (angles / STEP) % HEADINGS
    first = place.floor()
    share = place - first
    result = angles.new_zeros(len(angles), HEADINGS)
    for index, value in ((first, 1 - share), (first + 1, share)):
        result.scatter_add_(1, (index.long() % HEADINGS)[:, None], value[:, None])
    return result
