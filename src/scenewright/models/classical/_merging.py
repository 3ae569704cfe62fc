"""Merging of regions in rounds, each with its most similar neighbor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.connected import find_root

_MAX_ROUNDS = 100


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """Regions and the borders between them, described by additive sums.

    Attributes:
        regions: (N, 15) float64 sums of `measure_regions`.
        pairs: (E, 2) int64, the smaller and the larger region of each border; each pair once.
        borders: (E, 4) float64 sums of `measure_borders`.
        region_of: (P,) int64, region of each patch.
    """

    regions: NDArray[np.float64]
    pairs: NDArray[np.int64]
    borders: NDArray[np.float64]
    region_of: NDArray[np.int64]

    @classmethod
    def from_pixel_pairs(
        cls,
        regions: NDArray[np.float64],
        pairs: NDArray[np.int32],
        sums: NDArray[np.float32],
    ) -> RegionGraph:
        """Builds the graph in which every patch is a region.

        Args:
            regions: (N, 15) float64 sums of `measure_regions`.
            pairs: (B, 2) int32 of `measure_borders`, one row per pair of pixels.
            sums: (B, 4) float32 of `measure_borders`.
        """
        joined, borders = _add_up(pairs.astype(np.int64), sums.astype(np.float64), len(regions))
        return cls(regions, joined, borders, np.arange(len(regions)))

    def contract(self, joins: NDArray[np.bool_]) -> RegionGraph:
        """The graph after merging across the marked borders.

        Args:
            joins: (E,) bool, borders to remove.
        """
        numbers = _number_groups(len(self.regions), self.pairs[joins])
        count = int(numbers.max(initial=-1)) + 1
        regions = np.zeros((count, self.regions.shape[1]))
        _add_rows(self.regions, numbers, regions)
        pairs = np.sort(numbers[self.pairs], axis=1)
        apart = pairs[:, 0] != pairs[:, 1]
        pairs, borders = _add_up(pairs[apart], self.borders[apart], count)
        return RegionGraph(regions, pairs, borders, numbers[self.region_of])


def merge_regions(
    graph: RegionGraph, cost: Callable[[RegionGraph], NDArray[np.float64]]
) -> RegionGraph:
    """Merges regions until no border costs less than 1.

    In each round a border is removed if it is the cheapest border of both its regions, and then all
    borders are measured again. Thus evidence along a whole border outweighs a leak at one pixel.

    Args:
        graph: Regions and borders.
        cost: Returns the (E,) cost of removing each border of a graph.
    """
    for _ in range(_MAX_ROUNDS):
        if not len(graph.pairs):
            break
        costs = cost(graph)
        cheapest = np.full(len(graph.regions), np.inf)
        np.minimum.at(cheapest, graph.pairs.ravel(), np.repeat(costs, 2))
        joins = (costs < 1) & (costs <= cheapest[graph.pairs].min(axis=1))
        if not joins.any():
            break
        graph = graph.contract(joins)
    return graph


def _add_up(
    pairs: NDArray[np.int64], sums: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    keys, group = np.unique(pairs[:, 0] * count + pairs[:, 1], return_inverse=True)
    total = np.zeros((len(keys), sums.shape[1]))
    _add_rows(sums, group, total)
    return np.stack(np.divmod(keys, max(count, 1)), axis=1), total


@njit(cache=True, nogil=True)
def _add_rows(
    rows: NDArray[np.float64], group: NDArray[np.int64], total: NDArray[np.float64]
) -> None:
    """Adds each row of `rows` to the row of `total` given by `group`."""
    for i in range(rows.shape[0]):
        for k in range(rows.shape[1]):
            total[group[i], k] += rows[i, k]


@njit(cache=True, nogil=True)
def _number_groups(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers the connected groups of the pairs in the order of their first members."""
    parents = np.arange(count).astype(np.int32)
    for i in range(pairs.shape[0]):
        a, b = find_root(parents, pairs[i, 0]), find_root(parents, pairs[i, 1])
        parents[max(a, b)] = min(a, b)
    numbers = np.full(count, np.int64(-1))
    groups = 0
    for node in range(count):
        root = find_root(parents, node)
        if numbers[root] < 0:
            numbers[root] = groups
            groups += 1
        numbers[node] = numbers[root]
    return numbers
