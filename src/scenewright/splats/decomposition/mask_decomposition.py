"""Entry point of the decomposition: masks of all views divide surfels into objects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import MaskSet, ShapeError, SurfelCloud
from scenewright.core.checks import as_array
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.decomposition.clusters import Clusters
from scenewright.splats.decomposition.config import ClusterConfig, PublishedConfig, cluster_preset
from scenewright.splats.decomposition.default_method import (
    group_surfels,
    settle_leftovers,
    sure_views,
    vote_objects,
)
from scenewright.splats.decomposition.mask_votes import MATCHED, Matches, cast_votes
from scenewright.splats.decomposition.part_tree import build_tree
from scenewright.splats.decomposition.patches import Memberships, surfel_memberships
from scenewright.splats.decomposition.published_method import published_objects
from scenewright.splats.decomposition.surfel_graph import neighbor_graph
from scenewright.splats.decomposition.tracks import MaskTracks, collect_tracks
from scenewright.splats.rasterizer.weight_store import WeightStore


def decompose_masks(
    store: WeightStore,
    masks: Sequence[MaskSet],
    surfels: SurfelCloud,
    config: str | ClusterConfig | PublishedConfig = "default",
    *,
    masks_are_tracks: bool = False,
    seeds: NDArray[np.int32] | None = None,
    progress: Progress = no_progress,
) -> Clusters:
    """Divides surfels into objects, by the agreement of the masks of all views.

    Args:
        store: Weights of F views on N surfels.
        masks: Masks of each view, in the order of the store; masks of one view may overlap.
        surfels: The N surfels.
        config: Settings, whose type selects the method, or the name of a preset (see
            `available_cluster_presets`).
        masks_are_tracks: Whether a mask id means the same object in every view. Then no masks are
            clustered: they vote directly, and objects keep their ids.
        seeds: (N,) int32 objects that are known already, 0 = unknown (see `seed_from_points`);
            they keep their ids. For `ClusterConfig` only.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ShapeError: Store, masks, surfels and seeds do not match.
        CaptureError: No view has a mask.
        UnknownNameError: There is no such preset.
    """
    config = cluster_preset(config)
    if len(surfels) != store.num_surfels:
        raise ShapeError("surfels", expected=f"{store.num_surfels}", got=f"{len(surfels)}")
    if seeds is not None:
        seeds = as_array("seeds", seeds, shape=(len(surfels),), dtype=np.int32)
        if isinstance(config, PublishedConfig):
            raise ShapeError("seeds", expected="none with the published rules", got="seeds")
    tracks = collect_tracks(store, masks, progress=progress)
    keeps_ids = masks_are_tracks or seeds is not None
    min_views = ClusterConfig().min_part_views
    if isinstance(config, PublishedConfig) and not masks_are_tracks:
        found = published_objects(tracks, surfels, config)
        matches = (found.mask_object, found.verdict)
        labels, score = found.labels, found.support
    else:
        settings = config if isinstance(config, ClusterConfig) else ClusterConfig()
        min_views = settings.min_part_views
        members = surfel_memberships(tracks, full_pixels=settings.full_pixels)
        labels, score, best = (
            _vote_tracks(tracks, members, surfels, settings)
            if masks_are_tracks
            else _cluster(tracks, members, surfels, settings, seeds)
        )
        matches = (best.object_of_mask, best.verdict)
    labels, score, mask_object = _renumbered(
        labels, score, matches[0], keeps_ids=keeps_ids, least=getattr(config, "min_surfels", 1)
    )
    ids = np.unique(labels[labels > 0]).astype(np.int32)
    return Clusters(
        labels,
        score,
        ids,
        _object_scores(labels, score, mask_object, ids),
        tracks.view,
        tracks.mask_id,
        mask_object,
        matches[1],
        build_tree(store, masks, labels, ids, min_views=min_views),
    )


def _cluster(
    tracks: MaskTracks,
    members: Memberships,
    surfels: SurfelCloud,
    config: ClusterConfig,
    seeds: NDArray[np.int32] | None,
) -> tuple[NDArray[np.int32], NDArray[np.float32], Matches]:
    """Labels by the default method: grouping, votes, leftovers."""
    labels, graph = group_surfels(tracks, surfels, members, config=config, seeds=seeds)
    fixed = 0 if seeds is None else int(seeds.max(initial=0))
    labels, score, matches = vote_objects(tracks, members, labels, config=config, fixed=fixed)
    labels = settle_leftovers(tracks, graph, labels, score, config=config)
    return labels, np.where(labels > 0, score, 0).astype(np.float32), matches


def _vote_tracks(
    tracks: MaskTracks, members: Memberships, surfels: SurfelCloud, config: ClusterConfig
) -> tuple[NDArray[np.int32], NDArray[np.float32], Matches]:
    """Labels by the votes of masks whose ids are object ids."""
    num_labels = int(tracks.mask_id.max()) + 1
    matches = Matches(
        tracks.mask_id,
        np.full(len(tracks), MATCHED, np.int8),
        np.zeros((len(tracks), num_labels), bool),
        np.ones(len(tracks), np.float32),
    )
    none = np.zeros(len(surfels), np.int32)
    winner, votes = cast_votes(tracks, members.share, matches, none)
    possible = sure_views(tracks, full_pixels=config.full_pixels)
    score = np.minimum(votes / np.maximum(possible, np.float32(1e-6)), np.float32(1))
    labels = np.where(score >= config.min_support, winner, 0).astype(np.int32)
    graph = neighbor_graph(surfels.means, neighbors=config.neighbors, reach=config.link_reach)
    labels = settle_leftovers(tracks, graph, labels, score, config=config)
    return labels, np.where(labels > 0, score, 0).astype(np.float32), matches


def _renumbered(
    labels: NDArray[np.int32],
    score: NDArray[np.float32],
    mask_object: NDArray[np.int32],
    *,
    keeps_ids: bool,
    least: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
    """Drops small objects, and numbers the others from 1 with the largest first."""
    size = max(int(labels.max(initial=0)), int(mask_object.max(initial=0))) + 1
    counts = np.bincount(labels, minlength=size)
    counts[0] = 0
    kept = np.flatnonzero(counts >= max(least, 1))
    new = np.zeros(size, np.int32)
    if keeps_ids:
        new[kept] = kept
    else:
        new[kept[np.argsort(-counts[kept], kind="stable")]] = np.arange(1, len(kept) + 1)
    labels = new[labels]
    return labels, np.where(labels > 0, score, 0).astype(np.float32), new[mask_object]


def _object_scores(
    labels: NDArray[np.int32],
    score: NDArray[np.float32],
    mask_object: NDArray[np.int32],
    ids: NDArray[np.int32],
) -> NDArray[np.float32]:
    """(K,) mean score of the surfels of each object, reduced where it has few masks."""
    size = int(ids.max(initial=0)) + 1
    total = np.bincount(labels, weights=score, minlength=size)[ids]
    mean = total / np.maximum(np.bincount(labels, minlength=size)[ids], 1)
    num_masks = np.bincount(mask_object, minlength=size)[ids]
    result: NDArray[np.float32] = (mean * (1 - 0.5 ** (1 + num_masks / 2))).astype(np.float32)
    return result
