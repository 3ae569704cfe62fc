"""Which voxels are neighbors, as a table and as the lists that a convolution works through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import ConventionError
from scenewright.models.networks.sparse._neighbor_kernels import (
    AXIS_BITS,
    NUM_OFFSETS,
    count_pairs,
    fill_pairs,
    find_neighbors,
    pack_keys,
)

COORDINATE_LIMIT = (1 << AXIS_BITS) - 2
"""Coordinates of voxels are below this."""
BATCH_LIMIT = 1 << (63 - 3 * AXIS_BITS)
"""Batch indices of voxels are below this."""


def neighbor_table(coords: NDArray[np.int32]) -> NDArray[np.int32]:
    """Neighbors of each voxel in its object.

    Args:
        coords: (N, 4) batch index, x, y, z, none negative, in any order.

    Returns:
        (N, 27) rows of `coords`, -1 where there is no voxel. Column
        ``(dx + 1) * 9 + (dy + 1) * 3 + dz + 1`` is the neighbor at (dx, dy, dz).

    Raises:
        ConventionError: A voxel is listed twice.
    """
    keys = np.empty(len(coords), np.int64)
    names = np.arange(len(coords), dtype=np.int32)
    if not pack_keys(coords, keys):
        order = np.argsort(keys, kind="stable")
        keys, names = keys[order], names[order]
        twice = np.flatnonzero(keys[1:] == keys[:-1])
        if len(twice):
            first = coords[names[twice[0]]].tolist()
            got = f"{len(twice)} repeated, such as {first}"
            raise ConventionError("coords", expected="each voxel once", got=got)
    table = np.empty((len(coords), NUM_OFFSETS), np.int32)
    find_neighbors(keys, names, table)
    return table


@dataclass(frozen=True)
class Chunk:
    """Some successive voxels and their pairs (voxel, neighbor), offset by offset.

    Attributes:
        rows: First voxel, and the one after the last.
        pairs: First pair, and the one after the last.
        firsts: 28 numbers: the first pair of each offset, counted from that of the chunk; then
            the number of pairs.
    """

    rows: tuple[int, int]
    pairs: tuple[int, int]
    firsts: tuple[int, ...]


@dataclass(frozen=True)
class PairList:
    """The pairs (voxel, neighbor) of a set of voxels, in chunks whose products fit into the cache.

    Attributes:
        num_voxels: N.
        chunks: In the order of the voxels.
        sources: (P,) int32 row of the neighbor.
        targets: (P,) int32 row of the voxel.
        bags: (P,) int32, for voxel after voxel the numbers of its pairs, counted from the first
            pair of its chunk.
        starts: (N,) int32 number of pairs of earlier voxels of the same chunk.
    """

    num_voxels: int
    chunks: tuple[Chunk, ...]
    sources: Tensor
    targets: Tensor
    bags: Tensor
    starts: Tensor

    @classmethod
    def from_table(
        cls,
        table: NDArray[np.int32],
        *,
        chunk_rows: int,
        device: torch.device | str | None = None,
    ) -> PairList:
        """Lists the pairs of a table of neighbors.

        Args:
            table: (N, 27), see `neighbor_table`.
            chunk_rows: Voxels per chunk.
            device: Device of the lists.
        """
        num_chunks = -(-len(table) // chunk_rows)
        counts = np.zeros((num_chunks, NUM_OFFSETS), np.int64)
        starts = np.empty(len(table), np.int32)
        count_pairs(table, chunk_rows, counts, starts)
        ends = np.cumsum(counts.ravel()).reshape(counts.shape)
        firsts = np.concatenate([ends - counts, ends[:, -1:]], 1)
        total = int(counts.sum())
        sources, targets, bags = (np.empty(total, np.int32) for _ in range(3))
        fill_pairs(table, chunk_rows, firsts, sources, targets, bags)
        chunks = tuple(
            Chunk(
                rows=(number * chunk_rows, min((number + 1) * chunk_rows, len(table))),
                pairs=(int(row[0]), int(row[-1])),
                firsts=tuple((row - row[0]).tolist()),
            )
            for number, row in enumerate(firsts)
        )
        lists = (torch.from_numpy(array).to(device) for array in (sources, targets, bags, starts))
        return cls(len(table), chunks, *lists)
