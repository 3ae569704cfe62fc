"""Viewpoints of single images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import ConventionError
from scenewright.worlds import (
    Probe,
    ViewRange,
    make_world,
    single_view,
)
from tests.worlds.film_builders import BOX, TABLE, small_world


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_single_views_show_objects_from_free_space(seed: int) -> None:
    probe = Probe(small_world())
    view = single_view(probe, seed=seed, width=64, height=48)
    eye = view.world_from_cam[:3, 3]
    assert probe.clearance(eye[None])[0] >= 0.25
    assert not probe.is_outdoors(eye[None])[0]
    fov = np.rad2deg(2 * np.arctan(32 / view.camera.fx))
    assert 35 <= fov <= 70
    _, ids = probe.glimpse(view.camera, view.world_from_cam)
    assert len(set(ids.ravel().tolist()) & {TABLE, BOX, 8}) >= 1


def test_single_views_see_more_than_one_try_does() -> None:
    probe = Probe(make_world("random", 5))
    stuff = list(probe.world.stuff_ids | {0})

    def visible(num_tries: int) -> float:
        found = []
        for seed in range(12):
            ranges = ViewRange(num_tries=num_tries)
            view = single_view(probe, seed=seed, width=64, height=48, view_range=ranges)
            ids, counts = np.unique(
                probe.glimpse(view.camera, view.world_from_cam)[1], return_counts=True
            )
            found.append(np.sum((counts > 10) & ~np.isin(ids, stuff)))
        return float(np.mean(found))

    assert visible(8) > visible(1) + 0.3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"fov_deg": (0.0, 50.0)},
            "ViewRange.fov_deg: expected two numbers in increasing order above 0",
        ),
        ({"distance": (3.0, 2.0)}, "up to 100, got 3 and 2"),
        ({"num_tries": 0}, "ViewRange.num_tries: expected 1 or more, got 0"),
    ],
)
def test_invalid_ranges_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConventionError, match=message):
        ViewRange(**changes)  # type: ignore[arg-type]
