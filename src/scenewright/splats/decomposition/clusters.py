"""Results of a decomposition: objects of surfels, verdicts on masks, parts and groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PART, OBJECT, GROUP = 0, 1, 2
"""Kinds of nodes of a `PartTree`."""


@dataclass(frozen=True, eq=False)
class PartTree:
    """Objects with their parts and groups, as masks of several views show them.

    Attributes:
        kind: (T,) int8, `PART`, `OBJECT` or `GROUP`.
        parent: (T,) int32 node that contains this one, -1 = none.
        object_id: (T,) int32 id of the object that a node is, or is part of; 0 for groups.
        num_views: (T,) int32 views with a mask of the node.
        surfels: T ascending int32 arrays; those of a group are the union of its objects.
    """

    kind: NDArray[np.int8]
    parent: NDArray[np.int32]
    object_id: NDArray[np.int32]
    num_views: NDArray[np.int32]
    surfels: tuple[NDArray[np.int32], ...]

    def __len__(self) -> int:
        return len(self.kind)

    def children(self, node: int) -> NDArray[np.int64]:
        """Direct children of a node."""
        return np.flatnonzero(self.parent == node)


@dataclass(frozen=True, eq=False)
class Clusters:
    """Surfels divided into objects.

    Attributes:
        labels: (N,) int32 id of each surfel's object, 0 = none.
        scores: (N,) float32 in [0, 1], votes for the object over the possible votes; 0 where there
            is no object.
        ids: (K,) int32 ascending ids of the objects.
        object_scores: (K,) float32 in [0, 1], mean score of the surfels, reduced where few masks
            show the object.
        mask_view: (M,) int32 view of each mask.
        mask_id: (M,) int32 id of each mask in its set.
        mask_object: (M,) int32 id of the object that the mask shows, 0 = none or several.
        verdict: (M,) int8 `UNMATCHED`, `MATCHED`, `UNDER_SEGMENTED` or `HANDED`.
        tree: Parts and groups.
    """

    labels: NDArray[np.int32]
    scores: NDArray[np.float32]
    ids: NDArray[np.int32]
    object_scores: NDArray[np.float32]
    mask_view: NDArray[np.int32]
    mask_id: NDArray[np.int32]
    mask_object: NDArray[np.int32]
    verdict: NDArray[np.int8]
    tree: PartTree
