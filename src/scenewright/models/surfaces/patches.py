"""Kernels that group the cells of a grid into small uniform patches."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.geometry.connected import find_root
from scenewright.geometry.indices import clamped_index

_F = np.float32
_BINS = 1024
_BINS_PER_EDGE = 256


@njit(cache=True, nogil=True, error_model="numpy")
def sort_links(weights: NDArray[np.float32], order: NDArray[np.int32]) -> int:
    """Sorts links by weight in bins (stable); returns the number of finite links.

    Args:
        weights: (L,) float32, such as those of `weigh_links`, flattened.
        order: (L,) int32, receives the indices of the finite links in ascending order of weight.
    """
    starts = np.zeros(_BINS + 1, np.int64)
    for i in range(weights.size):
        if weights[i] < np.inf:
            starts[clamped_index(weights[i] * _F(_BINS_PER_EDGE), 0, _BINS - 1) + 1] += 1
    for b in range(_BINS):
        starts[b + 1] += starts[b]
    total: int = starts[_BINS]
    for i in range(weights.size):
        if weights[i] < np.inf:
            b = clamped_index(weights[i] * _F(_BINS_PER_EDGE), 0, _BINS - 1)
            order[starts[b]] = i
            starts[b] += 1
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def grow_patches(
    weights: NDArray[np.float32],
    order: NDArray[np.int32],
    num_links: int,
    looseness: float,
    least_area: int,
    labels: NDArray[np.int32],
) -> int:
    """Merges pixels along light links (Felzenszwalb and Huttenlocher, IJCV 2004).

    Two patches merge when the link between them is not heavier than the heaviest link inside either
    of them plus `looseness` over its area. Patches below `least_area` then merge with their most
    similar neighbor unless an edge separates them.

    Args:
        weights: (h, w, 2) float32 of `weigh_links`.
        order: (L,) int32 of `sort_links`.
        num_links: Number of links in `order`.
        looseness: Larger values give larger patches, pixels.
        least_area: Smallest area of a patch, pixels.
        labels: (h, w) int32, receives patches from 0 on, -1 = none.

    Returns:
        Number of patches.
    """
    rows, columns = labels.shape
    flat = weights.ravel()
    loose = _F(looseness)
    parents = np.arange(rows * columns).astype(np.int32)
    area = np.ones(rows * columns, np.int32)
    inner = np.zeros(rows * columns, np.float32)
    for last in range(2):
        for k in range(num_links):
            link = order[k]
            pixel = link // 2
            a = find_root(parents, pixel)
            b = find_root(parents, pixel + (1 if link % 2 == 0 else columns))
            if a == b:
                continue
            weight = flat[link]
            if last == 0:
                if weight > min(inner[a] + loose / _F(area[a]), inner[b] + loose / _F(area[b])):
                    continue
            elif weight > _F(2) or min(area[a], area[b]) >= least_area:
                continue
            if area[a] < area[b]:
                a, b = b, a
            parents[b] = a
            area[a] += area[b]
            inner[a] = max(weight, max(inner[a], inner[b]))
    return _number_patches(parents, area, least_area, labels)


@njit(cache=True, nogil=True)
def _number_patches(
    parents: NDArray[np.int32], area: NDArray[np.int32], least_area: int, labels: NDArray[np.int32]
) -> int:
    """Numbers the patches of at least `least_area`, -1 elsewhere; returns their number."""
    columns = labels.shape[1]
    numbers = np.full(parents.size, -1, np.int32)
    count = 0
    for pixel in range(parents.size):
        root = find_root(parents, pixel)
        if area[root] >= least_area and numbers[root] < 0:
            numbers[root] = count
            count += 1
        labels[pixel // columns, pixel % columns] = numbers[root]
    return count
