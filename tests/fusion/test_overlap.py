"""Overlap of the masks of a frame with fragments and groups, against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.fusion.overlap import Overlap, measure_overlap
from scenewright.fusion.votes import MAX_FRAGMENTS, VoteTable, winners
from scenewright.geometry.surface_volume import Hits


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_counts_against_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    num_slots, num_fragments, num_groups, num_masks = 40, 6, 4, 3
    votes = VoteTable()
    votes.reserve(num_slots)
    for row in votes.fragment:
        row[: rng.integers(0, 4)] = -2
        row[row == -2] = rng.permutation(num_fragments)[: (row == -2).sum()]
    votes.weight[:] = rng.random(votes.weight.shape)
    group_of = rng.integers(0, num_groups - 1, num_fragments).astype(np.int32)
    slot = rng.permutation(num_slots)[:25].astype(np.int32)
    mask = rng.integers(0, num_masks + 1, 25).astype(np.int32)
    hits = Hits(slot, mask, np.ones(25, np.float32), np.ones(25, np.int32))
    winner = winners(slot, votes.fragment, votes.weight, group_of)
    found = measure_overlap(
        hits, winner, votes, group_of=group_of, num_groups=num_groups, num_masks=num_masks
    )
    by_fragment = np.zeros((num_masks + 1, num_fragments + 1))
    held = np.zeros((num_masks + 1, num_groups))
    any_held = np.zeros(num_masks + 1)
    for s, m, w in zip(slot, mask, winner, strict=True):
        by_fragment[m, w] += 1  # -1 is the last column
        known = votes.fragment[s][votes.fragment[s] >= 0]
        held[m, np.unique(group_of[known])] += 1
        any_held[m] += len(known) > 0
    member = np.eye(num_groups)[group_of]
    np.testing.assert_array_equal(found.by_fragment, by_fragment)
    np.testing.assert_array_equal(found.by_group, by_fragment[:, :-1] @ member)
    np.testing.assert_array_equal(found.held, held)
    np.testing.assert_array_equal(found.any_held, any_held)
    np.testing.assert_array_equal(found.size, np.bincount(mask, minlength=num_masks + 1))
    assert votes.fragment.shape[1] == MAX_FRAGMENTS


def test_without_fragments_nothing_is_shared() -> None:
    votes = VoteTable()
    votes.reserve(4)
    hits = Hits(
        np.arange(4, dtype=np.int32), np.array([0, 1, 1, 2], np.int32),
        np.ones(4, np.float32), np.ones(4, np.int32),
    )  # fmt: skip
    none = np.zeros(0, np.int32)
    winner = np.full(4, -1, np.int32)
    found = measure_overlap(hits, winner, votes, group_of=none, num_groups=0, num_masks=2)
    assert found.by_group.shape == found.held.shape == (3, 0)
    assert found.by_fragment.tolist() == [[1], [2], [1]] and found.size.tolist() == [1, 2, 1]
    assert found.swallowed(coverage=0.6, least=1).shape == (3, 0)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([99, 6, 4], [True, True, False]),
        ([0, 5, 5], [False, False, False]),
        ([0, 7, 0], [False, True, False]),
        ([9, 4, 0], [False, False, False]),  # too few voxels in sight
    ],
)
def test_a_mask_swallows_what_it_mostly_covers(column: list[int], expected: list[bool]) -> None:
    by_group = np.array(column, np.int64)[:, None]
    none = np.zeros((3, 1), np.int32)
    overlap = Overlap(none, by_group, none, none[:, 0], np.zeros(3, np.int64))
    assert overlap.swallowed(coverage=0.6, least=5)[:, 0].tolist() == expected
