"""From affinities to regions: patches first, then the most similar regions are merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.models.surfaces.labels import predict
from scenewright.models.surfaces.patches import grow_patches, sort_links
from scenewright.models.tiny.design import OFFSETS

_F: Any = np.float32
_COLOR_DIFFERENCE = 0.25
"""Color difference that weighs as much as a depth deviation of `_DEPTH_DEVIATION`."""
_DEPTH_DEVIATION = 0.01
"""Share of the inverse depth."""


@dataclass(frozen=True)
class GroupingConfig:
    """Settings for grouping affinities into regions."""

    looseness: float = 1.0
    """Scale of the patches, see `grow_patches`."""
    patch_area: int = 4
    """Area of the smallest patch, cells."""
    join: float = 0.45
    """Mean affinity of two regions above which they merge."""
    far_weight: float = 1.0
    """Weight of a pair of cells is its distance to the power of minus this."""
    fragment: int = 3
    """Regions with fewer inner cells than this merge with their most similar neighbor."""
    fragment_join: float = 0.1
    """Smallest mean affinity for that."""


def group_cells(
    affinities: NDArray[np.float32], config: GroupingConfig
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Groups cells into regions by the mean affinity of all pairs between them.

    Patches follow Felzenszwalb and Huttenlocher (IJCV 2004) on the nearest affinities; merging is
    average-linkage agglomeration over all offsets (Bailoni et al., CVPR 2022).

    Args:
        affinities: (h, w, K) float32 in [0, 1], see `design.OFFSETS`.
        config: Configuration.

    Returns:
        (h, w) int32 regions from 0 on, and (N,) float64 scores in [0, 1]: the mean affinity within
        a region times one minus the largest mean affinity with a neighbor.
    """
    weights = np.full((*affinities.shape[:2], 2), np.inf, np.float32)
    weights[:, :-1, 0] = 2 * (1 - affinities[:, :-1, 0])
    weights[:-1, :, 1] = 2 * (1 - affinities[:-1, :, 1])
    order = np.empty(weights.size, np.int32)
    num_links = sort_links(weights.ravel(), order)
    labels = np.empty(affinities.shape[:2], np.int32)
    num = grow_patches(weights, order, num_links, config.looseness, config.patch_area, labels)
    fill_holes(labels)
    if num == 0:
        return labels, np.zeros(0)
    sums, counts = np.zeros((num, num), np.float32), np.zeros((num, num), np.float32)
    offsets = np.array(OFFSETS, np.int64)
    shares = np.abs(offsets).max(axis=1).astype(np.float32) ** np.float32(-config.far_weight)
    add_pairs(affinities, labels, offsets, shares, sums, counts)
    region_of = np.arange(num)
    join_regions(sums, counts, config.join, region_of)
    join_fragments(
        sums, counts, inner_cells(labels, num), config.fragment, config.fragment_join, region_of
    )
    kept, numbers = np.unique(region_of, return_inverse=True)
    means = sums[np.ix_(kept, kept)] / np.maximum(counts[np.ix_(kept, kept)], 1e-6)
    inner = np.where(np.diag(counts)[kept] > 0, np.diag(means), 0.5)
    apart = means - np.diag(np.diag(means))
    scores = inner * (1 - apart.max(axis=1, initial=0))
    joined = np.where(labels >= 0, numbers[labels], -1).astype(np.int32)
    return joined, np.clip(scores, 0, 1).astype(np.float64)


@njit(cache=True, nogil=True)
def blend_surfaces(affinities: Any, surfaces: Any, offsets: Any, share: float) -> None:
    """Blends affinities with the regions of another method.

    Args:
        affinities: (h, w, K) float32, changed.
        surfaces: (h, w) int32 regions, -1 = unknown.
        offsets: (K, 2) int64, rows and columns.
        share: Weight of the regions, 0 to 1.
    """
    rows, columns = surfaces.shape
    for r in range(rows):
        for c in range(columns):
            region = surfaces[r, c]
            if region < 0:
                continue
            for k in range(len(offsets)):
                y, x = r + offsets[k, 0], c + offsets[k, 1]
                if y >= rows or x < 0 or x >= columns or surfaces[y, x] < 0:
                    continue
                same = _F(1) if surfaces[y, x] == region else _F(0)
                affinities[r, c, k] += _F(share) * (same - affinities[r, c, k])


@njit(cache=True, nogil=True)
def fill_holes(labels: Any) -> None:
    """Assigns cells without a patch that of the nearest labeled cell to the left, else right.

    Args:
        labels: (h, w) int32, -1 = none; changed.
    """
    rows, columns = labels.shape
    for r in range(rows):
        last = -1
        for c in range(columns):
            if labels[r, c] >= 0:
                last = labels[r, c]
            elif last >= 0:
                labels[r, c] = last
        last = -1
        for c in range(columns - 1, -1, -1):
            if labels[r, c] >= 0:
                last = labels[r, c]
            elif last >= 0:
                labels[r, c] = last


@njit(cache=True, nogil=True)
def add_pairs(
    affinities: Any, labels: Any, offsets: Any, shares: Any, sums: Any, counts: Any
) -> None:
    """Sums the affinities between and within regions.

    Args:
        affinities: (h, w, K) float32.
        labels: (h, w) int32, -1 = none.
        offsets: (K, 2) int64, rows and columns.
        shares: (K,) float32 weight of each offset.
        sums: (N, N) float32, added to; symmetric, with pairs within a region on the diagonal.
        counts: (N, N) float32, likewise for the weights.
    """
    rows, columns = labels.shape
    for r in range(rows):
        for c in range(columns):
            label = labels[r, c]
            if label < 0:
                continue
            for k in range(len(offsets)):
                y, x = r + offsets[k, 0], c + offsets[k, 1]
                if y >= rows or x < 0 or x >= columns or labels[y, x] < 0:
                    continue
                other = labels[y, x]
                sums[label, other] += shares[k] * affinities[r, c, k]
                counts[label, other] += shares[k]
                if label != other:
                    sums[other, label] += shares[k] * affinities[r, c, k]
                    counts[other, label] += shares[k]


@njit(cache=True, nogil=True)
def join_regions(sums: Any, counts: Any, limit: float, region_of: Any) -> None:
    """Repeatedly merges the two most similar regions until none are similar enough.

    Args:
        sums: (N, N) float32 of `add_pairs`, changed; rows of regions that were merged are stale.
        counts: (N, N) float32, changed likewise.
        limit: Smallest mean affinity of regions that merge.
        region_of: (N,) int64, receives the final region of each patch.
    """
    num = len(sums)
    alive = np.ones(num, np.bool_)
    best = np.empty(num, np.float32)
    partner = np.empty(num, np.int64)
    for i in range(num):
        _find_partner(i, sums, counts, alive, best, partner)
    while True:
        a = int(np.argmax(best))
        if best[a] < limit:
            break
        b = partner[a]
        sums[a, a] += sums[b, b] + sums[a, b]
        counts[a, a] += counts[b, b] + counts[a, b]
        alive[b] = False
        best[b] = -1
        for j in range(num):
            if region_of[j] == b:
                region_of[j] = a
            if alive[j] and j != a and counts[b, j] > 0:
                sums[a, j] += sums[b, j]
                counts[a, j] += counts[b, j]
                sums[j, a], counts[j, a] = sums[a, j], counts[a, j]
        _find_partner(a, sums, counts, alive, best, partner)
        for j in range(num):
            if not alive[j] or j == a:
                continue
            if partner[j] == a or partner[j] == b:
                _find_partner(j, sums, counts, alive, best, partner)
            elif counts[j, a] > 0 and sums[j, a] / counts[j, a] > best[j]:
                best[j], partner[j] = sums[j, a] / counts[j, a], a


@njit(cache=True, nogil=True)
def inner_cells(labels: Any, num: int) -> Any:
    """(N,) number of cells of each patch whose four neighbors belong to the same patch.

    Args:
        labels: (h, w) int32, -1 = none.
        num: Number of patches.
    """
    rows, columns = labels.shape
    inside = np.zeros(num, np.int64)
    for r in range(1, rows - 1):
        for c in range(1, columns - 1):
            label = labels[r, c]
            if label < 0 or labels[r - 1, c] != label or labels[r + 1, c] != label:
                continue
            if labels[r, c - 1] == label and labels[r, c + 1] == label:
                inside[label] += 1
    return inside


@njit(cache=True, nogil=True)
def join_fragments(
    sums: Any, counts: Any, inside: Any, least: int, limit: float, region_of: Any
) -> None:
    """Merges regions with few inner cells into their most similar neighbor.

    Args:
        sums: (N, N) float32 as `join_regions` leaves it.
        counts: (N, N) float32 likewise.
        inside: (N,) int64 inner cells of each patch.
        least: Regions with at least this many inner cells stay.
        limit: Smallest mean affinity with the neighbor.
        region_of: (N,) int64 region of each patch, changed.
    """
    num = len(sums)
    total = np.zeros(num, np.int64)
    for i in range(num):
        total[region_of[i]] += inside[i]
    for i in range(num):
        if region_of[i] != i or total[i] >= least:
            continue
        best, partner = _F(limit), -1
        for j in range(num):
            if j == i or region_of[j] != j or counts[i, j] <= 0:
                continue
            mean = sums[i, j] / counts[i, j]
            if total[j] >= least and mean > best:
                best, partner = mean, j
        if partner >= 0:
            for j in range(num):
                if region_of[j] == i:
                    region_of[j] = partner


@njit(cache=True, nogil=True)
def _find_partner(i: int, sums: Any, counts: Any, alive: Any, best: Any, partner: Any) -> None:
    best[i], partner[i] = -1, -1
    for j in range(len(sums)):
        if j != i and alive[j] and counts[i, j] > 0:
            mean = sums[i, j] / counts[i, j]
            if mean > best[i]:
                best[i], partner[i] = mean, j


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def spread_labels(
    coarse: Any, planes: Any, inverse: Any, color: Any, rays_x: Any, rays_y: Any, out: Any
) -> None:
    """Extends regions from every second cell of every second row to all cells of a grid.

    A cell between different regions gets the one whose surface and color fit best.

    Args:
        coarse: (h // 2, w // 2) int32 regions, -1 = none.
        planes: (h, w, 3) float32, `m` of each cell's plane.
        inverse: (h, w) float32 inverse meters, 0 = none.
        color: (h, w, 3) float32.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        out: (h, w) int32, receives the regions.
    """
    rows, columns = out.shape
    last_row, last_column = coarse.shape[0] - 1, coarse.shape[1] - 1
    for r in prange(rows):
        for c in range(columns):
            i, j = min(r // 2, last_row), min(c // 2, last_column)
            below, right = min(i + r % 2, last_row), min(j + c % 2, last_column)
            region = coarse[i, j]
            out[r, c] = region
            same_below, same_right = coarse[below, j] == region, coarse[i, right] == region
            if same_below and same_right and coarse[below, right] == region:
                continue
            least = _F(np.inf)
            for k in range(4):
                y, x = below if k & 1 else i, right if k & 2 else j
                if coarse[y, x] < 0:
                    continue
                a, b = 2 * y, 2 * x
                cost = _F(0)
                for channel in range(3):
                    cost += abs(color[a, b, channel] - color[r, c, channel])
                cost /= _F(_COLOR_DIFFERENCE)
                if inverse[r, c] > 0 and inverse[a, b] > 0:
                    deviation = abs(predict(planes[a, b], rays_x[c], rays_y[r]) - inverse[r, c])
                    cost += min(deviation / (_F(_DEPTH_DEVIATION) * inverse[r, c]), _F(5))
                elif inverse[r, c] != inverse[a, b]:
                    cost += _F(2)
                if cost < least:
                    least = cost
                    out[r, c] = coarse[y, x]
