"""Evidence on pairs of fragments, from constructed frames."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.fusion.evidence import PairEvidence
from scenewright.geometry.pair_evidence import OTHER_RANGE, SAME_RANGE


def gather(*frames: list[list[int]], total: list[int] | None = None) -> PairEvidence:
    """Evidence of frames, each a row of voxel counts per mask with a column per fragment."""
    evidence = PairEvidence()
    num = len(frames[0][0])
    evidence.reserve(num)
    for frame in frames:
        evidence.add(
            np.array(frame, np.int32),
            np.array([0] * num if total is None else total, np.int64),
            coverage=0.7,
            least=8,
        )
    return evidence


def odds_table(evidence: PairEvidence) -> NDArray[np.float32]:
    """(F, F) log-odds of all pairs."""
    every = np.arange(evidence.num_fragments)
    return evidence.log_odds(every[:, None], every[None, :])


def pairs(evidence: PairEvidence, name: str) -> dict[tuple[int, int], float]:
    """Counts above 0 of pairs (a, b) with a < b; fails if the table is not symmetric."""
    table = getattr(evidence, name)
    assert np.array_equal(table, table.T)
    rows, columns = np.nonzero(np.triu(table, 1))
    return {(int(a), int(b)): float(table[a, b]) for a, b in zip(rows, columns, strict=True)}


def test_one_mask_puts_together_and_two_keep_apart() -> None:
    evidence = gather([[20, 20, 0], [0, 0, 20]])
    assert pairs(evidence, "together") == {(0, 1): 1}
    assert pairs(evidence, "apart") == {(0, 2): 1, (1, 2): 1}


def test_frames_add_up() -> None:
    evidence = gather([[20, 20], [0, 0]], [[20, 0], [0, 20]], [[0, 20], [20, 0]])
    assert pairs(evidence, "together") == {(0, 1): 1}
    assert pairs(evidence, "apart") == {(0, 1): 2}


@pytest.mark.parametrize(
    ("second", "is_heard"),
    [
        ([0, 7], False),  # too few voxels
        ([0, 8], True),
        ([12, 18], False),  # no mask holds 70 % of it
        ([6, 14], True),
        ([0, 0], False),  # not in sight
    ],
)
def test_a_fragment_speaks_only_when_seen_well_and_whole(second: list[int], is_heard: bool) -> None:
    evidence = gather([[20, second[0]], [0, second[1]]])
    assert pairs(evidence, "apart") == ({(0, 1): 1} if is_heard else {})
    assert pairs(evidence, "together") == {}


def test_a_glimpse_of_a_large_fragment_says_nothing() -> None:
    frame = [[20, 0], [0, 40]]
    assert pairs(gather(frame, total=[20, 800]), "apart") == {(0, 1): 1}
    assert pairs(gather(frame, total=[20, 801]), "apart") == {}


def test_no_masks_say_nothing() -> None:
    evidence = PairEvidence()
    evidence.reserve(2)
    evidence.add(np.zeros((0, 2), np.int32), np.zeros(2, np.int64), coverage=0.7, least=8)
    assert not evidence.together.any() and not evidence.apart.any()
    evidence.adapt(*evidence.pairs())
    assert not odds_table(evidence).any()


def test_log_odds_follow_from_the_estimated_chances() -> None:
    evidence = gather([[20, 20, 0], [0, 0, 20]], [[20, 0, 0], [0, 20, 20]], [[20, 20, 20]])
    together, apart = evidence.together[0, 1], evidence.apart[0, 1]
    assert (together, apart) == (2, 1)
    p_same, p_other = evidence.likelihoods.same, evidence.likelihoods.other
    expected = np.log(p_same**2 * (1 - p_same) / (p_other**2 * (1 - p_other)))
    assert odds_table(evidence)[0, 1] == pytest.approx(expected, rel=1e-5)
    first, second = np.array([0, 2]), np.array([1, 0])
    some = evidence.log_odds(first, second)
    assert some.tolist() == [odds_table(evidence)[0, 1], odds_table(evidence)[2, 0]]


def test_together_speaks_for_a_pair_and_apart_against() -> None:
    together, apart = gather([[20, 20]]), gather([[20, 0], [0, 20]])
    assert odds_table(together)[0, 1] > 0 > odds_table(apart)[0, 1]


def test_pairs_that_no_frame_showed_are_unknown() -> None:
    evidence = gather([[20, 20, 0], [0, 0, 3]])
    first, second = np.array([0, 0, 1]), np.array([1, 2, 2])
    assert evidence.is_unknown(first, second).tolist() == [False, True, True]


def adapted(together: int, apart: int, *, num_pairs: int = 20) -> PairEvidence:
    """Evidence of pairs (0, 1), (2, 3) ... with the same counts each, after a few steps."""
    evidence = PairEvidence()
    evidence.reserve(2 * num_pairs)
    same: list[NDArray[np.int32]] = []
    other: list[NDArray[np.int32]] = []
    for pair in range(num_pairs):
        row = np.zeros(2 * num_pairs, np.int32)
        row[2 * pair : 2 * pair + 2] = 20
        same.append(row[None])
        parts = np.zeros((2, len(row)), np.int32)
        parts[[0, 1], [2 * pair, 2 * pair + 1]] = 20
        other.append(parts)
    total = np.zeros(2 * num_pairs, np.int64)
    for frames, count in ((same, together), (other, apart)):
        for _ in range(count):
            for won in frames:
                evidence.add(won, total, coverage=0.7, least=8)
    for _ in range(5):
        evidence.adapt(*evidence.pairs())
    return evidence


def test_a_stream_with_many_splits_makes_apart_cheap() -> None:
    before, clean, torn = PairEvidence(), adapted(9, 0), adapted(9, 6)
    assert clean.likelihoods.same > before.likelihoods.same > torn.likelihoods.same
    assert torn.likelihoods.same == pytest.approx(9 / 15, abs=0.05)
    chances = [evidence.likelihoods for evidence in (clean, before, torn)]
    split_costs = [-np.log((1 - chance.same) / (1 - chance.other)) for chance in chances]
    assert split_costs == sorted(split_costs, reverse=True)


def test_a_stream_with_many_wrong_merges_makes_together_cheap() -> None:
    before, sloppy = PairEvidence(), adapted(2, 8)
    assert sloppy.likelihoods.other > before.likelihoods.other
    assert sloppy.likelihoods.other == pytest.approx(0.2, abs=0.05)
    assert sloppy.likelihoods.same == pytest.approx(before.likelihoods.same, abs=0.02)


@pytest.mark.parametrize(("together", "apart"), [(30, 0), (12, 9), (3, 30), (8, 8)])
def test_estimates_stay_within_their_limits(together: int, apart: int) -> None:
    evidence = adapted(together, apart)
    assert SAME_RANGE[0] <= evidence.likelihoods.same <= SAME_RANGE[1]
    assert OTHER_RANGE[0] <= evidence.likelihoods.other <= OTHER_RANGE[1]


def test_pairs_that_were_never_together_teach_nothing() -> None:
    before, apart = PairEvidence(), adapted(0, 30)
    found, prior = apart.likelihoods, before.likelihoods
    assert (found.same, found.other) == pytest.approx((prior.same, prior.other))


def random_evidence(num: int) -> PairEvidence:
    rng = np.random.default_rng(num)
    frames = [(30 * np.eye(4, dtype=int)[rng.integers(0, 4, num)].T).tolist() for _ in range(9)]
    return gather(*frames)


def test_keeping_some_numbers_them_anew() -> None:
    evidence, kept = random_evidence(10), np.array([2, 3, 7, 9])
    together, apart = evidence.together.copy(), evidence.apart.copy()
    assert together.any() and apart.any()
    evidence.keep(kept)
    assert np.array_equal(evidence.together, together[np.ix_(kept, kept)])
    assert np.array_equal(evidence.apart, apart[np.ix_(kept, kept)])
    evidence.reserve(10)
    assert evidence.together.shape == (10, 10)
    assert not evidence.together[4:].any() and not evidence.apart[:, 4:].any()


def test_fragments_that_are_kept_must_ascend() -> None:
    message = "kept: expected fragments in ascending order, got 3 before 2"
    with pytest.raises(ConventionError, match=message):
        random_evidence(10).keep(np.array([1, 3, 2]))


def test_counts_survive_growth() -> None:
    evidence = random_evidence(10)
    together = evidence.together.copy()
    for num in (60, 70, 500):
        evidence.reserve(num)
        assert evidence.together.shape == evidence.apart.shape == (num, num)
        assert np.array_equal(evidence.together[:10, :10], together)
        assert not evidence.together[10:].any()


def with_affinity() -> PairEvidence:
    """Two frames: masks vote for fragments 0, 2 and none, then for 2 and 3."""
    evidence = PairEvidence()
    evidence.reserve(4)
    table = np.array([[1, 0.25, 0.5], [0.25, 1, 0.75], [0.5, 0.75, 1]], np.float32)
    evidence.add_affinity(table, np.array([0, 2, -1], np.int32))
    unsure = np.array([[1, 0.5], [0.5, np.nan]], np.float32)
    evidence.add_affinity(unsure, np.array([2, 3], np.int32))
    return evidence


def test_affinities_add_up_per_pair_of_fragments() -> None:
    evidence = with_affinity()
    assert pairs(evidence, "affinity") == {(0, 2): 0.25, (2, 3): 0.5}
    assert pairs(evidence, "affinity_weight") == {(0, 2): 1, (2, 3): 1}
    assert evidence.affinity.diagonal().tolist() == [1, 0, 2, 0]
    assert evidence.affinity_weight.diagonal().tolist() == [1, 0, 2, 0]
    assert not evidence.together.any() and not evidence.apart.any()


def test_unknown_affinities_count_for_nothing() -> None:
    evidence = PairEvidence()
    evidence.reserve(2)
    evidence.add_affinity(np.full((2, 2), np.nan, np.float32), np.array([0, 1], np.int32))
    assert not evidence.affinity.any() and not evidence.affinity_weight.any()


def test_affinities_stay_with_the_fragments_that_are_kept() -> None:
    evidence = with_affinity()
    evidence.keep(np.array([2, 3]))
    assert pairs(evidence, "affinity") == {(0, 1): 0.5}
    assert evidence.affinity_weight.tolist() == [[2, 1], [1, 0]]
    evidence.reserve(100)
    assert pairs(evidence, "affinity") == {(0, 1): 0.5}
    assert evidence.affinity[2:].sum() == 0


def test_a_copy_has_the_evidence_of_its_source_but_none_on_the_two() -> None:
    evidence = gather([[30, 30, 0, 0], [0, 0, 30, 0]], [[30, 0, 0, 0], [0, 30, 30, 0]])
    before = evidence.together[:3, :3].copy()
    evidence.copy(1, 3)
    assert pairs(evidence, "together") == {(0, 1): 1, (1, 2): 1, (0, 3): 1, (2, 3): 1}
    assert pairs(evidence, "apart") == {(0, 1): 1, (0, 2): 2, (1, 2): 1, (0, 3): 1, (2, 3): 1}
    assert np.array_equal(evidence.together[:3, :3], before)
