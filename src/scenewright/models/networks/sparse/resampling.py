"""Coarser and finer voxels: pooling, its inverse, and subdivision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scenewright.models.networks.sparse.grid import SparseTensor, VoxelGrid


@dataclass(frozen=True, eq=False)
class Coarsening:
    """The voxels that contain those of a finer grid.

    Attributes:
        grid: The coarse voxels, sorted by object, x, y, z.
        parent: (N,) int64 coarse voxel of each fine one.
        counts: (M,) int64 fine voxels of each coarse one.
    """

    grid: VoxelGrid
    parent: Tensor
    counts: Tensor


def coarsen(grid: VoxelGrid, factor: int = 2) -> Coarsening:
    """The voxels that are `factor` times as large; computed once per grid and factor."""
    return grid.kept(("coarse", factor), lambda: _coarsen(grid, factor))


def downsample(x: SparseTensor, factor: int = 2) -> SparseTensor:
    """Pools the features of voxels that fall into one coarse voxel.

    The pooled value is sum / (count + 1): the published code averages with a zero in addition.
    """
    coarse = coarsen(x.grid, factor)
    sums = x.feats.new_zeros(len(coarse.grid), x.feats.shape[1], dtype=torch.float32)
    sums = sums.index_add(0, coarse.parent, x.feats.float())
    pooled = sums / (coarse.counts + 1)[:, None]
    return SparseTensor(pooled.to(x.feats.dtype), coarse.grid)


def upsample(x: SparseTensor, fine: VoxelGrid, factor: int = 2) -> SparseTensor:
    """Copies features back to the voxels that were pooled.

    Args:
        x: On the grid that `coarsen` made of `fine`.
        fine: The voxels before pooling.
        factor: Of the pooling.
    """
    return SparseTensor(x.feats[coarsen(fine, factor).parent], fine)


def subdivide(x: SparseTensor) -> SparseTensor:
    """Splits each voxel into eight with its features: 2 * coords + (dx, dy, dz), dz fastest."""
    return SparseTensor(
        x.feats.repeat_interleave(8, 0), x.grid.kept("fine", lambda: _split(x.grid))
    )


def _coarsen(grid: VoxelGrid, factor: int) -> Coarsening:
    coords = grid.coords.long()
    coords[:, 1:] //= factor
    base = int(coords[:, 1:].max()) + 1 if len(coords) else 1
    batch, x, y, z = coords.unbind(1)
    keys, parent, counts = torch.unique(
        ((batch * base + x) * base + y) * base + z, return_inverse=True, return_counts=True
    )
    parts = [keys // base**3, keys // base**2 % base, keys // base % base, keys % base]
    coarse = VoxelGrid(torch.stack(parts, 1), batch_size=grid.batch_size)
    return Coarsening(coarse, parent, counts)


def _split(grid: VoxelGrid) -> VoxelGrid:
    steps = torch.cartesian_prod(*[torch.arange(2, dtype=torch.int32, device=grid.device)] * 3)
    fine = grid.coords.repeat_interleave(8, 0)
    fine[:, 1:] = 2 * fine[:, 1:] + steps.repeat(len(grid), 1)
    return VoxelGrid(fine, batch_size=grid.batch_size)
