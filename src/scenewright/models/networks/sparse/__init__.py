"""Networks on sparse voxels: tensors, convolutions, resampling, norms and attention."""

from scenewright.models.networks.sparse.convolution import (
    KernelParameters,
    PointConv3d,
    SparseConv3d,
    submanifold_convolution,
)
from scenewright.models.networks.sparse.grid import SparseTensor, VoxelGrid
from scenewright.models.networks.sparse.neighbors import PairList, neighbor_table
from scenewright.models.networks.sparse.normalization import SparseGroupNorm, SparseSiLU
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
    "KernelParameters",
    "PairList",
    "PointConv3d",
    "SparseConv3d",
    "SparseGroupNorm",
    "SparseSiLU",
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
