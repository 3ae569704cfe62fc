"""The graph of regions: which pairs it has, and what is written on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.fusion.merging.graph import LEAST_PLANE
from scenewright.fusion.merging.sums import (
    AFFINITY,
    AFFINITY_WEIGHT,
    APART,
    CONTACTS,
    COUNT,
    FRAMES,
    SHARED,
    TOGETHER,
    TOUCH,
)
from tests.fusion.merging.merging_builders import VOXEL, graph_of, make_evidence, random_voxels

SEEDS = st.integers(0, 2**31)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_pairs_are_those_that_touch_or_were_together(seed: int) -> None:
    coords, region = random_voxels(seed, num_regions=6, side=4)
    evidence = make_evidence(6, seed=seed)
    graph = graph_of(coords, region, evidence, seed=seed)
    near = np.abs(coords[:, None] - coords[None]).max(axis=2) == 1
    touch = np.array(
        [
            [(near & (region == i)[:, None] & (region == j)).sum() for j in range(6)]
            for i in range(6)
        ]
    )
    first, second = np.nonzero(np.triu((touch > 0) | (evidence.together > 0), 1))
    assert graph.pairs.tolist() == np.stack([first, second], axis=1).tolist()
    for column, table in (
        (TOUCH, touch), (TOGETHER, evidence.together), (APART, evidence.apart),
        (SHARED, evidence.shared + evidence.shared.T), (AFFINITY, evidence.affinity),
        (AFFINITY_WEIGHT, evidence.affinity_weight),
    ):  # fmt: skip
        np.testing.assert_array_equal(graph.pair_sums[:, column], table[first, second])
    np.fill_diagonal(touch, 0)
    np.testing.assert_array_equal(graph.sums[:, CONTACTS], touch.sum(axis=1))
    np.testing.assert_array_equal(graph.sums[:, COUNT], np.bincount(region[region >= 0]))
    np.testing.assert_array_equal(graph.bounds[:, FRAMES], evidence.num_frames)
    assert len(graph) == 6 and graph.voxel_size == VOXEL


def plates(
    *offsets: tuple[int, int], side: int = 24
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Horizontal plates of voxels, moved along x and up."""
    plate = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1)
    flat = np.pad(plate.reshape(-1, 2), ((0, 0), (0, 1)))
    coords = np.concatenate([flat + np.array([x, 0, z]) for x, z in offsets])
    return coords, np.repeat(np.arange(len(offsets)), side**2).astype(np.int32)


@pytest.mark.parametrize(
    ("side", "away", "up", "turned", "expected"),
    [
        (24, 40, 0, False, [[0, 1]]),
        (24, 40, 2, False, [[0, 1]]),
        (24, 40, 6, False, []),  # another level
        (12, 30, 0, False, []),  # too small
        (24, 40, 0, True, []),  # seen from the other side
        (24, 60, 0, False, []),  # too far from each other for their size
        (52, 104, 0, False, [[0, 1]]),
    ],
)
def test_large_plates_in_one_plane_pair_without_touching(
    side: int, away: int, up: int, turned: bool, expected: list[list[int]]
) -> None:
    coords, region = plates((0, 0), (away, up), side=side)
    normals = np.tile(np.array([0, 0, 1], np.float32), (len(coords), 1))
    if turned:
        normals[region == 1] *= -1
    graph = graph_of(coords, region, normals=normals)
    assert (side * VOXEL) ** 2 >= LEAST_PLANE or not expected
    assert graph.pairs.tolist() == expected
    assert not graph.pair_sums.any()


def test_facts_on_the_scene() -> None:
    coords, region = plates((0, 0), (0, 50))
    graph = graph_of(coords, region)
    low, high, torn_share, trust = graph.scene
    assert low == pytest.approx(0.5 * VOXEL, abs=VOXEL)
    assert high == pytest.approx(50.5 * VOXEL, abs=VOXEL)
    assert (torn_share, trust) == (0.25, 1.5)


def test_no_voxels_and_no_regions() -> None:
    none = np.zeros((0, 3), np.int64)
    graph = graph_of(none, np.zeros(0, np.int32))
    assert len(graph) == 0 and graph.pairs.shape == (0, 2) and len(graph.pair_sums) == 0
    coords, region = plates((0, 0))
    graph = graph_of(coords, np.full_like(region, -1))
    assert len(graph) == 0 and len(graph.pairs) == 0


def test_a_region_without_voxels_has_no_contacts() -> None:
    coords, region = plates((0, 0))
    graph = graph_of(coords, region, make_evidence(2))
    assert graph.sums[1].sum() == 0 and len(graph.pairs) == 0
