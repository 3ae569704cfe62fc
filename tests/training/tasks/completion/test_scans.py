"""Partly seen objects of synthetic worlds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.training.tasks.completion import scans
from scenewright.training.tasks.completion.scans import scan_kind, scan_samples

pytestmark = pytest.mark.slow


def test_objects_of_a_world_are_known_in_part() -> None:
    samples = list(scan_samples(3_000_005))
    assert len(samples) > 5 and {one.cameras for one in samples} > {1}
    for one in samples:
        assert one.occupied.any() and one.shape.sum() > one.occupied.sum()
        assert not (one.occupied & ~one.shape).any() and not (one.free & one.shape).any()
    known = {
        few: np.mean(
            [(one.occupied | one.free).mean() for one in samples if (one.cameras < 3) == few]
        )
        for few in (True, False)
    }
    assert known[False] > known[True]
    again = next(iter(scan_samples(3_000_005)))
    assert np.array_equal(again.occupied, samples[0].occupied)


def test_most_worlds_are_rooms() -> None:
    kinds = Counter(scan_kind(seed) for seed in range(100))
    assert kinds == {"rooms": 70, "tabletop": 20, "random": 10}


def test_a_seed_without_a_composition_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kind: str, seed: int) -> None:
        raise ConventionError("objects", expected="some that fit", got="none")

    monkeypatch.setattr(scans, "make_world", refuse)
    assert list(scan_samples(1)) == []
