"""Steps of the default method, one by one."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from scenewright.splats.decomposition.config import ClusterConfig
from scenewright.splats.decomposition.default_method import (
    group_surfels,
    settle_leftovers,
    sure_views,
    vote_objects,
)
from scenewright.splats.decomposition.patches import surfel_memberships
from scenewright.splats.decomposition.surfel_graph import SurfelGraph
from scenewright.splats.decomposition.tracks import MaskTracks, collect_tracks
from tests.splats.decomposition.room_builders import (
    Pictured,
    is_same_partition,
    sure_surfels,
    true_labels,
)

CONFIG = ClusterConfig()


def seen_tracks(seen: list[list[float]]) -> MaskTracks:
    """Tracks of views without a mask that holds anything."""
    table = csr_array(np.array(seen, np.float32))
    return MaskTracks(
        csr_array((1, table.shape[1]), dtype=np.float32), np.zeros(0, bool), table,
        np.ones(table.nnz, bool), np.zeros(1, np.int32), np.ones(1, np.int32),
        np.ones(1, np.float32),
    )  # fmt: skip


def test_views_that_show_little_count_in_part() -> None:
    found = sure_views(seen_tracks([[4, 0.5, 0], [4, 2, 0.25]]), full_pixels=2.0)
    assert found.tolist() == [2, 1.25, 0.125]


def test_groups_of_patches_are_the_objects_and_masks_agree(room: Pictured) -> None:
    tracks = collect_tracks(room.store, room.masks())
    members = surfel_memberships(tracks, full_pixels=CONFIG.full_pixels)
    labels, graph = group_surfels(tracks, room.surfels, members, config=CONFIG)
    sure = sure_surfels(room) & (labels > 0)
    assert sure.mean() > 0.7
    table = np.zeros((labels.max() + 1, 6), int)
    np.add.at(table, (labels[sure], true_labels(room)[sure]), 1)
    assert table.max(axis=1).sum() > 0.98 * sure.sum()  # groups hardly ever mix objects
    assert graph.num_surfels == len(room.surfels)
    damaged = labels.copy()
    damaged[::7] = 0  # masks give these back
    voted, score, matches = vote_objects(tracks, members, damaged, config=CONFIG)
    sure = sure_surfels(room)
    assert is_same_partition(voted[sure], true_labels(room)[sure])
    assert (score[sure] > 0.9).all()
    assert (matches.object_of_mask > 0).all()


def chain(num: int) -> SurfelGraph:
    """Surfels in a row, each linked to the next two."""
    pairs = [(i, j) for i in range(num) for j in (i + 1, i + 2) if j < num]
    first, second = np.array(pairs, np.int32).T
    return SurfelGraph(num, first, second, np.ones(len(pairs), np.float32))


def test_unseen_and_lone_surfels_take_the_object_around_them() -> None:
    labels = np.array([1, 1, 1, 0, 1, 2, 1, 1, 0, 1, 1], np.int32)
    score = np.full(11, 0.9, np.float32)
    score[5] = 0.3
    views = np.full((3, 11), 2.0)
    views[:, 3] = 0  # never seen
    settled = settle_leftovers(seen_tracks(views.tolist()), chain(11), labels, score, config=CONFIG)
    # Surfel 3 is unseen, 5 is lone and unsure; 8 is seen well, so no mask means no object.
    assert settled.tolist() == [1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1]
    sure = settle_leftovers(
        seen_tracks(views.tolist()), chain(11), labels, np.ones(11, np.float32), config=CONFIG
    )
    assert sure[5] == 2
