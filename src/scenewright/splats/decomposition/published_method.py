"""The preset `published`: the rules of InstaScene (ICCV 2025) after MaskClustering (CVPR 2024).

Rules and thresholds are the published ones. These errors of the released code are fixed:

- a surfel under several masks of one view belongs to the one with most weight, not the last one;
- objects are distinct from "no object" everywhere, so the first object counts like any other;
- lengths scale with the extent of the scene instead of assuming meters: the radius of the density
  clustering is 0.1 in a scene of extent 5;
- noise of the density clustering gets no object, instead of becoming one;
- sets and dense surfel x mask tables are sparse products;
- a surfel in two objects belongs to the one whose masks give it more weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from scenewright.core import SurfelCloud
from scenewright.geometry.clusters import dbscan
from scenewright.geometry.connected import connected_groups
from scenewright.splats.decomposition.config import PublishedConfig
from scenewright.splats.decomposition.mask_votes import HANDED, MATCHED, UNDER_SEGMENTED, UNMATCHED
from scenewright.splats.decomposition.tracks import MaskTracks, filtered, row_of_entry

_PERCENTILES = range(95, -1, -5)
_EPSILON = 1e-7


@dataclass(frozen=True, eq=False)
class PublishedObjects:
    """Result of the published rules.

    Attributes:
        labels: (N,) int32, 0 = none, from 1.
        support: (N,) float32 share of the views of its object that have a surfel under a mask.
        mask_object: (M,) int32 label, 0 = none.
        verdict: (M,) int8, see `mask_votes`.
    """

    labels: NDArray[np.int32]
    support: NDArray[np.float32]
    mask_object: NDArray[np.int32]
    verdict: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class _Sets:
    """Boolean tables as sparse ones: surfels of masks, labels of surfels, surfels of views."""

    tracker: csr_array
    label: csr_array
    seen: csr_array
    view_of_mask: csr_array


@dataclass(frozen=True, eq=False)
class _Part:
    """A candidate object: its surfels, their detection ratios, and its masks."""

    surfels: NDArray[np.int64]
    ratio: NDArray[np.float32]
    masks: NDArray[np.int64]


def published_objects(
    tracks: MaskTracks, surfels: SurfelCloud, config: PublishedConfig
) -> PublishedObjects:
    """Clusters masks by view consensus, and assigns surfels to the clusters.

    Args:
        tracks: Weights of surfels under masks.
        surfels: N surfels.
        config: Thresholds.
    """
    sets = _boolean_sets(tracks, config.min_mask_surfels)
    is_used = np.diff(sets.tracker.indptr) > 0
    visible, contained, is_under = _judge(sets, tracks, is_used, config)
    node = _clustered(visible, contained, is_used & ~is_under, config.consensus)
    radius = config.cluster_radius * scene_extent(surfels) / config.scene_extent
    parts: list[_Part] = []
    for number in range(int(node.max(initial=-1)) + 1):
        masks = np.flatnonzero(node == number)
        if len(masks) >= 2:
            parts += _parts_of_node(sets, tracks, masks, surfels, radius, config)
    parts = _without_duplicates(parts, surfels, config.duplicate_share)
    return _result(sets, tracks, parts, is_under, config)


def scene_extent(surfels: SurfelCloud) -> float:
    """Longest side of the box of the middle 98 % of the centers along each axis."""
    low, high = np.percentile(surfels.means.astype(np.float64), (1, 99), axis=0)
    return float((high - low).max())


def _boolean_sets(tracks: MaskTracks, min_surfels: int) -> _Sets:
    """Keeps pairs with a weight above 0.1 in some pixel, and masks with enough of them."""
    weights = filtered(tracks.weights, tracks.is_strong, tracks.weights.data)
    rows = row_of_entry(weights)
    enough = np.diff(weights.indptr) >= min_surfels
    kept = enough[rows]
    tracker = filtered(weights, kept, np.ones(weights.nnz, np.float32))
    # The label of a surfel in a view is the mask with most weight there.
    keys = tracks.view[rows].astype(np.int64) * tracks.num_surfels + weights.indices
    order = np.lexsort((rows, -weights.data, keys))
    is_first = np.ones(len(order), bool)
    is_first[1:] = keys[order[1:]] != keys[order[:-1]]
    is_label = np.zeros(len(order), bool)
    is_label[order[is_first]] = True
    label = filtered(weights, is_label & kept, np.ones(weights.nnz, np.float32))
    seen = filtered(tracks.seen, tracks.is_strongly_seen, np.ones(tracks.seen.nnz, np.float32))
    ones = np.ones(len(tracks), np.float32)
    view_of_mask = csr_array(
        (ones, tracks.view, np.arange(len(tracks) + 1)), shape=(len(tracks), tracks.num_views)
    )
    return _Sets(tracker, label, seen, view_of_mask)


def _judge(
    sets: _Sets, tracks: MaskTracks, is_used: NDArray[np.bool_], config: PublishedConfig
) -> tuple[csr_array, csr_array, NDArray[np.bool_]]:
    """Views in which each mask is whole, masks that contain it, and whether it is
    under-segmented."""
    overlap = csr_array(sets.tracker @ sets.label.T)
    size = np.maximum(np.diff(sets.tracker.indptr), 1)
    labeled = (overlap @ sets.view_of_mask).toarray()
    is_visible = (labeled >= config.visible_share * size[:, None]) & (labeled > 0)
    row = row_of_entry(overlap)
    view = tracks.view[overlap.indices]
    is_holder = is_visible[row, view] & (overlap.data > config.contained_share * labeled[row, view])
    contained = filtered(overlap, is_holder, np.ones(overlap.nnz, np.float32))
    whole = (contained @ sets.view_of_mask).toarray() > 0
    num_visible = is_visible.sum(axis=1)
    num_split = (is_visible & ~whole).sum(axis=1)
    is_under = (num_visible == 0) | (num_split > config.split_share * np.maximum(num_visible, 1))
    is_under &= is_used
    # Views in which a mask lies in an under-segmented one are no evidence.
    bad = is_under[contained.indices]
    rows = row_of_entry(contained)
    whole[rows[bad], tracks.view[contained.indices[bad]]] = False
    contained = filtered(contained, ~bad, contained.data)
    return csr_array(whole.astype(np.float32)), contained, is_under


def _clustered(
    visible: csr_array, contained: csr_array, is_node: NDArray[np.bool_], consensus: float
) -> NDArray[np.int32]:
    """(M,) node of each mask, -1 = none, merged over decreasing observer thresholds."""
    thresholds = _observer_thresholds(visible)
    masks = np.flatnonzero(is_node)
    node: NDArray[np.integer] = np.arange(len(masks))
    seen, held = csr_array(visible[masks]), csr_array(contained[masks])
    for threshold in thresholds:
        observers = csr_array(seen @ seen.T)
        supporters = csr_array(held @ held.T)
        enough = observers.multiply(observers >= threshold)
        rate = csr_array(supporters.multiply(enough.power(-1.0) if enough.nnz else enough))
        links = csr_array(rate >= consensus - _EPSILON)
        merged = connected_groups(*links.nonzero(), count=links.shape[0])
        node = merged[node]
        pick = csr_array(
            (np.ones(len(merged), np.float32), (merged, np.arange(len(merged)))),
            shape=(int(merged.max(initial=-1)) + 1, len(merged)),
        )
        seen, held = _union(pick, seen), _union(pick, held)
    result = np.full(len(is_node), -1, np.int32)
    result[masks] = node
    return result


def _union(pick: csr_array, table: csr_array) -> csr_array:
    merged = csr_array(pick @ table)
    merged.data = np.minimum(merged.data, np.float32(1))
    return merged


def _observer_thresholds(visible: csr_array) -> list[float]:
    counts = csr_array(visible @ visible.T).data
    counts = counts[counts > 0]
    found: list[float] = []
    for percentile in _PERCENTILES if len(counts) else ():
        value = float(np.percentile(counts, percentile))
        if value <= 1:
            if percentile < 50:
                break
            value = 1.0
        found.append(value)
    return found


def _parts_of_node(
    sets: _Sets,
    tracks: MaskTracks,
    masks: NDArray[np.int64],
    surfels: SurfelCloud,
    radius: float,
    config: PublishedConfig,
) -> list[_Part]:
    held = csr_array(sets.tracker[masks])
    members = np.unique(held.indices)
    cluster = dbscan(surfels.means[members], radius=radius, min_points=config.cluster_min_points)
    views = np.unique(tracks.view[masks])
    seen = csr_array(sets.seen[views])
    times_seen = np.bincount(seen.indices, minlength=tracks.num_surfels)[members]
    by_view = csr_array(sets.view_of_mask[masks].T @ held)[views]
    times_held = np.bincount(by_view.indices, minlength=tracks.num_surfels)[members]
    ratio = (times_held / np.maximum(times_seen, 1)).astype(np.float32)
    cluster_of = np.full(tracks.num_surfels, -1)
    cluster_of[members] = cluster
    num = int(cluster.max(initial=-1)) + 1
    inside = cluster_of[held.indices] >= 0
    keys = row_of_entry(held)[inside] * max(num, 1) + cluster_of[held.indices[inside]]
    overlap = np.bincount(keys, minlength=len(masks) * max(num, 1)).reshape(len(masks), -1)
    chosen = np.where(overlap.max(axis=1) > 0, overlap.argmax(axis=1), -1)
    parts = []
    for part in range(num):
        chosen_surfels = (cluster == part) & (ratio > config.detection_ratio)
        part_masks = masks[chosen == part]
        if chosen_surfels.any() and len(part_masks) >= 2:
            parts.append(
                _Part(members[chosen_surfels].astype(np.int64), ratio[chosen_surfels], part_masks)
            )
    return parts


def _without_duplicates(
    parts: list[_Part], surfels: SurfelCloud, duplicate_share: float
) -> list[_Part]:
    """Drops parts that share most of their surfels with another part."""
    if not parts:
        return parts
    table = _part_table(parts, len(surfels))
    common = csr_array(table @ table.T).tocoo()
    size = np.array([len(part.surfels) for part in parts])
    is_kept = np.ones(len(parts), bool)
    for i, j, value in sorted(
        zip(common.row.tolist(), common.col.tolist(), common.data.tolist(), strict=True)
    ):
        if i >= j or not (is_kept[i] and is_kept[j]):
            continue
        if value > duplicate_share * size[i]:
            is_kept[i] = False
        elif value > duplicate_share * size[j]:
            is_kept[j] = False
    return [part for part, kept in zip(parts, is_kept, strict=True) if kept]


def _part_table(parts: list[_Part], num_surfels: int) -> csr_array:
    rows = [
        csr_array(
            (
                np.ones(len(part.surfels), np.float32),
                part.surfels.astype(np.int32),
                np.array([0, len(part.surfels)], np.int32),
            ),
            shape=(1, num_surfels),
        )
        for part in parts
    ]
    return csr_array(vstack(rows))


def _result(
    sets: _Sets,
    tracks: MaskTracks,
    parts: list[_Part],
    is_under: NDArray[np.bool_],
    config: PublishedConfig,
) -> PublishedObjects:
    labels = np.zeros(tracks.num_surfels, np.int32)
    support = np.zeros(tracks.num_surfels, np.float32)
    best = np.zeros(tracks.num_surfels, np.float32)
    mask_object = np.zeros(len(tracks), np.int32)
    for number, part in enumerate(parts, start=1):
        mask_object[part.masks] = number
        held = csr_array(tracks.weights[part.masks])
        votes = np.bincount(held.indices, weights=held.data, minlength=tracks.num_surfels)
        wins = part.surfels[votes[part.surfels] > best[part.surfels]]
        labels[wins] = number
        best[wins] = votes[wins]
        positions = np.searchsorted(part.surfels, wins)
        support[wins] = part.ratio[positions]
    verdict = np.where(mask_object > 0, MATCHED, UNMATCHED).astype(np.int8)
    verdict[is_under] = UNDER_SEGMENTED
    _remedy(sets, tracks, labels, mask_object, verdict, config.remedy_share)
    return PublishedObjects(labels, np.minimum(support, 1), mask_object, verdict)


def _remedy(
    sets: _Sets,
    tracks: MaskTracks,
    labels: NDArray[np.int32],
    mask_object: NDArray[np.int32],
    verdict: NDArray[np.int8],
    remedy_share: float,
) -> None:
    """Assigns under-segmented masks to the object that makes up most of them, in place."""
    num = int(labels.max(initial=0)) + 1
    flagged = np.flatnonzero(verdict == UNDER_SEGMENTED)
    held = csr_array(sets.tracker[flagged])
    keys = row_of_entry(held) * num + labels[held.indices]
    table = np.bincount(keys, minlength=len(flagged) * num).reshape(len(flagged), num)
    table[:, 0] = 0
    best = table.argmax(axis=1) if len(flagged) else np.zeros(0, np.int64)
    size = np.maximum(np.diff(held.indptr), 1)
    taken = table[np.arange(len(flagged)), best] > remedy_share * size
    mask_object[flagged[taken]] = best[taken]
    verdict[flagged[taken]] = HANDED
