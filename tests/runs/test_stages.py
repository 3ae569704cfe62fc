"""What stages cost."""

from __future__ import annotations

import sys
from threading import Thread

import pytest

from scenewright.runs.stages import StageClock, StageCost, peak_memory_mb


def test_times_of_a_stage_add_up() -> None:
    clock = StageClock()
    clock.add({"masks": 10.0, "fuse": 1.0})
    clock.add({"masks": 30.0})
    clock.add({"masks": 20.0})
    found = clock.summary()
    assert list(found) == ["masks", "fuse"]
    masks = found["masks"]
    assert masks.seconds == pytest.approx(0.06)
    assert (masks.count, masks.median_ms) == (3, 20.0)
    assert masks.mean_ms == pytest.approx(20.0)
    assert found["fuse"].count == 1


def test_a_block_is_measured_unless_it_fails() -> None:
    clock = StageClock()
    with clock.measure("work"):
        pass
    with pytest.raises(ValueError), clock.measure("broken"):
        raise ValueError
    found = clock.summary()
    assert list(found) == ["work"]
    assert 0 <= found["work"].seconds < 1


def test_threads_may_share_a_clock() -> None:
    clock = StageClock()

    def add_many() -> None:
        for _ in range(200):
            clock.add({"a": 1.0})

    threads = [Thread(target=add_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.summary()["a"].count == 800


def test_costs_as_json_are_rounded_and_may_be_unknown() -> None:
    assert StageCost(0.123456).as_dict() == {
        "seconds": 0.1235, "count": 1, "median_ms": None, "peak_memory_mb": None,
    }  # fmt: skip
    assert StageCost(0.0, count=0).mean_ms == 0.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say")
def test_the_peak_is_that_of_the_process_in_megabytes() -> None:
    peak = peak_memory_mb()
    assert peak is not None and 5 < peak < 1e6
