"""Upright boxes of objects in the scene cube, predicted and seen."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from scenewright.models.generators.tiny.inputs import PLACE, POINTS, SEEN_EXTENT

BOX_VALUES = 6
"""Center (3) and logarithm of the edges (3) of the box in the scene cube."""
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
    """(N, 6) boxes of what is seen, from which predicted boxes are counted.

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
    return torch.cat([center, edge.log()], 1)


def fitted_cubes(occupied: Tensor, boxes: Tensor) -> Tensor:
    """(N, 4) centers and edges of the cubes of shapes such that the shapes fill their boxes.

    Args:
        occupied: (N, 32, 32, 32) occupancy, 0 to 1; an empty grid counts as full.
        boxes: (N, 6), see `BOX_VALUES`.
    """
    side = occupied.shape[-1]
    centers, sizes = decoded_boxes(boxes)
    filled = occupied > 0.5
    filled = filled | ~filled.flatten(1).any(1).view(-1, 1, 1, 1)
    lows, highs = [], []
    for axis in range(3):
        others = [1 + other for other in range(3) if other != axis]
        line = filled.any(max(others)).any(min(others)).int()
        lows.append(line.argmax(1))
        highs.append(side - line.flip(1).argmax(1))
    low = torch.stack(lows, 1) / side - 0.5
    high = torch.stack(highs, 1) / side - 0.5
    edge = (sizes.log() - (high - low).log()).mean(1, keepdim=True).exp()
    return torch.cat([centers - edge * (low + high) / 2, edge], 1)


def placed_shapes(occupied: Tensor, cubes: Tensor) -> Tensor:
    """Occupancy (N, 32, 32, 32) in the scene cube of shapes in their cubes.

    Args:
        occupied: (N, 32, 32, 32) occupancy in the cubes, 0 to 1.
        cubes: (N, 4) centers and edges of the cubes in the scene cube.
    """
    count, side = len(occupied), occupied.shape[-1]
    steps = (torch.arange(side, device=occupied.device) + 0.5) / side - 0.5
    grid = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij"), -1)
    local = (grid - cubes[:, None, None, None, :3]) / cubes[:, None, None, None, 3:]
    # grid_sample expects the last axis first, in units of half a cube.
    found = F.grid_sample(occupied[:, None], (2 * local).flip(-1), align_corners=False)
    return found.view(count, side, side, side)


def decoded_boxes(values: Tensor) -> tuple[Tensor, Tensor]:
    """Centers and edges (N, 3) of boxes in the scene cube, from `Conditions.boxes`."""
    return values[:, :3], values[:, 3:].clamp(-5, 0.5).exp()
