"""Networks on sparse voxels: tensors, convolutions, resampling, norms and attention."""

from scenewright.models.networks.sparse.convolution import (
    PointConv3d,
    SparseConv3d,
    submanifold_convolution,
)
from scenewright.models.networks.sparse.grid import SparseTensor, VoxelGrid
from scenewright.models.networks.sparse.neighbors import PairList, neighbor_table
from scenewright.models.networks.sparse.normalization import SparseGroupNorm
from scenewright.models.networks.sparse.resampling import (
    Coarsening,
    coarsen,
    downsample,
    subdivide,
    upsample,
)
from scenewright.models.networks.sparse.windows import Windows, attend, windows

__all__ = [
    "Coarsening",
    "PairList",
    "PointConv3d",
    "SparseConv3d",
    "SparseGroupNorm",
    "SparseTensor",
    "VoxelGrid",
    "Windows",
    "attend",
    "coarsen",
    "downsample",
    "neighbor_table",
    "subdivide",
    "submanifold_convolution",
    "upsample",
    "windows",
]
