"""The tree of cells over samples of a surface, against plain sums."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from scenewright.splats.fitting._cells import build_levels, choose_leaves, select_cells
from scenewright.splats.fitting._depth_samples import Samples


def samples_of(count: int = 600, *, seed: int = 0) -> Samples:
    """A flat wall at z = 0; its right half is noisy in color."""
    rng = np.random.default_rng(seed)
    points = np.concatenate([rng.uniform(0, 8, (count, 2)), np.zeros((count, 1))], axis=1)
    colors = np.full((count, 3), 0.5)
    right = points[:, 0] > 4
    colors[right] = rng.uniform(0, 1, (int(right.sum()), 3))
    normals = np.tile(np.array([0.0, 0, -1]), (count, 1))
    weights = rng.uniform(0.5, 2, count)
    return Samples(
        points,
        normals.astype(np.float32),
        colors.astype(np.float32),
        weights.astype(np.float32),
        footprint=0.4,
    )


def test_levels_keep_all_sums() -> None:
    samples = samples_of()
    levels = build_levels(samples)
    assert [level.size for level in levels] == [1, 2, 4, 8, 16, 32]
    for below, above in pairwise(levels):
        assert len(above.sums) < len(below.sums)
        assert below.parent.max() == len(above.sums) - 1
        np.testing.assert_allclose(above.sums.sum(axis=0), below.sums.sum(axis=0), rtol=1e-9)
    assert levels[0].sums[:, 1].sum() == 600
    assert levels[0].sums[:, 0].sum() == pytest.approx(600)  # weights have a mean of 1


@pytest.mark.parametrize("limit", [5, 40, 10_000])
def test_leaves_cover_every_sample_once_and_keep_to_the_limit(limit: int) -> None:
    levels = build_levels(samples_of())
    leaves = choose_leaves(levels, limit)
    counts = [int(leaf.sum()) for leaf in leaves]
    assert sum(counts) <= max(limit, len(levels[-1].sums))
    covered = sum(level.sums[leaf, 1].sum() for level, leaf in zip(levels, leaves, strict=True))
    assert covered == 600


def test_even_places_get_larger_cells() -> None:
    levels = build_levels(samples_of())
    cells = select_cells(levels, choose_leaves(levels, 60))
    left, right = cells.size[cells.points[:, 0] < 3.5], cells.size[cells.points[:, 0] > 4.5]
    assert len(left) < 0.5 * len(right)
    assert np.median(left) > np.median(right)


def test_cells_have_the_mean_of_their_samples() -> None:
    samples = samples_of(50)
    levels = build_levels(samples)
    cells = select_cells(levels, choose_leaves(levels, 1))
    assert len(cells) == 1
    weight = samples.weights[:, None].astype(np.float64)
    mean = (weight * samples.points).sum(axis=0) / weight.sum()
    np.testing.assert_allclose(cells.points[0], mean, atol=1e-9)
    away = samples.points - mean
    covariance = np.einsum("ni,nj->ij", weight * away, away) / weight.sum()
    np.testing.assert_allclose(cells.covariance[0], covariance, atol=1e-9)
    np.testing.assert_allclose(cells.normals[0], [0, 0, -1])
    assert len(cells[np.array([False])]) == 0
