"""Density clusters, outliers and thinning against slow references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.geometry.clusters import dbscan, downsample, inliers, largest_cluster


def slow_dbscan(
    points: NDArray[np.float64], radius: float, min_points: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Clusters by flood fill over the whole distance table, borders to their nearest core."""
    n = len(points)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    reach = distance <= radius
    is_core = reach.sum(axis=1) >= min_points
    labels, number = np.full(n, -1), 0
    for start in np.flatnonzero(is_core):
        if labels[start] >= 0:
            continue
        waiting = [start]
        labels[start] = number
        while waiting:
            here = waiting.pop()
            for other in np.flatnonzero(reach[here] & is_core & (labels < 0)):
                labels[other] = number
                waiting.append(other)
        number += 1
    for point in np.flatnonzero(~is_core):
        cores = np.flatnonzero(is_core & reach[point])
        if len(cores):
            labels[point] = labels[cores[distance[point, cores].argmin()]]
    return labels, is_core


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("min_points", [1, 3, 6])
def test_dbscan_agrees_with_the_slow_one(seed: int, min_points: int) -> None:
    rng = np.random.default_rng(seed)
    blobs = [rng.normal(rng.uniform(-1, 1, 3), 0.08, (40, 3)) for _ in range(3)]
    points = np.concatenate([*blobs, rng.uniform(-1.5, 1.5, (30, 3))])
    expected, _ = slow_dbscan(points, 0.12, min_points)
    labels = dbscan(points, radius=0.12, min_points=min_points)
    assert labels.dtype == np.int32
    assert np.array_equal(labels < 0, expected < 0)
    pairs = {(int(a), int(b)) for a, b in zip(labels, expected, strict=True)}
    assert len(pairs) == len(set(labels.tolist())) == len(set(expected.tolist()))
    assert set(labels[labels >= 0].tolist()) == set(range(labels.max() + 1))


def test_dbscan_of_few_points() -> None:
    assert dbscan(np.zeros((0, 3)), radius=1, min_points=1).tolist() == []
    assert dbscan(np.zeros((1, 3)), radius=1, min_points=1).tolist() == [0]
    assert dbscan(np.zeros((1, 3)), radius=1, min_points=2).tolist() == [-1]
    apart = np.array([[0.0, 0, 0], [1, 0, 0], [5, 0, 0]])
    assert dbscan(apart, radius=1, min_points=2).tolist() == [0, 0, -1], "reach includes its end"


def test_noise_never_wins() -> None:
    labels = np.array([-1, -1, -1, -1, 0, 1, 1], np.int32)
    assert largest_cluster(labels).tolist() == [False] * 5 + [True] * 2
    assert not largest_cluster(np.full(5, -1, np.int32)).any()
    assert largest_cluster(np.zeros(0, np.int32)).tolist() == []


def test_inliers_agree_with_the_definition() -> None:
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.normal(0, 0.1, (80, 3)), [[2.0, 0, 0], [0, -1.5, 0]]])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    mean = np.sort(distance, axis=1)[:, 1:9].mean(axis=1)
    kept = inliers(points, neighbors=8, deviations=2.0)
    assert np.array_equal(kept, mean <= mean.mean() + 2.0 * mean.std())
    assert not kept[-2:].any() and kept[:-2].sum() > 70


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_inliers_of_few_points_are_all_of_them(count: int) -> None:
    points = np.arange(3.0 * count).reshape(count, 3) * 0
    assert inliers(points, neighbors=20, deviations=2.0).tolist() == [True] * count


@given(st.lists(st.tuples(*[st.floats(-2, 2, width=32)] * 3), max_size=40))
@settings(deadline=None, max_examples=60)
def test_thinning_keeps_the_mean_of_each_voxel(rows: list[tuple[float, float, float]]) -> None:
    points = np.array(rows, np.float64).reshape(-1, 3)
    cells: dict[tuple[int, ...], list[NDArray[np.float64]]] = {}
    for point in points:
        cells.setdefault(tuple(np.floor(point / 0.3).astype(int).tolist()), []).append(point)
    expected = np.array([np.mean(cells[key], axis=0) for key in sorted(cells)]).reshape(-1, 3)
    thin = downsample(points, 0.3)
    assert thin.shape == expected.shape
    assert np.allclose(thin, expected, atol=1e-9)
