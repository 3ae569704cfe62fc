"""Costs of borders and scores of regions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.models.classical._merging import RegionGraph
from scenewright.models.classical._rules import BorderRules, plane_misfit
from scenewright.models.classical.depth_edge_config import DepthEdgeConfig

NOISE = 0.001


def region(
    plane: tuple[float, float, float],
    *,
    left: float,
    color: tuple[float, float, float] = (0.5, 0, 0),
    surface: float = 0.1,
) -> NDArray[np.float64]:
    """(15,) sums of 100 pixels of a plane, in a square of rays that starts at `left`."""
    x, y = (a.ravel() for a in np.meshgrid(left + np.arange(10) / 100, np.arange(10) / 100))
    d = plane[0] * x + plane[1] * y + plane[2]
    moments = [np.ones(100), x, y, d, x * x, x * y, y * y, x * d, y * d, d * d]
    sums = [float(values.sum()) for values in moments]
    return np.array([*sums, surface, *(100 * c for c in color), 100 * color[0] ** 2])


def graph_of(
    a: NDArray[np.float64], b: NDArray[np.float64], *, step: float, bend: float, contrast: float
) -> RegionGraph:
    """Two regions with a border of 10 pixels."""
    border = 10 * np.array([[1, step, bend, contrast]])
    return RegionGraph(np.stack([a, b]), np.array([[0, 1]]), border, np.arange(2))


def rules(**changes: float) -> BorderRules:
    return BorderRules(DepthEdgeConfig(**changes), NOISE, least_cells=50)  # type: ignore[arg-type]


def test_plane_misfit_is_least_squares_and_sums_add_up() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-0.5, 0.5, (2, 60))
    d = 0.4 + 0.2 * x - 0.1 * y + rng.normal(0, 0.01, 60)
    rows = np.stack([np.ones(60), x, y, d, x * x, x * y, y * y, x * d, y * d, d * d], axis=1)
    matrix = np.stack([x, y, np.ones(60)], axis=1)
    _, residual, *_ = np.linalg.lstsq(matrix, d, rcond=None)
    total = rows[:25].sum(axis=0) + rows[25:].sum(axis=0)
    np.testing.assert_allclose(plane_misfit(total[None]), residual, rtol=1e-8)


def test_parallel_planes_cost_their_distance() -> None:
    config = DepthEdgeConfig()
    first = region((0.1, 0, 0.5), left=0.0)
    for distance in (0.0, 0.002, 0.02):
        second = region((0.1, 0, 0.5 + distance), left=0.0)
        cost = rules().flat_cost(graph_of(first, second, step=0, bend=0, contrast=0))
        inverse = 0.5 + distance + 0.1 * 0.045
        limit = config.plane_noise * NOISE + config.plane_step * inverse
        assert cost[0] == pytest.approx(distance / limit, rel=1e-6, abs=1e-6)


def test_color_splits_large_planes_only() -> None:
    red, blue = (0.5, 0.3, 0.0), (0.5, -0.3, 0.0)
    for surface, is_split in ((0.1, False), (2.0, True)):
        first = region((0, 0, 0.5), left=0.0, color=red, surface=surface)
        second = region((0, 0, 0.5), left=0.1, color=blue, surface=surface)
        graph = graph_of(first, second, step=0, bend=0, contrast=0.6)
        assert (rules().flat_cost(graph)[0] > 1) == is_split
        assert (rules().bulge_cost(graph)[0] > 1) == is_split


def test_dents_and_steps_separate_and_bulges_do_not() -> None:
    first, second = region((1, 0, 0.5), left=0.0), region((-1, 0, 0.5), left=0.1)
    for step, bend, is_open in ((0, 1, True), (0, -1, False), (1, 1, False)):
        graph = graph_of(first, second, step=step, bend=bend, contrast=0)
        assert (rules().bulge_cost(graph)[0] < 1) == is_open


def test_equal_material_merges_across_dents_but_not_with_walls_or_small_objects() -> None:
    for surfaces, is_open in (((0.2, 0.3), True), ((0.2, 9.0), False), ((0.005, 0.3), False)):
        first, second = (region((0, 0, 0.5), left=0.0, surface=s) for s in surfaces)
        graph = graph_of(first, second, step=0.1, bend=-1, contrast=0.01)
        assert (rules().material_cost(graph)[0] < 1) == is_open


def test_fragments_merge_where_there_is_no_step() -> None:
    small, large = region((0, 0, 0.5), left=0.0) * 0.3, region((0, 0, 0.5), left=0.1)
    for step, is_open in ((0.2, True), (1.5, False)):
        graph = graph_of(small, large, step=step, bend=-1, contrast=0.5)
        assert (rules().fragment_cost(graph)[0] < 1) == is_open
    both_large = graph_of(large, large, step=0, bend=0, contrast=0)
    assert rules().fragment_cost(both_large)[0] > 1


def test_scores_grow_with_the_evidence_along_the_border() -> None:
    first, second = region((0, 0, 0.5), left=0.0), region((0, 0, 0.6), left=0.1)
    clear, vague = (
        rules().scores(graph_of(first, second, step=step, bend=0, contrast=0)) for step in (2, 0.1)
    )
    assert (clear > 0.5).all() and (vague < 0.5).all()
    alone = RegionGraph(first[None], np.zeros((0, 2), int), np.zeros((0, 4)), np.arange(1))
    assert rules().scores(alone).tolist() == [0.5]
