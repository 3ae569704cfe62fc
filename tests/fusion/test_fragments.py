"""The table of fragments: appended, copied and dropped rows."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.fusion.fragments import Fragments


def three_fragments(*, has_embeddings: bool = True) -> Fragments:
    """Three fragments with different values, in the groups 0 to 2."""
    fragments = Fragments()
    fragments.append(3, 0, 7)
    fragments.won[:] = [5, 6, 7]
    fragments.num_frames[:] = [1, 2, 3]
    fragments.instance[:] = [4, 0, 9]
    if has_embeddings:
        fragments.embedding = np.array([[1, 0], [0, 2], [3, 3]], np.float32)
    fragments.labels.add(
        np.array([-1, 0, 2]), ["cup", "table"],
        hit_mask=np.array([1, 2, 2]), vote=np.ones(3, np.float32),
    )  # fmt: skip
    return fragments


@pytest.mark.parametrize("has_embeddings", [True, False])
def test_a_copy_is_a_new_group_with_the_same_facts(has_embeddings: bool) -> None:
    fragments = three_fragments(has_embeddings=has_embeddings)
    new = fragments.copy(2)
    assert new == 3 and len(fragments) == 4
    assert fragments.group.tolist() == fragments.joined.tolist() == [0, 1, 2, 3]
    assert fragments.won.tolist() == [5, 6, 7, 7]
    assert fragments.num_frames.tolist() == [1, 2, 3, 3]
    assert fragments.instance.tolist() == [4, 0, 9, 9]
    assert fragments.last_vote.tolist() == [7, 7, 7, 7]
    assert fragments.wall.tolist() == [-1] * 4
    assert fragments.labels.shares(np.array([3])) == fragments.labels.shares(np.array([2]))
    assert "table" in fragments.labels.shares(np.array([3]))
    assert (fragments.embedding is not None) == has_embeddings
    if fragments.embedding is not None:
        assert fragments.embedding[3].tolist() == [3, 3]


def test_a_copy_shares_no_memory() -> None:
    fragments = three_fragments()
    new = fragments.copy(0)
    fragments.won[new] = 1
    fragments.wall[new] = 2
    assert fragments.won[0] == 5 and fragments.wall.tolist() == [-1, -1, -1, 2]


def test_dropping_rows_keeps_the_others_together() -> None:
    fragments = three_fragments()
    fragments.wall[:] = [-1, 0, 1]
    fragments.keep(np.array([0, 2]))
    assert fragments.won.tolist() == [5, 7] and fragments.wall.tolist() == [-1, 1]
    assert len(fragments.labels) == 2


def test_cosines_of_embeddings() -> None:
    found = three_fragments().cosine(np.array([0, 0, 2]), np.array([0, 1, 0]))
    np.testing.assert_allclose(found, [1, 0, np.sqrt(0.5)], rtol=1e-6)
