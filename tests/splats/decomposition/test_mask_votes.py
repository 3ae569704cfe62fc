"""Masks matched to objects, and their votes, on a table small enough to check by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from scenewright.splats.decomposition.mask_votes import (
    MATCHED,
    UNDER_SEGMENTED,
    UNMATCHED,
    cast_votes,
    label_table,
    largest_entries,
    match_masks,
)
from scenewright.splats.decomposition.tracks import MaskTracks

LABELS = np.array([1, 1, 2, 2, 0], np.int32)


def tracks_of(weights: list[list[float]], view: list[int]) -> MaskTracks:
    """Masks with given weights on five surfels, each of which a view shows with weight 1."""
    table = csr_array(np.array(weights, np.float32))
    seen = csr_array(np.ones((max(view) + 1, 5), np.float32))
    return MaskTracks(
        table, np.ones(table.nnz, bool), seen, np.ones(seen.nnz, bool),
        np.array(view, np.int32), np.arange(len(view), dtype=np.int32),
        np.ones(len(view), np.float32),
    )  # fmt: skip


def test_sums_by_label() -> None:
    matrix = csr_array(np.array([[1.0, 2, 0, 4, 8], [0, 0, 3, 0, 0]], np.float32))
    assert label_table(matrix, LABELS, 3).tolist() == [[8, 3, 4], [0, 0, 3]]


def test_verdicts_on_masks() -> None:
    tracks = tracks_of(
        [[1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [0, 0, 0, 0, 1], [1, 1, 1, 0, 0], [0, 0, 0, 1, 0]],
        [0, 1, 2, 3, 3],
    )
    found = match_masks(tracks, LABELS, 3, coverage=0.6, min_mask_share=0.05)
    assert found.object_of_mask.tolist() == [1, 0, 0, 1, 2]
    assert found.verdict.tolist() == [MATCHED, UNDER_SEGMENTED, UNMATCHED, MATCHED, MATCHED]
    assert found.iou[[0, 3, 4]] == pytest.approx([1, 2 / 3, 0.5])
    assert found.swallows[1].tolist() == [False, True, True]
    assert not found.swallows[0].any()


def test_objects_that_masks_only_swallow_are_dissolved() -> None:
    tracks = tracks_of([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1]], [0, 1, 2])
    labels = np.array([1, 1, 2, 2, 3], np.int32)
    found = match_masks(tracks, labels, 4, coverage=0.6, min_mask_share=0.5)
    assert found.object_of_mask.tolist() == [1, 1, 2]
    assert found.dissolved().tolist() == [False, False, False, True]


def share_of(tracks: MaskTracks) -> csr_array:
    """(N, M) memberships: the weights themselves."""
    return csr_array(tracks.weights.T.tocsr())


def winners_of(tracks: MaskTracks) -> tuple[list[int], NDArray[np.float32]]:
    """Winners and their votes, after one matching."""
    matches = match_masks(tracks, LABELS, 3, coverage=0.6, min_mask_share=0.05)
    winner, most = cast_votes(tracks, share_of(tracks), matches, LABELS)
    return winner.tolist(), most


def test_masks_vote_for_their_object_on_all_that_they_hold() -> None:
    winner, most = winners_of(tracks_of([[1, 1, 0.5, 0, 0.25], [0, 0, 0.75, 1, 0]], [0, 1]))
    assert winner == [1, 1, 2, 2, 1]
    assert most == pytest.approx([1, 1, 0.75, 1, 0.25])


def test_a_mask_over_several_objects_only_confirms_them_weakly() -> None:
    winner, most = winners_of(tracks_of([[1, 1, 1, 1, 1]], [0]))
    assert winner == [1, 1, 2, 2, 0]
    assert most == pytest.approx([0.1, 0.1, 0.1, 0.1, 0])


def test_the_smaller_column_wins_a_tie() -> None:
    matrix = csr_array(np.array([[0.0, 2, 2], [0, 0, 0], [0, 1, 3]], np.float32))
    columns, values = largest_entries(matrix)
    assert columns.tolist() == [1, 0, 2]
    assert values.tolist() == [2, 0, 3]
