"""Attention among the voxels of a window, or of an object."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scenewright.models.networks.layers import SelfAttention
from scenewright.models.networks.packing import PackedAttention
from scenewright.models.networks.sparse.grid import VoxelGrid


@dataclass(frozen=True, eq=False)
class Windows:
    """Voxels window by window.

    Attributes:
        order: (N,) int64 rows of the voxels, window after window.
        place: (N,) int64 place of each voxel in `order`.
        packing: Attention within each window.
    """

    order: Tensor
    place: Tensor
    packing: PackedAttention


def windows(grid: VoxelGrid, size: int, *, shift: int = 0) -> Windows:
    """Cubic windows of an object's voxels; computed once per grid, size and shift.

    Args:
        grid: The voxels.
        size: Edge of a window, in voxels.
        shift: Added to the coordinates before they are divided by the size, so that the windows at
            the border of the grid are smaller; nothing wraps around.
    """
    return grid.kept(("windows", size, shift), lambda: _windows(grid, size, shift))


def attend(
    attention: SelfAttention, feats: Tensor, grid: VoxelGrid, *, window: tuple[int, int] | None
) -> Tensor:
    """Self attention of voxels.

    Args:
        attention: The layer.
        feats: (N, C).
        grid: The N voxels.
        window: Size and shift of the windows; None to attend to all voxels of the object.

    Returns:
        (N, C).
    """
    if window is None:
        result: Tensor = attention(feats, packing=grid.packing)
        return result
    plan = windows(grid, window[0], shift=window[1])
    attended: Tensor = attention(feats[plan.order], packing=plan.packing)
    return attended[plan.place]


def _windows(grid: VoxelGrid, size: int, shift: int) -> Windows:
    cells = (grid.coords[:, 1:].long() + shift) // size
    base = int(cells.max()) + 1 if len(cells) else 1
    x, y, z = cells.unbind(1)
    keys, order = torch.sort(((grid.batch * base + x) * base + y) * base + z, stable=True)
    _, lengths = torch.unique_consecutive(keys, return_counts=True)
    packing = PackedAttention.plan(lengths.tolist(), device=grid.device)
    return Windows(order, torch.argsort(order), packing)
