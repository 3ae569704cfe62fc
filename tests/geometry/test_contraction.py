"""Greedy contraction against a slow reference, and what it must not do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.geometry.contraction import contract

cases = st.tuples(st.integers(0, 10_000), st.integers(0, 14), st.sampled_from([-1.0, 0.0, 1.0]))


def random_odds(seed: int, num: int, shift: float) -> NDArray[np.float32]:
    """A few pairs must never be joined: minus infinity."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(shift, 2.0, (num, num))
    odds[rng.random((num, num)) < 0.03] = -np.inf
    return (odds + odds.T).astype(np.float32)


def partition(group: NDArray[np.int64]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(group == g).tolist()) for g in np.unique(group)}


def slow_contract(
    odds: NDArray[np.floating], margin: float, max_members: int | None = None
) -> NDArray[np.int64]:
    """Looks through all pairs of groups anew before every merge, lowest numbers first."""
    count = len(odds)
    parts = {i: [i] for i in range(count)}
    sums = {(a, b): odds[a, b] for b in range(count) for a in range(b)}
    while sums:
        (a, b), best = min(sums.items(), key=lambda item: (-item[1], item[0]))
        if not best > margin:
            break
        if max_members is not None and len(parts[a]) + len(parts[b]) > max_members:
            sums[a, b] = odds.dtype.type(-np.inf)
            continue
        parts[a] += parts.pop(b)
        for other in parts:
            if other not in (a, b):
                sums[min(a, other), max(a, other)] += sums[min(b, other), max(b, other)]
        sums = {pair: value for pair, value in sums.items() if b not in pair}
    group = np.zeros(count, np.int64)
    for number, members in parts.items():
        group[members] = number
    return group


def tied_odds(seed: int, num: int) -> NDArray[np.float32]:
    """Small whole numbers, so that many links and sums of links are equal."""
    odds = np.triu(np.random.default_rng(seed).integers(-2, 3, (num, num)), 1)
    return (odds + odds.T).astype(np.float32)


@given(
    st.integers(0, 10_000),
    st.integers(0, 14),
    st.sampled_from([0.0, 1.0]),
    st.sampled_from([None, 2, 4]),
    st.sampled_from([np.float32, np.float64]),
)
@settings(deadline=None)
def test_of_equal_links_the_lowest_numbers_go_first(
    seed: int, num: int, margin: float, max_members: int | None, dtype: type
) -> None:
    odds = tied_odds(seed, num).astype(dtype)
    group = contract(odds, margin=margin, max_members=max_members)
    assert np.array_equal(group, slow_contract(odds, margin, max_members))


@given(cases, st.integers(1, 5))
@settings(deadline=None)
def test_groups_grow_no_larger_than_the_limit(
    case: tuple[int, int, float], max_members: int
) -> None:
    odds = random_odds(*case).astype(np.float64)
    group = contract(odds, margin=0.0, max_members=max_members)
    assert np.array_equal(group, slow_contract(odds, 0.0, max_members))
    assert np.bincount(group).max(initial=0) <= max_members


@given(cases, st.sampled_from([0.0, 1.0, 3.0]))
@settings(deadline=None)
def test_groups_agree_with_the_slow_contraction(
    case: tuple[int, int, float], margin: float
) -> None:
    odds = random_odds(*case).astype(np.float64)
    group = contract(odds, margin=margin)
    assert np.array_equal(group, slow_contract(odds, margin))
    for number in np.unique(group):
        assert np.flatnonzero(group == number)[0] == number, "named after the smallest member"


@given(cases, st.integers(0, 100))
@settings(deadline=None)
def test_the_order_of_items_does_not_matter(case: tuple[int, int, float], seed: int) -> None:
    odds = random_odds(*case).astype(np.float64)
    order = np.random.default_rng(seed).permutation(len(odds))
    shuffled = partition(contract(odds[np.ix_(order, order)], margin=1.0))
    assert {frozenset(order[list(part)].tolist()) for part in shuffled} == partition(
        contract(odds, margin=1.0)
    )


def two_groups(inside: float, between: float) -> NDArray[np.float32]:
    """Items 0 to 3 and 4 to 7."""
    side = np.arange(8) < 4
    return np.where(side[:, None] == side[None], inside, between).astype(np.float32)


def test_two_clear_groups_are_found() -> None:
    assert contract(two_groups(3, -3), margin=1.0).tolist() == [0] * 4 + [4] * 4


def test_one_wrong_link_does_not_chain_two_groups() -> None:
    odds = two_groups(3, -1)
    odds[3, 4] = odds[4, 3] = 2.5
    assert contract(odds, margin=1.0).tolist() == [0] * 4 + [4] * 4


def test_items_that_no_one_tells_apart_are_chained() -> None:
    odds = np.zeros((4, 4), np.float32)
    for i in range(3):
        odds[i, i + 1] = odds[i + 1, i] = 2
    assert contract(odds, margin=1.0).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("link", "expected"), [(1.0, [0, 1]), (1.01, [0, 0]), (-5.0, [0, 1])])
def test_a_link_must_beat_the_margin(link: float, expected: list[int]) -> None:
    odds = np.array([[0, link], [link, 0]], np.float32)
    assert contract(odds, margin=1.0).tolist() == expected


def test_the_diagonal_says_nothing_and_the_input_is_kept() -> None:
    odds = two_groups(3, -3)
    with_diagonal = odds + 100 * np.eye(8, dtype=np.float32)
    before = with_diagonal.copy()
    assert np.array_equal(contract(with_diagonal, margin=1.0), contract(odds, margin=1.0))
    assert np.array_equal(with_diagonal, before)


def test_nothing_to_group() -> None:
    assert contract(np.zeros((0, 0), np.float32), margin=1.0).tolist() == []
    assert contract(np.zeros((3, 3), np.float32), margin=1.0).tolist() == [0, 1, 2]
