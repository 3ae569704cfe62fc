"""Work divided among processes."""

from __future__ import annotations

import os
from functools import partial

import pytest

from scenewright.core import ConventionError
from scenewright.runs.workers import in_processes


def scaled(item: int, *, factor: int) -> tuple[int, int]:
    if item == 7:
        raise ConventionError("item", expected="another", got="7")
    return item * factor, os.getpid()


def test_one_worker_is_this_process_and_keeps_the_order() -> None:
    found = list(in_processes(partial(scaled, factor=3), [2, 1, 3], 1))
    assert found == [(6, os.getpid()), (3, os.getpid()), (9, os.getpid())]
    assert list(in_processes(partial(scaled, factor=3), [4], 8)) == [(12, os.getpid())]
    assert list(in_processes(partial(scaled, factor=3), [], 8)) == []


@pytest.mark.slow
def test_several_workers_are_other_processes() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    found = list(in_processes(partial(scaled, factor=2), [1, 2, 3], 2))
    assert sorted(value for value, _ in found) == [2, 4, 6]
    assert os.getpid() not in {process for _, process in found}
    assert os.environ.get("OMP_NUM_THREADS") == before
    with pytest.raises(ConventionError, match="item: expected another, got 7"):
        list(in_processes(partial(scaled, factor=2), [7, 1], 2))
