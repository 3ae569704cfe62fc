"""Overlap of masks and groups, and their pairing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.fusion.associate import HELD_DISCOUNT, match, overlap_scores
from scenewright.fusion.votes import NO_GROUP


def test_overlap_is_iou_over_voxels_that_both_sides_know() -> None:
    # Row 0: voxels of no mask. Mask 1 holds 30 of group 0 and 10 of group 1.
    won = np.array([[100, 5], [30, 10], [0, 20]])
    scores = overlap_scores(won, np.zeros_like(won), np.zeros(3, int))
    expected = [[30 / (40 + 30 - 30), 10 / (40 + 30 - 10)], [0, 20 / (20 + 30 - 20)]]
    assert scores == pytest.approx(np.array(expected))


def test_votes_held_count_a_little_less_than_voxels_won() -> None:
    # Group 1 has won nothing, but has votes on all 40 voxels of the mask.
    won = np.array([[0, 0], [40, 0]])
    held = np.array([[0, 0], [40, 40]])
    scores = overlap_scores(won, held, np.array([0, 40]))
    assert scores == pytest.approx(np.array([[1.0, HELD_DISCOUNT]]))
    assert 0.5 < HELD_DISCOUNT < 1


def test_overlap_of_nothing_is_nothing() -> None:
    empty = np.zeros((1, 0), int)
    assert overlap_scores(empty, empty, np.zeros(1, int)).shape == (0, 0)
    none = np.zeros((3, 2), int)
    assert not overlap_scores(none, none, np.zeros(3, int)).any()


@given(st.integers(0, 10_000), st.integers(0, 6), st.integers(0, 6))
@settings(deadline=None)
def test_pairs_are_one_to_one_and_none_is_left_out(seed: int, masks: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.random((masks, groups))
    is_allowed = rng.random((masks, groups)) < 0.7
    result = match(scores, is_allowed=is_allowed, least=0.3)
    usable = is_allowed & (scores >= 0.3)
    taken = [int(g) for g in result if g != NO_GROUP]
    assert len(taken) == len(set(taken))
    value = np.array([scores[m, g] if g != NO_GROUP else -1 for m, g in enumerate(result)])
    of_group = {int(g): value[m] for m, g in enumerate(result) if g != NO_GROUP}
    for mask, group in np.argwhere(usable).tolist():
        # One side of every pair that was not formed is in a pair that is at least as good.
        assert max(value[mask], of_group.get(group, -1)) >= scores[mask, group]
    for mask, group in enumerate(result.tolist()):
        assert group == NO_GROUP or usable[mask, group]


def test_the_better_mask_takes_the_group_and_the_other_its_second_choice() -> None:
    scores = np.array([[0.6, 0.5], [0.9, 0.1]])
    allowed = np.ones((2, 2), bool)
    assert match(scores, is_allowed=allowed, least=0.25).tolist() == [1, 0]
    assert match(scores, is_allowed=allowed, least=0.55).tolist() == [NO_GROUP, 0]
    allowed[1, 0] = False
    assert match(scores, is_allowed=allowed, least=0.25).tolist() == [0, NO_GROUP]
    assert match(scores, is_allowed=allowed, least=0.6).tolist() == [0, NO_GROUP]
