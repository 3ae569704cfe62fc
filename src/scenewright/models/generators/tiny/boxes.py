"""Upright boxes of objects in the scene cube, predicted and seen."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.generators.tiny.inputs import PLACE, POINTS, SEEN_EXTENT

BOX_VALUES = 8
"""Center (3) and logarithm of the edges (3) of the box in the scene cube; cosine and sine of the
heading."""
MEASURES = 16
"""Values of `measured_extents`."""
PER_PLACE = 0.6 * SEEN_EXTENT
"""Edges of the scene cube per unit of u and v: crops of scenes are 1.2 times what is seen."""


def measured_extents(objects: Tensor) -> Tensor:
    """(N, 16) lowest and highest u, v, x, y, z of the subject of crops, their means, and whether
    x, y, z are known.

    Args:
        objects: (N, channels, side, side) crops.
    """
    subject = objects[:, 3:4] > 0.5
    known = subject & (objects[:, 10:11] > 0.5)
    parts = []
    for channels, mask in ((objects[:, PLACE], subject), (objects[:, POINTS], known)):
        count = mask.sum((2, 3)).clamp(min=1)
        is_there = mask.any(3).any(2)
        low = channels.masked_fill(~mask, torch.inf).amin((2, 3))
        high = channels.masked_fill(~mask, -torch.inf).amax((2, 3))
        mean = (channels * mask).sum((2, 3)) / count
        parts += [torch.where(is_there, each, 0.0) for each in (low, high, mean)]
    parts.append(known.any(3).any(2).float())
    return torch.cat(parts, 1)


def seen_boxes(measures: Tensor) -> Tensor:
    """(N, 8) boxes of what is seen, from which predicted boxes are counted.

    Without measured points, x and z follow from the place in the picture, and the depth is that of
    the middle of the scene.
    """
    low, high, known = measures[:, :2], measures[:, 2:4], measures[:, 15:16]
    edges = ((high - low) * PER_PLACE).clamp(min=0.01)
    middle = (high + low) / 2 * PER_PLACE
    depth = edges.amax(1, keepdim=True)
    flat = torch.cat([middle[:, :1], torch.zeros_like(depth), -middle[:, 1:]], 1)
    size = torch.cat([edges[:, :1], depth, edges[:, 1:]], 1)
    near, far = measures[:, 6:9] / 2, measures[:, 9:12] / 2  # Crops hold twice the coordinates.
    solid, solid_size = (near + far) / 2, (far - near).clamp(min=0.01)
    center = torch.where(known > 0.5, solid, flat)
    edge = torch.where(known > 0.5, solid_size, size)
    return torch.cat([center, edge.log(), torch.zeros_like(center[:, :2])], 1)


def placed_shapes(occupied: Tensor, boxes: Tensor) -> Tensor:
    """Occupancy (N, 32, 32, 32) of canonical shapes at their predicted places in the scene cube.

    Args:
        occupied: (N, 32, 32, 32) occupancy in canonical cubes, 0 to 1.
        boxes: (N, 8), see `BOX_VALUES`.
    """
    side = occupied.shape[-1]
    steps = (torch.arange(side, device=occupied.device) + 0.5) / side - 0.5
    grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    result = torch.zeros_like(occupied)
    centers, sizes = decoded_boxes(boxes)
    for number in range(len(occupied)):
        inside = grid[(occupied[number] > 0.5).reshape(-1)]
        if not len(inside):
            continue
        cos, sin = nn.functional.normalize(boxes[number, 6:] + 1e-6, dim=0)
        turn = torch.eye(3, device=grid.device)
        turn[0, 0], turn[0, 1], turn[1, 0], turn[1, 1] = cos, -sin, sin, cos
        turned = inside @ turn.T
        low, high = turned.amin(0) - 0.5 / side, turned.amax(0) + 0.5 / side
        scale = (sizes[number].log() - (high - low).log()).mean().exp()
        local = ((grid - centers[number]) / scale + (low + high) / 2) @ turn
        # grid_sample expects the last axis first, in units of half a cube.
        places = (2 * local).flip(-1).view(1, side, side, side, 3)
        found = F.grid_sample(occupied[number][None, None], places, align_corners=False)
        result[number] = found[0, 0]
    return result


def decoded_boxes(values: Tensor) -> tuple[Tensor, Tensor]:
    """Centers and edges (N, 3) of boxes in the scene cube, from `Conditions.boxes`."""
    return values[:, :3], values[:, 3:6].clamp(-5, 0.5).exp()
