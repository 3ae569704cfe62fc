"""The graph of the regions of a map that was fused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from scenewright.fusion.merging.features import PAIR_NAMES, all_pair_features
from scenewright.fusion.merging.regions import _shared, sum_groups, upright
from scenewright.fusion.merging.sums import COUNT, FRAMES, HIGH, LOW, NORMAL, TOUCH
from scenewright.fusion.vote_tracker import VoteTracker
from tests.fusion.fusion_builders import TOUCHING, VOXEL_SIZE, arc, run


@given(npst.arrays(np.float64, 3, elements=st.floats(-1, 1)))
def test_upright_turns_up_to_z(direction: NDArray[np.float64]) -> None:
    length = float(np.linalg.norm(direction))
    if length < 0.1:
        return
    up = direction / length
    turn = upright(up)
    np.testing.assert_allclose(turn @ up, [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-5)


def test_without_gravity_z_is_up() -> None:
    assert np.array_equal(upright(None), np.eye(3))
    assert np.allclose(upright(np.array([0.0, 0, 1])) @ [0, 0, 2], [0, 0, 2])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 30), st.integers(0, 2**31))
def test_sums_of_groups_against_products(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 5, (count, count)).astype(np.float32)
    group_of = rng.integers(0, 6, count).astype(np.int32)
    member = np.eye(7, dtype=np.float32)[group_of]
    found = sum_groups(table, group_of, 7)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, member.T @ table @ member)


def test_shared_voxels_against_loops() -> None:
    rng = np.random.default_rng(0)
    region = rng.integers(-1, 4, 60).astype(np.int32)
    fragment = rng.integers(-1, 9, (60, 6)).astype(np.int32)
    region_of = rng.integers(0, 4, 9).astype(np.int32)
    expected = np.zeros((4, 4))
    for here, row in zip(region, fragment, strict=True):
        for one in row[row >= 0]:
            if here >= 0 and region_of[one] != here:
                expected[here, region_of[one]] += 1
    assert expected.sum() > 0
    np.testing.assert_array_equal(_shared(region, fragment, region_of, 4), expected)


def test_regions_of_blocks_on_a_floor() -> None:
    stream = run(TOUCHING, arc(8))
    tracker, volume = stream.segmenter.tracker, stream.segmenter.volume
    assert isinstance(tracker, VoteTracker)
    graph, region_of_slot = tracker.regions(volume, None)
    slots = volume.surface_slots()
    counts = np.bincount(region_of_slot[slots][region_of_slot[slots] >= 0], minlength=len(graph))
    assert len(graph) == 3 and graph.voxel_size == VOXEL_SIZE
    np.testing.assert_array_equal(graph.sums[:, COUNT], counts)
    assert graph.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert (graph.pair_sums[:, TOUCH] > 10).all()
    assert graph.bounds[:, FRAMES].max() == 8
    floor = int(graph.bounds[:, HIGH + 2].argmin())
    assert graph.sums[floor, NORMAL + 2] > 0.9 * graph.sums[floor, COUNT]
    assert graph.bounds[floor, LOW] < -1.2 and graph.bounds[floor, HIGH] > 1.2
    rows = all_pair_features(
        graph.sums, graph.bounds, graph.pairs, graph.pair_sums, graph.scene, graph.voxel_size
    )
    assert np.isfinite(rows).all()
    assert (rows[:, PAIR_NAMES.index("apart")] > rows[:, PAIR_NAMES.index("together")]).all()
    with_up, _ = tracker.regions(volume, np.array([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(with_up.bounds[:, HIGH + 2], graph.bounds[:, HIGH + 1], atol=1e-5)
