"""The `default` method: patches of surfels are grouped, then masks vote on every surfel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.core import SurfelCloud
from scenewright.geometry.contraction import contract
from scenewright.splats.decomposition.config import ClusterConfig
from scenewright.splats.decomposition.grouping import estimate_likelihoods, pair_evidence
from scenewright.splats.decomposition.mask_votes import (
    Matches,
    cast_votes,
    largest_entries,
    match_masks,
)
from scenewright.splats.decomposition.patches import (
    Memberships,
    grow_patches,
    link_evidence,
    patch_memberships,
)
from scenewright.splats.decomposition.surfel_graph import SurfelGraph, neighbor_graph
from scenewright.splats.decomposition.tracks import MaskTracks, row_of_entry

_PRIOR_VIEWS = 1.0
"""Weight of the prior on links between neighbors, in views."""
_SMOOTH, _BENT = 0.9, 0.3
"""Affinity by that prior, of neighbors with parallel and with perpendicular normals."""
_GROWTH = 4
"""Largest number of groups that one round of grouping merges into one."""
_MAX_ROUNDS = 16
_MIN_PATCH_CAP = 24
"""Least upper limit of the surfels of a patch, for small scenes."""
_BARELY_SEEN = 2.5
"""A surfel under no mask that fewer views show may have been missed by chance."""
_LONE = 0.2
"""A surfel is isolated if a smaller share of its neighbors has its label."""
_UNSURE = 0.6
"""An isolated surfel changes its label if its score is lower."""
_SETTLE_ROUNDS = 3


def group_surfels(
    tracks: MaskTracks,
    surfels: SurfelCloud,
    members: Memberships,
    *,
    config: ClusterConfig,
    seeds: NDArray[np.int32] | None = None,
) -> tuple[NDArray[np.int32], SurfelGraph]:
    """Initial objects of the surfels, from the evidence of all views on pairs.

    Groups are merged in rounds. After each round the evidence is counted again between whole
    groups, so that a view counts once for a pair of groups, however many of their patches it shows.

    Args:
        tracks: Weights of surfels under masks.
        surfels: N surfels.
        members: Memberships of the surfels.
        config: Settings.
        seeds: (N,) int32 objects that are known already, 0 = unknown, or None. Surfels of one
            seed stay together, those of different seeds stay apart.

    Returns:
        (N,) int32 labels from 1, 0 = none, and the graph of neighbors. Seeds keep their
        numbers.
    """
    graph = neighbor_graph(surfels.means, neighbors=config.neighbors, reach=config.link_reach)
    together, both = link_evidence(graph, members)
    affinity = (together + _PRIOR_VIEWS * _link_prior(graph, surfels)) / (both + _PRIOR_VIEWS)
    known = np.zeros(len(surfels), np.int32) if seeds is None else seeds
    affinity[known[graph.first] != known[graph.second]] = 0
    group, count = grow_patches(
        graph,
        affinity,
        least=config.patch_affinity,
        max_size=max(int(np.ceil(1.5 * len(surfels) / config.max_patches)), _MIN_PATCH_CAP),
        min_size=config.min_patch,
    )
    seed_of_group = _seeds_of_groups(group, count, known)
    group, count, seed_of_group = _joined_seeds(group, seed_of_group)
    for number in range(_MAX_ROUNDS):
        before = count
        whole = patch_memberships(tracks, group, count, full_pixels=8 * config.full_pixels)
        together, apart = pair_evidence(whole)
        if number == 0:
            # Pairs that are left in later rounds are ambiguous, and would bias the estimate.
            likelihoods = estimate_likelihoods(together, apart)
        odds = likelihoods.log_odds(together, apart)
        if number == 0:
            torn = _is_torn(whole, tracks, config.torn_share) & (seed_of_group == 0)
            odds[torn, :] = -np.inf
            odds[:, torn] = -np.inf
        is_seed = seed_of_group > 0
        odds[np.ix_(is_seed, is_seed)] = -np.inf
        merged = contract(odds, margin=config.merge_margin, max_members=_GROWTH)
        roots, new = np.unique(merged, return_inverse=True)
        count = len(roots)
        seed_of_group = (
            np.maximum.reduceat(
                seed_of_group[np.argsort(new, kind="stable")],
                np.searchsorted(np.sort(new), np.arange(count)),
            )
            if count
            else seed_of_group
        )
        group = np.where(group >= 0, new[group], -1).astype(np.int32)
        if count == before:
            break
    return _numbered(group, seed_of_group), graph


def vote_objects(
    tracks: MaskTracks,
    members: Memberships,
    labels: NDArray[np.int32],
    *,
    config: ClusterConfig,
    fixed: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.float32], Matches]:
    """Masks vote for objects, in several rounds.

    Args:
        tracks: Weights of surfels under masks.
        members: Memberships of the surfels.
        labels: (N,) int32 initial objects, 0 = none.
        config: Settings.
        fixed: Labels up to this one are never dissolved.

    Returns:
        (N,) int32 labels, (N,) float32 their scores, and the objects of the masks.
    """
    num_labels = int(labels.max(initial=0)) + 1
    possible = sure_views(tracks, full_pixels=config.full_pixels)
    score = np.zeros(len(labels), np.float32)
    options = {"coverage": config.coverage, "min_mask_share": config.min_mask_share}
    for _ in range(config.vote_rounds):
        matches = match_masks(tracks, labels, num_labels, **options)
        is_gone = matches.dissolved()
        is_gone[: fixed + 1] = False
        if is_gone.any():
            labels = np.where(is_gone[labels], 0, labels).astype(np.int32)
            matches = match_masks(tracks, labels, num_labels, **options)
        winner, votes = cast_votes(tracks, members.share, matches, labels)
        score = np.minimum(votes / np.maximum(possible, np.float32(1e-6)), np.float32(1))
        labels = np.where(score >= config.min_support, winner, 0).astype(np.int32)
    return labels, np.where(labels > 0, score, np.float32(0)), matches


def sure_views(tracks: MaskTracks, *, full_pixels: float) -> NDArray[np.float32]:
    """(N,) number of views that show each surfel; views that show little of it count in part."""
    sure = np.minimum(tracks.seen.data / np.float32(full_pixels), np.float32(1))
    sums = np.bincount(tracks.seen.indices, weights=sure, minlength=tracks.num_surfels)
    return sums.astype(np.float32)


def _link_prior(graph: SurfelGraph, surfels: SurfelCloud) -> NDArray[np.float32]:
    """(E,) affinity of neighbors by the angle between their normals."""
    normals = surfels.normals()
    cosine = np.abs(np.einsum("ij,ij->i", normals[graph.first], normals[graph.second]))
    prior: NDArray[np.float32] = (_BENT + (_SMOOTH - _BENT) * cosine).astype(np.float32)
    return prior


def _is_torn(whole: Memberships, tracks: MaskTracks, torn_share: float) -> NDArray[np.bool_]:
    """(T,) bool, groups whose best masks cover too little of them, over all views."""
    best = np.zeros(whole.labeled.shape, np.float32)
    row = np.repeat(np.arange(whole.share.shape[0]), np.diff(whole.share.indptr))
    np.maximum.at(best, (row, tracks.view[whole.share.indices]), whole.share.data)
    labeled = np.asarray(whole.labeled.sum(axis=1)).ravel()
    result: NDArray[np.bool_] = best.sum(axis=1) < torn_share * labeled
    return result


def _seeds_of_groups(
    group: NDArray[np.int32], count: int, known: NDArray[np.int32]
) -> NDArray[np.int32]:
    """(T,) seed of each group; patches never cross the border of a seed."""
    seed = np.zeros(count, np.int32)
    inside = group >= 0
    seed[group[inside]] = known[inside]
    return seed


def _joined_seeds(
    group: NDArray[np.int32], seed_of_group: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int, NDArray[np.int32]]:
    """Merges all groups with the same seed."""
    if not len(seed_of_group):
        return group, 0, seed_of_group
    keys = np.where(seed_of_group > 0, seed_of_group - 1 - seed_of_group.max(), 0).astype(np.int64)
    keys = np.where(seed_of_group > 0, keys, np.arange(len(keys)))
    values, new = np.unique(keys, return_inverse=True)
    seeds = np.zeros(len(values), np.int32)
    seeds[new] = seed_of_group
    return np.where(group >= 0, new[group], -1).astype(np.int32), len(values), seeds


def _numbered(group: NDArray[np.int32], seed_of_group: NDArray[np.int32]) -> NDArray[np.int32]:
    """Labels of groups: seeds keep their ids, the other groups get the ids after them."""
    first = int(seed_of_group.max(initial=0)) + 1
    is_new = seed_of_group == 0
    label = np.where(is_new, first + np.cumsum(is_new) - 1, seed_of_group)
    return np.where(group >= 0, label[group], 0).astype(np.int32)


def settle_leftovers(
    tracks: MaskTracks,
    graph: SurfelGraph,
    labels: NDArray[np.int32],
    score: NDArray[np.float32],
    *,
    config: ClusterConfig,
) -> NDArray[np.int32]:
    """Assigns surfels that no view shows well, and isolated ones, to the objects around them.

    Args:
        tracks: Weights of surfels under masks.
        graph: Links between neighbors.
        labels: (N,) int32, 0 = none.
        score: (N,) float32 scores of the labels.
        config: Settings.

    Returns:
        (N,) int32 labels. Surfels that views show well but no mask covers keep label 0.
    """
    num_labels = int(labels.max(initial=0)) + 1
    unseen = sure_views(tracks, full_pixels=config.full_pixels) < _BARELY_SEEN
    both = np.concatenate([graph.first, graph.second])
    other = np.concatenate([graph.second, graph.first])
    total = np.maximum(np.bincount(both, minlength=len(labels)), 1)
    for _ in range(_SETTLE_ROUNDS):
        around = csr_array(
            (np.ones(len(both), np.float32), (both, labels[other])),
            shape=(graph.num_surfels, num_labels),
        )
        around.sum_duplicates()
        is_same = around.indices == labels[row_of_entry(around)]
        alike = np.bincount(
            row_of_entry(around)[is_same], weights=around.data[is_same], minlength=len(labels)
        )
        winner, count = largest_entries(around)
        lone = (labels > 0) & (alike < _LONE * total) & (count > 0.5 * total)
        lone &= score < _UNSURE
        takes = ((labels == 0) & unseen & (count >= 0.5 * total)) | lone
        takes &= winner > 0
        labels = np.where(takes, winner, labels).astype(np.int32)
    return labels
