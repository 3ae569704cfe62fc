"""What counts of together and apart are worth, against the textbook formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.geometry.pair_evidence import (
    OTHER_RANGE,
    PRIOR_OTHER,
    PRIOR_SAME,
    SAME_RANGE,
    PairLikelihoods,
)

counts = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=0, max_size=12)
chances = st.tuples(st.floats(*SAME_RANGE), st.floats(*OTHER_RANGE))


def slow_step(pairs: list[tuple[int, int]], same: float, other: float) -> tuple[float, float]:
    """One step of expectation-maximization, pair by pair."""
    found = []
    for is_same, prior, limits in (
        (True, PRIOR_SAME, SAME_RANGE), (False, PRIOR_OTHER, OTHER_RANGE),
    ):  # fmt: skip
        hits, total = prior[0], sum(prior)
        for together, apart in pairs:
            like_same = together * np.log(same) + apart * np.log(1 - same)
            like_other = together * np.log(other) + apart * np.log(1 - other)
            belief = 1 / (1 + np.exp(min(30, max(-30, like_other - like_same))))
            weight = belief if is_same else 1 - belief
            hits += weight * together
            total += weight * (together + apart)
        found.append(min(max(hits / total, limits[0]), limits[1]))
    return found[0], found[1]


@given(counts, chances)
def test_a_step_agrees_with_the_slow_one(
    pairs: list[tuple[int, int]], chance: tuple[float, float]
) -> None:
    together, apart = np.array(pairs, np.float64).reshape(-1, 2).T
    refined = PairLikelihoods(*chance).refined(together, apart)
    assert (refined.same, refined.other) == pytest.approx(slow_step(pairs, *chance), rel=1e-6)
    assert SAME_RANGE[0] <= refined.same <= SAME_RANGE[1]
    assert OTHER_RANGE[0] <= refined.other <= OTHER_RANGE[1]


@given(st.integers(0, 40), st.integers(0, 40), chances)
def test_log_odds_follow_from_bayes_rule(
    together: int, apart: int, chance: tuple[float, float]
) -> None:
    same, other = chance
    odds = PairLikelihoods(*chance).log_odds(np.array([float(together)]), np.array([float(apart)]))
    expected = together * (np.log(same) - np.log(other))
    expected += apart * (np.log(1 - same) - np.log(1 - other))
    assert odds[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_odds_keep_the_type_and_the_counts(dtype: type) -> None:
    together, apart = np.ones((3, 2), dtype), np.full((3, 2), 2, dtype)
    odds = PairLikelihoods().log_odds(together, apart)
    assert odds.dtype == dtype and odds.shape == (3, 2)
    assert (together == 1).all() and (apart == 2).all()


def test_without_pairs_the_prior_stays() -> None:
    none = np.zeros(0)
    assert PairLikelihoods().refined(none, none) == PairLikelihoods(0.85, 0.1)
