"""Votes on voxels against slow references in plain Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.fusion.votes import (
    MAX_FRAGMENTS,
    NO_FRAGMENT,
    NO_GROUP,
    VoteTable,
    cast_votes,
    group_votes,
    tally,
    vote_weights,
    winners,
)
from scenewright.geometry.surface_volume import Hits

seeds = st.integers(0, 10_000)
SLOTS, FRAGMENTS, MASKS = 12, 9, 4


@dataclass
class Case:
    """A random table: whole-number weights, so that sums are exact and ties happen."""

    rng: np.random.Generator
    fragment: NDArray[np.int32]
    weight: NDArray[np.float32]
    group_of: NDArray[np.int32]

    @property
    def num_groups(self) -> int:
        return int(self.group_of.max()) + 1


def make_case(seed: int, *, dead: float = 0.2, free: float = 0.3) -> Case:
    rng = np.random.default_rng(seed)
    fragment = np.array(
        [rng.permutation(FRAGMENTS)[:MAX_FRAGMENTS] for _ in range(SLOTS)], np.int32
    )
    weight = rng.integers(1, 5, fragment.shape).astype(np.float32)
    is_free = rng.random(fragment.shape) < free
    fragment[is_free], weight[is_free] = NO_FRAGMENT, 0
    group_of = rng.integers(0, 4, FRAGMENTS).astype(np.int32)
    group_of[rng.random(FRAGMENTS) < dead] = NO_GROUP
    group_of[0] = 3
    return Case(rng, fragment, weight, group_of)


def votes_of(case: Case, slot: int) -> dict[int, float]:
    """Votes per living fragment."""
    return {
        int(f): float(w)
        for f, w in zip(case.fragment[slot], case.weight[slot], strict=True)
        if f >= 0 and case.group_of[f] >= 0
    }


def sums_of(case: Case, slot: int) -> dict[int, float]:
    """Votes per group."""
    sums: dict[int, float] = {}
    for fragment, weight in votes_of(case, slot).items():
        group = int(case.group_of[fragment])
        sums[group] = sums.get(group, 0) + weight
    return sums


@given(seeds)
@settings(deadline=None, max_examples=60)
def test_the_strongest_fragment_of_the_strongest_group_wins(seed: int) -> None:
    case = make_case(seed)
    slots = case.rng.permutation(SLOTS)[:8].astype(np.int32)
    won = winners(slots, case.fragment, case.weight, case.group_of)
    for slot, winner in zip(slots.tolist(), won.tolist(), strict=True):
        votes, sums = votes_of(case, slot), sums_of(case, slot)
        if not votes:
            assert winner == NO_FRAGMENT
            continue
        group = case.group_of[winner]
        assert sums[group] == max(sums.values())
        assert votes[winner] == max(w for f, w in votes.items() if case.group_of[f] == group)


def test_two_weak_fragments_of_one_group_beat_a_strong_one() -> None:
    fragment = np.array([[0, 1, 2, -1, -1, -1]], np.int32)
    weight = np.array([[5, 3, 4, 0, 0, 0]], np.float32)
    slots = np.zeros(1, np.int32)
    assert winners(slots, fragment, weight, np.array([0, 1, 2], np.int32)).tolist() == [0]
    assert winners(slots, fragment, weight, np.array([0, 1, 1], np.int32)).tolist() == [2]
    assert winners(slots, fragment, weight, np.array([-1, 1, -1], np.int32)).tolist() == [1]
    assert winners(slots, fragment, weight, np.full(3, -1, np.int32)).tolist() == [NO_FRAGMENT]


@given(seeds)
@settings(deadline=None, max_examples=60)
def test_tally_counts_like_a_loop(seed: int) -> None:
    case = make_case(seed)
    slots = case.rng.permutation(SLOTS).astype(np.int32)
    mask = case.rng.integers(0, MASKS + 1, SLOTS).astype(np.int32)
    winner = winners(slots, case.fragment, case.weight, case.group_of)
    won, held, any_held = tally(
        slots, mask, winner, MASKS, case.fragment, case.group_of, case.num_groups
    )
    expected_won = np.zeros((MASKS + 1, FRAGMENTS + 1), int)
    expected_held = np.zeros((MASKS + 1, case.num_groups), int)
    expected_any = np.zeros(MASKS + 1, int)
    for slot, m, fragment in zip(slots, mask, winner, strict=True):
        expected_won[m, fragment] += 1  # no fragment is -1: the last column
        groups = {int(case.group_of[f]) for f in votes_of(case, int(slot))}
        expected_held[m, list(groups)] += 1
        expected_any[m] += bool(groups)
    assert np.array_equal(won, expected_won)
    assert np.array_equal(held, expected_held)
    assert np.array_equal(any_held, expected_any)


def slow_cast(
    case: Case,
    slot: int,
    target: tuple[int, int],
    vote: float,
) -> None:
    """Adds one vote to (group, fallback fragment); drops dead fragments, replaces the weakest."""
    fragment, weight = case.fragment[slot], case.weight[slot]
    for entry in range(MAX_FRAGMENTS):
        if fragment[entry] >= 0 and case.group_of[fragment[entry]] < 0:
            fragment[entry], weight[entry] = NO_FRAGMENT, 0
    used = [p for p in range(MAX_FRAGMENTS) if fragment[p] >= 0]
    existing = [p for p in used if case.group_of[fragment[p]] == target[0]]
    if existing:
        weight[max(existing, key=lambda p: weight[p])] += vote
    else:
        weakest = min(range(MAX_FRAGMENTS), key=lambda p: weight[p])
        fragment[weakest], weight[weakest] = target[1], vote


@pytest.mark.parametrize("free", [0.0, 0.4], ids=["full", "with unused entries"])
@given(seed=seeds)
@settings(deadline=None, max_examples=40)
def test_casting_votes_like_a_loop(seed: int, free: float) -> None:
    case, slow = make_case(seed, free=free), make_case(seed, free=free)
    rng = case.rng
    slots = rng.permutation(SLOTS)[:9].astype(np.int32)
    mask = rng.integers(0, MASKS + 1, len(slots)).astype(np.int32)
    vote = rng.integers(1, 4, len(slots)).astype(np.float32)
    visible = (vote + 1).astype(np.float32)
    target_fragment = np.full(MASKS + 1, NO_FRAGMENT, np.int32)
    living = np.flatnonzero(case.group_of >= 0)
    target_fragment[1:MASKS] = rng.choice(living, MASKS - 1)  # the last mask has no target
    target_group = np.where(target_fragment >= 0, case.group_of[target_fragment], NO_GROUP).astype(
        np.int32
    )
    is_protected = rng.random((MASKS + 1, case.num_groups)) < 0.3
    winner = winners(slots, case.fragment, case.weight, case.group_of)
    seen, expected_seen = np.ones(SLOTS, np.float32), np.ones(SLOTS, np.float32)
    cast_votes(
        slots, mask, vote, visible, winner, target_group, target_fragment, is_protected,
        case.fragment, case.weight, seen, case.group_of,
    )  # fmt: skip
    for row, slot in enumerate(slots.tolist()):
        expected_seen[slot] += visible[row]
        m = mask[row]
        holder = case.group_of[winner[row]] if winner[row] >= 0 else target_group[m]
        if m == 0 or target_group[m] == NO_GROUP:
            continue
        if holder != target_group[m] and is_protected[m, holder]:
            continue
        slow_cast(slow, slot, (int(target_group[m]), int(target_fragment[m])), float(vote[row]))
    assert np.array_equal(seen, expected_seen)
    assert np.array_equal(case.fragment, slow.fragment)
    assert np.array_equal(case.weight, slow.weight)
    assert ((case.fragment >= 0) | (case.weight == 0)).all()


def test_the_weakest_is_replaced_when_all_entries_are_used() -> None:
    fragment = np.arange(MAX_FRAGMENTS, dtype=np.int32)[None].copy()
    weight = np.array([[4, 3, 2, 5, 6, 7]], np.float32)
    one = np.ones(1, np.float32)
    cast_votes(
        np.zeros(1, np.int32), np.ones(1, np.int32), one, one, np.array([5], np.int32),
        np.array([-1, 6], np.int32), np.array([-1, 6], np.int32), np.zeros((2, 7), bool),
        fragment, weight, np.zeros(1, np.float32), np.arange(7, dtype=np.int32),
    )  # fmt: skip
    assert fragment.tolist() == [[0, 1, 6, 3, 4, 5]]
    assert weight.tolist() == [[4, 3, 1, 5, 6, 7]]


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_group_votes_add_up_like_a_loop(seed: int) -> None:
    case = make_case(seed)
    group = case.rng.integers(-1, case.num_groups, SLOTS).astype(np.int32)
    existing, everyone = group_votes(case.fragment, case.weight, case.group_of, group)
    sums = [sums_of(case, slot) for slot in range(SLOTS)]
    assert existing.tolist() == [s.get(int(g), 0) for s, g in zip(sums, group, strict=True)]
    assert everyone.tolist() == [sum(s.values()) for s in sums]


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_renumbering_moves_every_vote_and_drops_those_of_nobody(seed: int) -> None:
    case = make_case(seed, dead=0)
    table = VoteTable()
    table.reserve(SLOTS)
    table.fragment[:SLOTS], table.weight[:SLOTS] = case.fragment, case.weight
    new_of = case.rng.permutation(FRAGMENTS).astype(np.int32)
    new_of[case.rng.random(FRAGMENTS) < 0.3] = NO_FRAGMENT
    before = [votes_of(case, slot) for slot in range(SLOTS)]
    table.renumber(new_of)
    for slot, votes in enumerate(before):
        entries = zip(table.fragment[slot].tolist(), table.weight[slot].tolist(), strict=True)
        after = {f: w for f, w in entries if f >= 0}
        assert after == {int(new_of[f]): w for f, w in votes.items() if new_of[f] >= 0}
    assert not table.weight[table.fragment < 0].any()


def test_a_table_keeps_its_votes_when_it_grows() -> None:
    table = VoteTable()
    table.reserve(3)
    table.fragment[1, 2], table.weight[1, 2], table.seen[1] = 5, 2.5, 4.0
    for size in (2, 10, 1000):
        table.reserve(size)
        assert len(table.fragment) == len(table.weight) == len(table.seen) >= size
    assert np.argwhere(table.fragment >= 0).tolist() == [[1, 2]]
    assert table.weight.sum() == 2.5 and table.seen.sum() == 4.0
    labels = table.labels(np.arange(6, dtype=np.int32), 4)
    assert labels.tolist() == [NO_FRAGMENT, 5, NO_FRAGMENT, NO_FRAGMENT]


def test_a_vote_counts_by_pixels_share_and_score() -> None:
    hits = Hits(
        np.arange(4, dtype=np.int32),
        np.array([1, 2, 2, 0], np.int32),
        np.array([1.0, 0.5, 1.0, 1.0], np.float32),
        np.array([2, 8, 80, 8], np.int32),
    )
    vote, visible = vote_weights(hits, np.array([1.0, 0.5], np.float32), 8.0)
    assert visible.tolist() == [0.25, 1.0, 1.0, 1.0]
    assert vote.tolist() == [0.25, 0.25, 0.5, 0.0]
    assert vote.dtype == visible.dtype == np.float32
