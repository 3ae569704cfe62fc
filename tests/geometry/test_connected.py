"""Connected groups against a walk over the links."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.geometry.connected import connected_groups, find_root

graphs = st.integers(1, 12).flatmap(
    lambda num: st.tuples(
        st.just(num),
        st.lists(st.tuples(st.integers(0, num - 1), st.integers(0, num - 1)), max_size=14),
    )
)


def walked(num: int, links: list[tuple[int, int]]) -> list[int]:
    """Group of each item; groups are numbered as they are met."""
    group = [-1] * num
    for start in range(num):
        if group[start] >= 0:
            continue
        number, waiting = max(group) + 1, [start]
        while waiting:
            item = waiting.pop()
            if group[item] < 0:
                group[item] = number
                waiting += [b for a, b in links if a == item]
                waiting += [a for a, b in links if b == item]
    return group


@given(graphs)
@settings(deadline=None)
def test_groups_are_those_of_a_walk(graph: tuple[int, list[tuple[int, int]]]) -> None:
    num, links = graph
    first, second = np.array(links, np.int64).reshape(-1, 2).T
    groups = connected_groups(first, second, count=num)
    assert groups.dtype == np.int32
    assert groups.tolist() == walked(num, links)


def test_nothing_to_connect() -> None:
    none = np.zeros(0, np.int64)
    assert connected_groups(none, none, count=0).tolist() == []
    assert connected_groups(none, none, count=3).tolist() == [0, 1, 2]


@given(graphs)
@settings(deadline=None)
def test_roots_join_what_is_linked(graph: tuple[int, list[tuple[int, int]]]) -> None:
    num, links = graph
    parent = np.arange(num, dtype=np.int32)
    for a, b in links:
        low, high = sorted((find_root(parent, a), find_root(parent, b)))
        parent[high] = low
    roots = [find_root(parent, item) for item in range(num)]
    groups = walked(num, links)
    assert [groups.index(number) for number in groups] == roots


def test_the_path_to_a_root_is_shortened() -> None:
    parent = np.array([0, 0, 1, 2, 3], np.int32)
    assert find_root(parent, 4) == 0
    assert parent.tolist() == [0, 0, 0, 2, 2]
