"""Joins the two shapes that are expected of an object: in the axes of the view, and canonical.

The canonical shape is turned by each likely heading, and scaled and shifted in closed form such
that it fills the extent of the shape in the view; the heading at which both agree best is taken.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.models.generators.tiny.design import LONGEST_EDGE
from scenewright.models.generators.tiny.headings import HEADINGS, STEP, likeliest_headings
from scenewright.models.generators.tiny.voxels import leveled

_LEAST_CHANCE = 0.1
"""Headings less likely than this share of the likeliest are not tried."""
_TRUST = 0.1
"""Weight of the logarithm of the chance of a heading beside the agreement (IoU) of the shapes."""


class Registration(NamedTuple):
    """How canonical shapes of N objects lie in the cubes of the view.

    Attributes:
        headings: (N,) radians from the x axis of the view to that of the object.
        view_from_canonical: (N, 3, 4) similarities between the cubes.
    """

    headings: Tensor
    view_from_canonical: Tensor


def registered(shapes: Tensor, canonical: Tensor, headings: Tensor) -> Registration:
    """The headings, scales and places at which canonical shapes agree best with those in the view.

    Args:
        shapes: (N, 32, 32, 32) probabilities in the cubes of the view.
        canonical: (N, 32, 32, 32) probabilities in the canonical cubes.
        headings: (N, 24) logits, see `HEADINGS`.
    """
    angles, maps = [], []
    occupied = leveled(shapes) > 0
    for shape, filled, kind, logits in zip(shapes, occupied, canonical, headings, strict=True):
        tried, chances = _likely(logits)
        poses = _fitted(filled, tried)
        moved = moved_shapes(kind.expand(len(tried), *kind.shape), inverse(poses))
        both = torch.minimum(moved, shape).sum((1, 2, 3))
        either = torch.maximum(moved, shape).sum((1, 2, 3)).clamp(min=1e-6)
        best = int((both / either + _TRUST * chances.log()).argmax())
        angles.append(tried[best])
        maps.append(poses[best])
    return Registration(torch.stack(angles), torch.stack(maps))


def moved_shapes(shapes: Tensor, own_from_other: Tensor) -> Tensor:
    """Shapes seen in other cubes, 0 beyond their own.

    Args:
        shapes: (N, R, R, R) probabilities over [-0.5, 0.5]^3.
        own_from_other: (N, 3, 4) affine maps from the other cubes.
    """
    side = shapes.shape[-1]
    steps = (torch.arange(side, device=shapes.device, dtype=shapes.dtype) + 0.5) / side - 0.5
    grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).view(1, -1, 3)
    maps = own_from_other.to(shapes)
    own = grid @ maps[:, :, :3].transpose(1, 2) + maps[:, None, :, 3]
    own = own.view(len(shapes), side, side, side, 3)
    # grid_sample expects the last axis first, in units of half a cube.
    found = F.grid_sample(shapes[:, None], (2 * own).flip(-1), align_corners=False)
    return found[:, 0]


def inverse(maps: Tensor) -> Tensor:
    """(N, 3, 4) inverses of similarities."""
    scale = maps[:, :, 0].norm(dim=1).view(-1, 1, 1)
    back = maps[:, :, :3].transpose(1, 2) / scale**2
    return torch.cat([back, -back @ maps[:, :, 3:]], 2)


def _likely(logits: Tensor) -> tuple[Tensor, Tensor]:
    """(K,) headings to try, the likeliest first, and their chances."""
    chances = logits.softmax(0)
    rows = (chances >= _LEAST_CHANCE * chances.max()).nonzero()[:, 0]
    best = likeliest_headings(logits[None])
    angles = torch.cat([best, rows * STEP]) % (HEADINGS * STEP)
    return angles, torch.cat([chances.max()[None], chances[rows]])


def _fitted(filled: Tensor, angles: Tensor) -> Tensor:
    """(K, 3, 4) maps from a canonical cube to that of the view, such that the extent of what is
    filled there, turned back by each angle, is that of the object."""
    side = filled.shape[-1]
    cells = filled.nonzero() if filled.any() else torch.ones_like(filled).nonzero()
    points = (cells.to(angles) + 0.5) / side - 0.5
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    rows = (cos, -sin, zero, sin, cos, zero, zero, zero, zero + 1)
    turns = torch.stack(rows, 1).view(-1, 3, 3)
    local = points @ turns  # (K, P, 3): each row of points times the inverse turn
    low, high = local.amin(1) - 0.5 / side, local.amax(1) + 0.5 / side
    scale = (high - low).amax(1).view(-1, 1, 1) / LONGEST_EDGE
    shift = turns @ ((low + high) / 2)[..., None]
    return torch.cat([scale * turns, shift], 2)
