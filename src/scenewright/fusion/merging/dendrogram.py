"""The joins of regions as a tree, and the objects that are cut from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

SURE = 20.0
"""Log-odds of a node that is no join, and the largest that are distinguished."""


@dataclass(frozen=True, eq=False)
class Dendrogram:
    """Every union that joining went through. Node i is region i, node R + j the union of join j.

    Attributes:
        children: (J, 2) int32 the two nodes of each join, the larger one first.
        odds: (J,) float64 log-odds of each join.
        order: (J, 2) int32 the same joins as regions: the second one's object was joined to the
            first one's.
        rival: (R,) float64 log-odds of the best join of the object of each region that was not
            made, -inf = there was none; by the region that `order` keeps.
        counts: (R + J,) float64 number of voxels of each node.
        shapes: (R + J, NUM_SHAPE) float32 features of each node; see `features.SHAPE_NAMES`.
    """

    children: NDArray[np.int32]
    odds: NDArray[np.float64]
    order: NDArray[np.int32]
    rival: NDArray[np.float64]
    counts: NDArray[np.float64]
    shapes: NDArray[np.float32]

    @property
    def num_regions(self) -> int:
        """R."""
        return len(self.rival)

    @property
    def parents(self) -> NDArray[np.int32]:
        """(R + J,) the node into which each node was joined, -1 = none."""
        parents = np.full(len(self.counts), -1, np.int32)
        joins = np.arange(len(self.children), dtype=np.int32) + self.num_regions
        parents[self.children] = joins[:, None]
        return parents

    def sum_of_regions(self, values: NDArray[Any]) -> NDArray[Any]:
        """(R + J, ...) sums of (R, ...) values over the regions of each node."""
        result = np.zeros((len(self.counts), *values.shape[1:]), values.dtype)
        result[: self.num_regions] = values
        for join, (first, second) in enumerate(self.children, start=self.num_regions):
            result[join] = result[first] + result[second]
        return result

    def join_features(self) -> NDArray[np.float64]:
        """(R + J, 5) how each node was made; see `JOIN_NAMES`."""
        made = np.concatenate([np.full(self.num_regions, SURE), self.odds])
        result = np.empty((len(made), len(JOIN_NAMES)))
        result[:, 0] = made
        result[:, 1] = _weakest(made, self.children, self.num_regions)
        parents = self.parents
        result[:, 2] = np.where(parents >= 0, made[parents], self._rival_of_nodes())
        result[:, 3] = np.log(self.sum_of_regions(np.ones(self.num_regions)))
        result[:, 4] = 1
        larger = self.counts[self.children].max(axis=1, initial=0)
        result[self.num_regions :, 4] = larger / np.maximum(self.counts[self.num_regions :], 1)
        result[:, :3] = np.clip(result[:, :3], -SURE, SURE)
        return result

    def _rival_of_nodes(self) -> NDArray[np.float64]:
        """(R + J,) `rival` of the region that each node goes by."""
        rows = np.concatenate([np.arange(self.num_regions), self.order[:, 0]])
        rival: NDArray[np.float64] = self.rival[rows]
        return rival

    def best_cut(self, worth: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Splits the tree into the objects that are worth most together.

        Each region belongs to one object, and each object is one node. Choosing the best nodes of
        a tree of unions follows Liu, Seyedhosseini and Tasdizen (IEEE TIP 2016).

        Args:
            worth: (R + J,) worth of listing each node as an object.

        Returns:
            (R,) int32 object of each region, numbered from 0 on, and (N,) the node of each object.
        """
        chosen = _cut(worth.astype(np.float64), self.children, self.parents, self.num_regions)
        nodes, object_of = np.unique(chosen, return_inverse=True)
        return object_of.astype(np.int32), nodes.astype(np.int64)


JOIN_NAMES = ("made", "weakest", "next", "num_regions", "larger_share")
"""Log-odds of the join that made a node, of the weakest join inside, and of the next join, made or
not; logarithm of the number of regions; share of the larger one of the two nodes that joined."""


@njit(cache=True, nogil=True)
def _weakest(made: Any, children: Any, num_regions: int) -> Any:
    weakest = made.copy()
    for join in range(children.shape[0]):
        for side in range(2):
            below = weakest[children[join, side]]
            weakest[num_regions + join] = min(weakest[num_regions + join], below)
    return weakest


@njit(cache=True, nogil=True)
def _cut(worth: Any, children: Any, parents: Any, num_regions: int) -> Any:
    """(R,) chosen node of each region."""
    best = worth.copy()
    is_whole = np.ones(worth.shape[0], np.bool_)
    for join in range(children.shape[0]):
        node = num_regions + join
        apart = best[children[join, 0]] + best[children[join, 1]]
        if apart > worth[node]:
            best[node] = apart
            is_whole[node] = False
    chosen = np.full(worth.shape[0], -1, np.int64)
    for node in range(worth.shape[0] - 1, -1, -1):
        if parents[node] >= 0 and chosen[parents[node]] >= 0:
            chosen[node] = chosen[parents[node]]
        elif is_whole[node]:
            chosen[node] = node
    return chosen[:num_regions]
