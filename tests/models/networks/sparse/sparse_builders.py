"""Small sets of voxels with features."""

from __future__ import annotations

import torch
from torch import Tensor

from scenewright.models.networks.sparse import SparseTensor


def random_coords(lengths: tuple[int, ...], *, resolution: int = 8, seed: int = 0) -> Tensor:
    """(N, 4) different voxels, in random order within each object."""
    random = torch.Generator().manual_seed(seed)
    parts = []
    for number, length in enumerate(lengths):
        cells = torch.randperm(resolution**3, generator=random)[:length]
        axes = [cells // resolution**2, cells // resolution % resolution, cells % resolution]
        parts.append(torch.stack([torch.full_like(cells, number), *axes], 1))
    return torch.cat(parts).int()


def random_tensor(
    lengths: tuple[int, ...], channels: int, *, resolution: int = 8, seed: int = 0
) -> SparseTensor:
    """Random features on random voxels."""
    random = torch.Generator().manual_seed(seed + 1)
    coords = random_coords(lengths, resolution=resolution, seed=seed)
    feats = torch.randn(len(coords), channels, generator=random)
    return SparseTensor.of(feats, coords, batch_size=len(lengths))
