"""Sets of voxels of several objects, and tensors with a row of features per voxel.

Everything that follows from the coordinates alone (neighbors, coarser voxels, windows of attention)
belongs to the `VoxelGrid` and is computed once, however many layers use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from scenewright.core import ConventionError, ShapeError
from scenewright.models.networks.packing import PackedAttention
from scenewright.models.networks.sparse.neighbors import (
    BATCH_LIMIT,
    COORDINATE_LIMIT,
    PairList,
    neighbor_table,
)

_CHUNK_ROWS, _CHUNK_ROWS_GPU = 2048, 1 << 18
_T = TypeVar("_T")


class VoxelGrid:
    """Voxels of a batch of objects.

    Args:
        coords: (N, 4) integers: number of the object, x, y, z. The voxels of an object are
            successive rows; within an object any order will do.
        batch_size: Number of objects; None counts up to the last one that has voxels.

    Raises:
        ShapeError: Not N rows of four integers.
        ConventionError: A number is negative or too large, or objects are mixed.
    """

    def __init__(self, coords: Tensor, *, batch_size: int | None = None) -> None:
        if coords.ndim != 2 or coords.shape[1] != 4:
            raise ShapeError("coords", expected="shape (N, 4)", got=f"{tuple(coords.shape)}")
        if coords.is_floating_point() or coords.dtype == torch.bool or coords.is_complex():
            raise ShapeError("coords", expected="integers", got=f"{coords.dtype}")
        self.coords = coords.to(torch.int32)
        self.batch_size, self.lengths = _objects(coords, batch_size)
        self._kept: dict[object, object] = {}

    def __len__(self) -> int:
        return len(self.coords)

    @property
    def device(self) -> torch.device:
        """Device of the coordinates."""
        return self.coords.device

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Rows of each object."""
        ends = np.cumsum([0, *self.lengths]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(ends))

    @cached_property
    def largest_coordinate(self) -> int:
        """Of all axes; -1 without voxels."""
        return int(self.coords[:, 1:].max()) if len(self) else -1

    @cached_property
    def batch(self) -> Tensor:
        """(N,) int64 number of the object."""
        return self.coords[:, 0].long()

    @cached_property
    def pairs(self) -> PairList:
        """Pairs of neighboring voxels.

        Raises:
            ConventionError: A voxel is listed twice.
        """
        rows = _CHUNK_ROWS if self.device.type == "cpu" else _CHUNK_ROWS_GPU
        table = neighbor_table(np.ascontiguousarray(self.coords.cpu().numpy()))
        return PairList.from_table(table, chunk_rows=rows, device=self.device)

    @cached_property
    def packing(self) -> PackedAttention:
        """Attention of all voxels of an object to one another."""
        return PackedAttention.plan(self.lengths, device=self.device)

    def kept(self, name: object, make: Callable[[], _T]) -> _T:
        """What `make` returned when this name was first asked for."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]  # type: ignore[return-value]


def _objects(coords: Tensor, batch_size: int | None) -> tuple[int, tuple[int, ...]]:
    """Number of objects, and of the voxels of each."""
    if coords.numel():
        low, high = int(coords.min()), coords.amax(0).tolist()
        if low < 0:
            raise ConventionError("coords", expected="values of at least 0", got=f"{low}")
        if max(high[1:]) >= COORDINATE_LIMIT:
            expected = f"coordinates below {COORDINATE_LIMIT}"
            raise ConventionError("coords", expected=expected, got=f"{max(high[1:])}")
    batch = coords[:, 0].long()
    present = int(batch.max()) + 1 if len(batch) else 0
    size = present if batch_size is None else batch_size
    if present > size or size > BATCH_LIMIT:
        limit = min(size, BATCH_LIMIT)
        got = f"{max(present, size) - 1}"
        raise ConventionError("coords", expected=f"object numbers below {limit}", got=got)
    if bool((batch[1:] < batch[:-1]).any()):
        raise ConventionError(
            "coords",
            expected="the voxels of an object in successive rows, objects in order",
            got="mixed objects",
            do="Sort the rows by the first column.",
        )
    return size, tuple(torch.bincount(batch, minlength=size).tolist())


@dataclass(frozen=True, eq=False)
class SparseTensor:
    """Features of voxels.

    Attributes:
        feats: (N, C), a row per voxel of the grid.
        grid: The voxels.
    """

    feats: Tensor
    grid: VoxelGrid

    def __post_init__(self) -> None:
        if self.feats.ndim != 2 or len(self.feats) != len(self.grid):
            raise ShapeError(
                "feats",
                expected=f"shape ({len(self.grid)}, C), a row per voxel",
                got=f"{tuple(self.feats.shape)}",
            )

    @classmethod
    def of(cls, feats: Tensor, coords: Tensor, *, batch_size: int | None = None) -> SparseTensor:
        """Features of new voxels, see `VoxelGrid`."""
        return cls(feats, VoxelGrid(coords, batch_size=batch_size))

    def replace(self, feats: Tensor) -> SparseTensor:
        """Other features of the same voxels."""
        return replace(self, feats=feats)
