"""Small patches of surfels that masks rarely separate: the elements of grouping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.geometry.connected import find_root
from scenewright.splats.decomposition.surfel_graph import SurfelGraph
from scenewright.splats.decomposition.tracks import MaskTracks, row_of_entry

_STEPS = 64
"""Number of levels of affinity; within a level short links go first, for compact patches."""


@dataclass(frozen=True, eq=False)
class Memberships:
    """Soft membership of items (surfels or patches) in masks, and how well views show them.

    Attributes:
        share: (T, M) float32 share of an item's visible weight that lies under a mask, reduced
            where the view shows little of it.
        labeled: (T, F) float32 sum of `share` over the masks of each view.
    """

    share: csr_array
    labeled: csr_array


def surfel_memberships(tracks: MaskTracks, *, full_pixels: float) -> Memberships:
    """Memberships of surfels.

    Args:
        tracks: Weights of surfels under masks.
        full_pixels: Sum of weights from which a view counts fully for a surfel.
    """
    grown = _broadcast_seen(tracks)
    values = tracks.weights.data / np.maximum(grown, np.float32(full_pixels))
    share = csr_array(
        (values, tracks.weights.indices, tracks.weights.indptr), shape=tracks.weights.shape
    )
    return _memberships(csr_array(share.T.tocsr()), tracks)


def patch_memberships(
    tracks: MaskTracks, patch: NDArray[np.int32], num_patches: int, *, full_pixels: float
) -> Memberships:
    """Memberships of patches.

    Args:
        tracks: Weights of surfels under masks.
        patch: (N,) int32 patch of each surfel, -1 = none.
        num_patches: T.
        full_pixels: Sum of weights from which a view counts fully for a patch.
    """
    inside = np.flatnonzero(patch >= 0)
    pick = csr_array(
        (np.ones(len(inside), np.float32), (patch[inside], inside)),
        shape=(num_patches, tracks.num_surfels),
    )
    held = csr_array(pick @ tracks.weights.T)
    seen = csr_array(pick @ tracks.seen.T)
    whole = np.asarray(seen.toarray(), np.float32)
    visible = whole[row_of_entry(held), tracks.view[held.indices]]
    # A view that shows only a sliver of a patch says less about it than its pixels suggest.
    best = np.maximum(whole.max(axis=1), 1e-6)
    enough = np.minimum(1.0, 2.0 * visible / best[row_of_entry(held)])
    values = held.data / np.maximum(visible, np.float32(full_pixels)) * enough
    share = csr_array((values.astype(np.float32), held.indices, held.indptr), shape=held.shape)
    return _memberships(share, tracks)


def _memberships(share: csr_array, tracks: MaskTracks) -> Memberships:
    view_of_mask = csr_array(
        (
            np.ones(len(tracks), np.float32),
            tracks.view,
            np.arange(len(tracks) + 1, dtype=np.int32),
        ),
        shape=(len(tracks), tracks.num_views),
    )
    share.sort_indices()
    labeled = csr_array(share @ view_of_mask)
    labeled.sort_indices()
    return Memberships(share, labeled)


def _broadcast_seen(tracks: MaskTracks) -> NDArray[np.float32]:
    """For each entry of the masks' weights, the weight of the same surfel in the whole view."""
    return _lookup(
        tracks.weights.indptr.astype(np.int64), tracks.weights.indices, tracks.view,
        tracks.seen.indptr.astype(np.int64), tracks.seen.indices, tracks.seen.data,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _lookup(
    pointers: NDArray[np.int64],
    columns: NDArray[np.int32],
    view: NDArray[np.int32],
    seen_pointers: NDArray[np.int64],
    seen_columns: NDArray[np.int32],
    seen: NDArray[np.float32],
) -> NDArray[np.float32]:
    result = np.zeros(columns.shape[0], np.float32)
    for mask in range(view.shape[0]):
        at = seen_pointers[view[mask]]
        for entry in range(pointers[mask], pointers[mask + 1]):
            # Both rows are ascending, and every surfel under a mask is seen.
            while seen_columns[at] < columns[entry]:
                at += 1
            result[entry] = seen[at]
    return result


def link_evidence(
    graph: SurfelGraph, members: Memberships
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Counts the views with neighbors under the same mask, and under any masks.

    Returns:
        (E,) soft count of views with both ends under one mask; (E,) of views with both under some
        mask.
    """
    share, labeled = members.share, members.labeled
    together = _shared(
        graph.first, graph.second, share.indptr.astype(np.int64), share.indices, share.data
    )
    both = _shared(
        graph.first, graph.second, labeled.indptr.astype(np.int64), labeled.indices, labeled.data
    )
    return together, both


@njit(cache=True, nogil=True, parallel=True)
def _shared(
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    pointers: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Inner products of pairs of sparse rows."""
    result = np.zeros(first.shape[0], np.float32)
    for link in prange(first.shape[0]):
        i, i_end = pointers[first[link]], pointers[first[link] + 1]
        j, j_end = pointers[second[link]], pointers[second[link] + 1]
        total = np.float32(0.0)
        while i < i_end and j < j_end:
            if columns[i] < columns[j]:
                i += 1
            elif columns[i] > columns[j]:
                j += 1
            else:
                total += values[i] * values[j]
                i += 1
                j += 1
        result[link] = total
    return result


def grow_patches(
    graph: SurfelGraph,
    affinity: NDArray[np.float32],
    *,
    least: float,
    max_size: int,
    min_size: int,
) -> tuple[NDArray[np.int32], int]:
    """Joins surfels along links, those of highest affinity first, up to a size.

    Args:
        graph: Links.
        affinity: (E,) in [0, 1], belief that both ends of a link are one object.
        least: Links with less affinity are ignored.
        max_size: Surfels of a patch at most.
        min_size: Smaller patches are dropped.

    Returns:
        (N,) int32 patch of each surfel, -1 = none, and the number of patches.
    """
    level = np.rint(affinity * _STEPS).astype(np.int32)
    usable = np.flatnonzero(affinity >= least)
    order = usable[np.lexsort((graph.length[usable], -level[usable]))]
    root = _join(graph.first[order], graph.second[order], graph.num_surfels, max_size)
    _, patch, counts = np.unique(root, return_inverse=True, return_counts=True)
    number = np.where(counts >= min_size, np.cumsum(counts >= min_size) - 1, -1)
    return number[patch].astype(np.int32), int((counts >= min_size).sum())


@njit(cache=True, nogil=True)
def _join(
    first: NDArray[np.int32], second: NDArray[np.int32], num: int, max_size: int
) -> NDArray[np.int32]:
    parent = np.arange(num).astype(np.int32)
    size = np.ones(num, np.int32)
    for link in range(first.shape[0]):
        a = find_root(parent, first[link])
        b = find_root(parent, second[link])
        if a == b or size[a] + size[b] > max_size:
            continue
        low, high = min(a, b), max(a, b)
        parent[high] = low
        size[low] += size[high]
    for surfel in range(num):
        parent[surfel] = find_root(parent, surfel)
    return parent
