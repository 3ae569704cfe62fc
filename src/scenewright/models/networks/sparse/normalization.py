"""Group norm and activation of sparse tensors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scenewright.models.networks.sparse.grid import SparseTensor


class SparseSiLU(nn.Module):
    """SiLU of the features."""

    def forward(self, x: SparseTensor) -> SparseTensor:
        """(N, C) to the same shape."""
        return x.replace(F.silu(x.feats))


class SparseGroupNorm(nn.GroupNorm):
    """Group norm in float32; statistics are those of all voxels of an object.

    Args:
        groups: Number of groups.
        channels: Of the features.
    """

    def __init__(self, groups: int, channels: int) -> None:
        super().__init__(groups, channels)

    def forward(self, x: SparseTensor) -> SparseTensor:  # type: ignore[override]
        """(N, C) to the same shape and type."""
        weight, bias = self.weight.float(), self.bias.float()
        parts = [
            F.group_norm(feats.float().T[None], self.num_groups, weight, bias, self.eps)[0].T
            for feats in (x.feats[rows] for rows in x.grid.slices)
            if len(feats)
        ]
        normed: Tensor = torch.cat(parts) if parts else x.feats
        return x.replace(normed.to(x.feats.dtype))
