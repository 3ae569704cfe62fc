"""Patches of surfels: memberships, evidence on links, and growth, against dense sums."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from scenewright.splats.decomposition.patches import (
    grow_patches,
    link_evidence,
    patch_memberships,
    surfel_memberships,
)
from scenewright.splats.decomposition.surfel_graph import SurfelGraph
from scenewright.splats.decomposition.tracks import MaskTracks

WEIGHTS = np.array([[2.0, 1, 0, 0], [0, 1, 3, 0], [4, 0, 0, 0.5]])
"""Two masks in view 0, one in view 1."""
SEEN = np.array([[2.0, 2, 3, 1], [4, 1, 0, 2]])
VIEW = np.array([0, 0, 1], np.int32)


def tracks() -> MaskTracks:
    """The masks above as sparse tables."""
    weights, seen = (csr_array(table.astype(np.float32)) for table in (WEIGHTS, SEEN))
    return MaskTracks(
        weights, np.ones(weights.nnz, bool), seen, np.ones(seen.nnz, bool), VIEW,
        np.arange(3, dtype=np.int32), np.ones(3, np.float32),
    )  # fmt: skip


def graph_of(pairs: list[tuple[int, int]], num: int) -> SurfelGraph:
    """Links of length 1."""
    first, second = np.array(pairs, np.int32).T
    return SurfelGraph(num, first, second, np.ones(len(pairs), np.float32))


def test_surfels_belong_to_masks_by_their_share_of_the_visible_weight() -> None:
    members = surfel_memberships(tracks(), full_pixels=1.0)
    expected = (WEIGHTS / np.maximum(SEEN[VIEW], 1)).T
    np.testing.assert_allclose(members.share.toarray(), expected, rtol=1e-6)
    labeled = np.stack([expected[:, :2].sum(axis=1), expected[:, 2]], axis=1)
    np.testing.assert_allclose(members.labeled.toarray(), labeled, rtol=1e-6)


def test_patches_belong_to_masks_like_the_sum_of_their_surfels() -> None:
    patch = np.array([0, 0, 1, -1], np.int32)
    members = patch_memberships(tracks(), patch, 2, full_pixels=1.0)
    held = np.stack([WEIGHTS[:, :2].sum(axis=1), WEIGHTS[:, 2]])
    seen = np.stack([SEEN[:, :2].sum(axis=1), SEEN[:, 2]])
    visible = seen[:, VIEW]
    enough = np.minimum(1, 2 * visible / seen.max(axis=1, keepdims=True))
    expected = held / np.maximum(visible, 1) * enough
    np.testing.assert_allclose(members.share.toarray(), expected, rtol=1e-6)


def test_evidence_on_links_is_an_inner_product() -> None:
    members = surfel_memberships(tracks(), full_pixels=1.0)
    pairs = [(0, 1), (1, 2), (0, 3)]
    together, both = link_evidence(graph_of(pairs, 4), members)
    share, labeled = members.share.toarray(), members.labeled.toarray()
    assert together == pytest.approx([share[a] @ share[b] for a, b in pairs])
    assert both == pytest.approx([labeled[a] @ labeled[b] for a, b in pairs])


def test_patches_grow_along_sure_links_up_to_a_size() -> None:
    graph = graph_of([(0, 1), (1, 2), (2, 3), (4, 5), (5, 6)], 8)
    affinity = np.array([0.9, 0.8, 0.7, 0.9, 0.2], np.float32)
    patch, count = grow_patches(graph, affinity, least=0.5, max_size=3, min_size=2)
    assert count == 2
    assert patch.tolist() == [0, 0, 0, -1, 1, 1, -1, -1]
    everything, count = grow_patches(graph, affinity, least=0.0, max_size=9, min_size=1)
    assert count == 3
    assert everything.tolist() == [0, 0, 0, 0, 1, 1, 1, 2]
    nothing, count = grow_patches(graph, affinity, least=0.95, max_size=9, min_size=2)
    assert count == 0 and (nothing == -1).all()
