"""Connected groups of items, from links between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def connected_groups(
    first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]], *, count: int
) -> NDArray[np.int32]:
    """(count,) group of each item, numbered 0, 1, 2 ... in the order of their first items.

    Args:
        first: (E,) one end of each link.
        second: (E,) the other end.
        count: Number of items.
    """
    if count == 0:
        return np.zeros(0, np.int32)
    links = coo_array((np.ones(len(first), bool), (first, second)), shape=(count, count))
    result: NDArray[np.int32] = connected_components(links, directed=False)[1].astype(np.int32)
    return result


@njit(cache=True, nogil=True)
def find_root(parent: NDArray[np.int32], item: int) -> int:
    """Root of an item in a union-find forest; shortens the path to it.

    Args:
        parent: (N,) int32 parent of each item, itself for a root; written.
        item: Where to begin.
    """
    at = int(item)
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = int(parent[at])
    return at
