"""Masks that show less or more than one object, as a tree of parts, objects and groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from scenewright.core import MaskSet
from scenewright.geometry.connected import connected_groups
from scenewright.splats.decomposition.clusters import GROUP, OBJECT, PART, PartTree
from scenewright.splats.decomposition.mask_votes import label_table
from scenewright.splats.decomposition.tracks import filtered
from scenewright.splats.rasterizer.weight_store import WeightStore

_PURE = 0.8
"""Minimum share of the mask of a part that lies on its object."""
_WHOLE = 0.7
"""The mask of a part covers less than this share of the visible part of the object."""
_SAME = 0.6
"""Minimum IoU of two masks of the same part, over the surfels that both views show."""
_HELD = 0.8
"""Minimum share of the visible part of an object that the mask of its group covers."""
_LEAST_WEIGHT = 0.5
"""A surfel is under a mask if at least this share of its weight in the view is."""


def build_tree(
    store: WeightStore,
    masks: Sequence[MaskSet],
    labels: NDArray[np.int32],
    ids: NDArray[np.int32],
    *,
    min_views: int,
) -> PartTree:
    """Finds parts and groups that several views show.

    Args:
        store: Weights of F views.
        masks: Masks of each view; they may overlap.
        labels: (N,) int32 object of each surfel.
        ids: (K,) int32 ascending ids of the objects.
        min_views: Least views with a mask of a part or a group.
    """
    tables = [_held_surfels(store, view, view_masks) for view, view_masks in enumerate(masks)]
    num_labels = int(ids.max(initial=0)) + 1
    parts = _Candidates()
    groups: dict[tuple[int, ...], set[int]] = {}
    for view, (held, seen) in enumerate(tables):
        inside = label_table(held, labels, num_labels)
        shown = label_table(seen, labels, num_labels)[0]
        total = np.maximum(inside.sum(axis=1), 1.0)
        inside[:, 0] = 0
        best = inside.argmax(axis=1)
        best_weight = inside[np.arange(len(best)), best]
        is_part = (best_weight >= _PURE * total) & (best_weight < _WHOLE * shown[best]) & (best > 0)
        parts.add(view, held, np.flatnonzero(is_part), best)
        holds = (inside >= _HELD * np.maximum(shown, 1.0)) & (inside > 0.05 * total[:, None])
        for mask in np.flatnonzero(holds.sum(axis=1) > 1):
            key = tuple(np.flatnonzero(holds[mask]).tolist())
            groups.setdefault(key, set()).add(view)
    return _assembled(tables, labels, ids, parts, groups, min_views)


class _Candidates:
    """Masks that may show parts, with the surfels under them."""

    def __init__(self) -> None:
        self.rows: list[NDArray[np.int32]] = []
        self.view: list[int] = []
        self.object_id: list[int] = []

    def add(
        self, view: int, held: csr_array, masks: NDArray[np.int64], best: NDArray[np.int64]
    ) -> None:
        """Adds masks of a view; `held` are the surfels of all its masks, `best` their objects."""
        for mask in masks.tolist():
            self.rows.append(held.indices[held.indptr[mask] : held.indptr[mask + 1]])
            self.view.append(view)
            self.object_id.append(int(best[mask]))


def _held_surfels(store: WeightStore, view: int, masks: MaskSet) -> tuple[csr_array, csr_array]:
    """Surfels under each mask, and surfels in the view, as tables of ones."""
    seen = store.visible(view)
    sums, _ = store.mask_sums(view, masks)
    kept = sums.data >= np.float32(_LEAST_WEIGHT) * seen[sums.indices]
    held = filtered(sums, kept, np.ones(sums.nnz, np.float32))
    there = np.flatnonzero(seen).astype(np.int32)
    whole = csr_array(
        (np.ones(len(there), np.float32), there, np.array([0, len(there)], np.int32)),
        shape=(1, store.num_surfels),
    )
    return held, whole


def _stack(rows: Sequence[NDArray[np.int32]], num_columns: int) -> csr_array:
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    columns = np.concatenate(rows) if rows else np.zeros(0, np.int32)
    data = np.ones(len(columns), np.float32)
    return csr_array((data, columns, ends), shape=(len(rows), num_columns))


def _same_parts(
    parts: _Candidates, tables: Sequence[tuple[csr_array, csr_array]], num_surfels: int
) -> NDArray[np.int32]:
    """(C,) number of the part that each candidate shows."""
    held = _stack(parts.rows, num_surfels)
    seen = _stack([whole.indices for _, whole in tables], num_surfels)
    view = np.array(parts.view, np.int64)
    common = coo_array(held @ held.T)
    in_view = csr_array(held @ seen.T)
    first, second = common.row, common.col
    object_id = np.array(parts.object_id)
    shown_first = np.asarray(in_view.toarray(), np.float32)[first, view[second]]
    shown_second = np.asarray(in_view.toarray(), np.float32)[second, view[first]]
    union = shown_first + shown_second - common.data
    linked = (common.data >= _SAME * union) & (object_id[first] == object_id[second])
    linked &= view[first] != view[second]
    return connected_groups(first[linked], second[linked], count=len(parts.rows))


def _assembled(
    tables: Sequence[tuple[csr_array, csr_array]],
    labels: NDArray[np.int32],
    ids: NDArray[np.int32],
    parts: _Candidates,
    groups: dict[tuple[int, ...], set[int]],
    min_views: int,
) -> PartTree:
    kind, owner, views, surfels = [], [], [], []
    num_shown = _views_of_objects(tables, labels, ids)
    for number, object_id in enumerate(ids.tolist()):
        kind.append(OBJECT)
        owner.append(object_id)
        views.append(int(num_shown[number]))
        surfels.append(np.flatnonzero(labels == object_id).astype(np.int32))
    if parts.rows:
        part = _same_parts(parts, tables, len(labels))
        for number in range(int(part.max()) + 1):
            rows = np.flatnonzero(part == number)
            seen_in = {parts.view[row] for row in rows.tolist()}
            if len(seen_in) < min_views:
                continue
            object_id = parts.object_id[int(rows[0])]
            counts = np.bincount(
                np.concatenate([parts.rows[row] for row in rows.tolist()]), minlength=len(labels)
            )
            kind.append(PART)
            owner.append(object_id)
            views.append(len(seen_in))
            inside = (2 * counts > counts.max()) & (labels == object_id)
            surfels.append(np.flatnonzero(inside).astype(np.int32))
    for key, seen_in in sorted(groups.items()):
        rows = np.searchsorted(ids, key)
        if len(seen_in) >= min_views and 2 * len(seen_in) > int(num_shown[rows].min()):
            kind.append(GROUP)
            owner.append(0)
            views.append(len(seen_in))
            surfels.append(np.flatnonzero(np.isin(labels, key)).astype(np.int32))
    parent = _parents(surfels, np.array(kind), len(labels))
    return PartTree(
        np.array(kind, np.int8),
        parent,
        np.array(owner, np.int32),
        np.array(views, np.int32),
        tuple(surfels),
    )


def _views_of_objects(
    tables: Sequence[tuple[csr_array, csr_array]],
    labels: NDArray[np.int32],
    ids: NDArray[np.int32],
) -> NDArray[np.int64]:
    """(K,) views that show each object."""
    counts = np.zeros(int(ids.max(initial=0)) + 1, np.int64)
    for _, seen in tables:
        counts[np.unique(labels[seen.indices])] += 1
    result: NDArray[np.int64] = counts[ids]
    return result


def _parents(
    surfels: Sequence[NDArray[np.int32]], kind: NDArray[np.int64], num_surfels: int
) -> NDArray[np.int32]:
    """(T,) smallest larger node that contains nearly all of each node, -1 = none."""
    table = _stack(surfels, num_surfels)
    common = coo_array(table @ table.T)
    size = np.array([len(held) for held in surfels])
    parent = np.full(len(surfels), -1, np.int32)
    first, second = common.row, common.col
    fits = (common.data >= _HELD * size[first]) & (size[second] > size[first])
    fits &= kind[second] >= kind[first]
    fits &= (kind[first] != OBJECT) | (kind[second] == GROUP)
    order = np.lexsort((second, -size[second]))
    order = order[fits[order]]
    parent[first[order]] = second[order]
    return parent
