"""Ids of objects whose members change."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.fusion.stable_ids import carried_objects, stable_ids


@pytest.mark.parametrize(
    ("won", "instance", "group", "expected", "merged", "split"),
    [
        # nothing changes
        ([90, 50], [1, 2], [0, 1], [1, 2], [], []),
        # two become one: the id with more voxels stays
        ([90, 50], [1, 2], [0, 0], [1, 1], [(1, 2)], []),
        ([50, 90], [1, 2], [0, 0], [2, 2], [(2, 1)], []),
        ([50, 40, 60], [1, 1, 2], [0, 0, 0], [1, 1, 1], [(1, 2)], []),
        # one becomes two: the larger part keeps the id
        ([50, 90], [1, 1], [0, 1], [2, 1], [], [(1, 2)]),
        ([50, 90, 20], [4, 4, 4], [0, 1, 2], [5, 4, 6], [], [(4, 5), (4, 6)]),
        # a part moves over: no id comes or goes
        ([90, 30, 50], [1, 1, 2], [0, 1, 1], [1, 2, 2], [], []),
        # a part takes over what is smaller, whose id is free again for it
        ([90, 50, 30], [1, 1, 2], [0, 1, 1], [1, 2, 2], [], []),
        # fragments without an id take that of their group, or stay without
        ([90, 50, 30], [1, 0, 0], [0, 0, 1], [1, 1, 0], [], []),
        ([20, 50], [1, 0], [0, 0], [1, 1], [], []),
    ],
)
def test_objects_keep_the_id_of_most_of_their_voxels(
    won: list[int],
    instance: list[int],
    group: list[int],
    expected: list[int],
    merged: list[tuple[int, int]],
    split: list[tuple[int, int]],
) -> None:
    result = stable_ids(
        np.array(group, np.int32),
        np.array(instance, np.int32),
        np.array(won),
        next_id=max(instance) + 1,
    )
    assert result.of_object[group].tolist() == expected
    assert (result.merged, result.split) == (merged, split)
    assert result.next_id == max(*instance, *expected) + 1


def test_no_objects() -> None:
    none = np.zeros(0, np.int32)
    result = stable_ids(none, none, none, next_id=4)
    assert len(result.of_object) == 0 and result.next_id == 4


def test_a_group_goes_with_the_object_of_its_largest_fragment() -> None:
    joined = np.array([4, 4, 7, 9, 9], np.int32)
    group = np.array([0, 1, 1, 2, 0], np.int32)
    won = np.array([10, 20, 30, 40, 50])
    # Groups 0 and 2 go with object 9, group 1 with object 7.
    assert carried_objects(joined, group, won).tolist() == [1, 0, 0, 1, 1]
