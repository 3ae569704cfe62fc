"""How affinities become regions, against slow references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.models.surfaces.grid import fit_surface_grid
from scenewright.models.tiny.design import OFFSETS
from scenewright.models.tiny.grouping import (
    GroupingConfig,
    add_pairs,
    blend_surfaces,
    fill_holes,
    group_cells,
    inner_cells,
    join_fragments,
    join_regions,
    spread_labels,
)
from tests.models.tiny.tiny_builders import box_frame, true_affinities


def three_instances() -> NDArray[np.int64]:
    """A background, a square, and a bar that the square cuts in two."""
    ids = np.zeros((40, 60), np.int64)
    ids[18:24, 5:55] = 2
    ids[10:32, 22:38] = 1
    return ids


def same_partition(a: NDArray[np.integer], b: NDArray[np.integer]) -> bool:
    pairs = set(zip(a.ravel().tolist(), b.ravel().tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs})


def test_true_affinities_give_the_true_instances() -> None:
    ids = three_instances()
    regions, scores = group_cells(true_affinities(ids), GroupingConfig())
    assert same_partition(regions, ids)
    np.testing.assert_allclose(scores, 1, atol=0.05)


def test_noise_in_the_affinities_averages_out() -> None:
    ids = three_instances()
    rng = np.random.default_rng(0)
    truth = true_affinities(ids)
    noisy = np.clip(truth + 0.35 * rng.standard_normal(truth.shape), 0, 1).astype(np.float32)
    regions, scores = group_cells(noisy, GroupingConfig())
    for number in range(3):
        values, counts = np.unique(regions[ids == number], return_counts=True)
        region = values[counts.argmax()]
        both = ((regions == region) & (ids == number)).sum()
        assert both / ((regions == region) | (ids == number)).sum() > 0.85
    assert len(scores) == regions.max() + 1 and (scores <= 1).all() and (scores >= 0).all()


def test_a_lower_limit_joins_more() -> None:
    affinities = np.full((40, 60, len(OFFSETS)), 0.95, np.float32)
    affinities[:, 29, 0] = 0.3  # a weak seam at all distances
    for k, (_, dx) in enumerate(OFFSETS):
        reach = range(30 - dx, 30) if dx > 0 else range(30, 30 - dx)
        affinities[:, list(reach), k] = 0.3
    counts = [len(group_cells(affinities, GroupingConfig(join=join))[1]) for join in (0.2, 0.5)]
    assert counts == [1, 2]


def test_sums_of_pairs_are_those_of_a_plain_loop() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(-1, 4, (9, 11)).astype(np.int32)
    offsets = np.array([(0, 1), (3, -3), (2, 5)])
    affinities = rng.random((9, 11, 3)).astype(np.float32)
    shares = np.array([1, 0.5, 0.25], np.float32)
    sums, counts = np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)
    add_pairs(affinities, labels, offsets, shares, sums, counts)
    expected = np.zeros((4, 4))
    for (r, c), a in np.ndenumerate(labels):
        for k, (dy, dx) in enumerate(offsets):
            y, x = r + dy, c + dx
            if a < 0 or y >= 9 or not 0 <= x < 11 or labels[y, x] < 0:
                continue
            for pair in {(a, labels[y, x]), (labels[y, x], a)}:
                expected[pair] += shares[k] * affinities[r, c, k]
    np.testing.assert_allclose(sums, expected, rtol=1e-5)
    assert (counts > 0).all()


def test_blending_is_a_weighted_mean() -> None:
    rng = np.random.default_rng(4)
    surfaces = rng.integers(-1, 3, (8, 9)).astype(np.int32)
    offsets = np.array([(0, 1), (3, -3)])
    affinities = rng.random((8, 9, 2)).astype(np.float32)
    blended = affinities.copy()
    blend_surfaces(blended, surfaces, offsets, 0.25)
    for (r, c), region in np.ndenumerate(surfaces):
        for k, (dy, dx) in enumerate(offsets):
            y, x = r + dy, c + dx
            expected = affinities[r, c, k]
            if region >= 0 and y < 8 and 0 <= x < 9 and surfaces[y, x] >= 0:
                expected = 0.75 * expected + 0.25 * (surfaces[y, x] == region)
            assert blended[r, c, k] == pytest.approx(expected, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(0, 10_000), st.floats(0.2, 0.8))
def test_joining_is_greedy_average_linkage(num: int, seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    counts = np.triu(rng.integers(0, 5, (num, num)).astype(np.float32), 1)
    counts = counts + counts.T
    sums = counts * np.triu(rng.random((num, num)), 1).astype(np.float32)
    sums = np.maximum(sums, sums.T)
    region_of = np.arange(num)
    expected = slow_linkage(sums.astype(np.float64), counts.astype(np.float64), limit)
    join_regions(sums.copy(), counts.copy(), limit, region_of)
    assert same_partition(region_of, expected)


def slow_linkage(
    sums: NDArray[np.float64], counts: NDArray[np.float64], limit: float
) -> NDArray[np.int64]:
    groups = [[i] for i in range(len(sums))]

    def mean(a: list[int], b: list[int]) -> float:
        count = counts[np.ix_(a, b)].sum()
        return float(sums[np.ix_(a, b)].sum() / count) if count else -1.0

    while len(groups) > 1:
        pairs = [(mean(a, b), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i])]
        best, i, j = max(pairs)
        if best < limit:
            break
        groups[j] += groups.pop(i)
    result = np.empty(len(sums), np.int64)
    for number, group in enumerate(groups):
        result[group] = number
    return result


def test_cells_between_regions_get_the_surface_that_fits() -> None:
    frame = box_frame()
    grid = fit_surface_grid(frame, step=1)
    coarse = np.zeros((120, 160), np.int32)
    coarse[40:100, 90:130] = 1
    out = np.empty((240, 320), np.int32)
    spread_labels(coarse, grid.planes, grid.inverse, grid.color, grid.rays_x, grid.rays_y, out)
    assert frame.depth is not None
    np.testing.assert_array_equal(out == 1, frame.depth < 1.8)


def test_holes_take_the_label_to_the_left_else_to_the_right() -> None:
    labels = np.array([[-1, -1, 4, -1, 5, -1], [-1, -1, -1, -1, -1, -1]], np.int32)
    fill_holes(labels)
    assert labels.tolist() == [[4, 4, 4, 4, 5, 5], [-1] * 6]


def test_inner_cells_have_four_neighbors_of_their_patch() -> None:
    labels = np.zeros((6, 7), np.int32)
    labels[1:5, 1:5] = 1
    assert inner_cells(labels, 2).tolist() == [0, 4]


def test_fragments_merge_into_their_most_similar_large_neighbor() -> None:
    means = np.array([[1, 0.2, 0.4, 0], [0.2, 1, 0.9, 0.05], [0.4, 0.9, 1, 0], [0, 0.05, 0, 1]])
    counts = (means > 0).astype(np.float32)
    region_of = np.arange(4)
    # 1 is most similar to 2, which is a fragment itself; 3 is not similar enough to anything.
    inside = np.array([50, 1, 2, 0])
    join_fragments(means.astype(np.float32), counts, inside, 3, 0.1, region_of)
    assert region_of.tolist() == [0, 0, 0, 3]
