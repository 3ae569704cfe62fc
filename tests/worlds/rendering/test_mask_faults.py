"""Simulated faults of a segmenter, on a picture of squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.worlds.rendering.mask_faults import MaskFaults

NONE = MaskFaults(dropped=0, split=0, merged=0, border=0)


def squares(num: int = 10, *, side: int = 12, gap: int = 0) -> NDArray[np.int32]:
    """`num` x `num` squares side by side, with ids that are not 1, 2, 3 ..."""
    tile = np.zeros((side, side), np.int32)
    tile[: side - gap, : side - gap] = 1
    ids = 7 + 3 * np.arange(num * num, dtype=np.int32).reshape(num, num)
    result: NDArray[np.int32] = np.kron(ids, tile).astype(np.int32)
    return result


def faulty(id_map: NDArray[np.int32], faults: MaskFaults, seed: int = 0) -> NDArray[np.int32]:
    return faults.apply(id_map, rng=np.random.default_rng(seed))


def count(id_map: NDArray[np.int32]) -> int:
    return len(np.unique(id_map[id_map > 0]))


def test_without_faults_only_the_ids_change() -> None:
    truth = squares(gap=2)
    found = faulty(truth, NONE)
    np.testing.assert_array_equal(found > 0, truth > 0)
    pairs = np.unique(np.stack([truth.ravel(), found.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == 101
    assert sorted(np.unique(found)) == list(range(101))


def test_the_same_numbers_give_the_same_faults() -> None:
    truth = squares()
    before = truth.copy()
    first, again = (faulty(truth, MaskFaults(), seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(truth, before)
    assert (faulty(truth, MaskFaults(), seed=6) != first).any()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_is_dropped(share: float) -> None:
    found = faulty(squares(), MaskFaults(share, 0, 0, 0))
    assert count(found) == pytest.approx(100 * (1 - share), abs=15 if 0 < share < 1 else 0)


def test_split_masks_have_two_even_parts() -> None:
    truth = squares(3, gap=2)
    found = faulty(truth, MaskFaults(0, 1, 0, 0))
    np.testing.assert_array_equal(found > 0, truth > 0)
    assert count(found) == 18
    for one in np.unique(truth[truth > 0]):
        parts, sizes = np.unique(found[truth == one], return_counts=True)
        assert len(parts) == 2 and sizes.min() >= 0.35 * sizes.sum()


def test_merged_masks_are_those_of_neighbors() -> None:
    truth = squares(6)
    found = faulty(truth, MaskFaults(0, 0, 0.5, 0))
    assert 4 < count(found) < 30
    for one in np.unique(truth):
        assert count(found[truth == one]) == 1  # whole objects
    alone = squares(3, gap=8)
    assert count(faulty(alone, MaskFaults(0, 0, 1, 0))) == 9  # nothing is beside them


def test_borders_move_by_at_most_their_limit() -> None:
    truth = np.zeros((40, 40), np.int32)
    truth[10:30, 10:30] = 5
    sizes = {
        int((faulty(truth, MaskFaults(0, 0, 0, 3), seed=seed) > 0).any(axis=0).sum())
        for seed in range(40)
    }
    assert sizes == {14, 16, 18, 20, 22, 24, 26}


def test_an_empty_picture_stays_empty() -> None:
    assert not faulty(np.zeros((5, 6), np.int32), MaskFaults()).any()


@pytest.mark.parametrize("name", ["dropped", "split", "merged"])
@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_shares_out_of_range_are_refused(name: str, share: float) -> None:
    changes: dict[str, Any] = {name: share}
    with pytest.raises(ConventionError) as caught:
        MaskFaults(**changes)
    assert str(caught.value) == f"MaskFaults.{name}: expected 0 to 1, got {share:g}"


def test_a_negative_border_is_refused() -> None:
    with pytest.raises(ConventionError) as caught:
        MaskFaults(border=-1)
    assert str(caught.value) == "MaskFaults.border: expected 0 or more, got -1"
