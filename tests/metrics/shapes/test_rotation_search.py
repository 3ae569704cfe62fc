"""The search over rotations all around."""

from __future__ import annotations

import itertools

import numpy as np

from scenewright.geometry.transforms import transform_points
from scenewright.metrics.shapes._rotation_search import search_rotations
from tests.builders import turn


def test_the_best_result_is_the_true_rotation_and_all_are_proper() -> None:
    points = np.random.default_rng(0).normal(size=(60, 3)) * (1, 2, 3)
    rotation = turn(2.2, 1) @ turn(1.3, 0)
    found = search_rotations(points @ rotation + 4, points, radius=6.0)
    assert 1 <= len(found) <= 5
    for matrix in found:
        np.testing.assert_allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-9)
        assert np.linalg.det(matrix[:3, :3]) > 0
    np.testing.assert_allclose(found[0][:3, :3], rotation, atol=1e-6)
    np.testing.assert_allclose(transform_points(points @ rotation + 4, found[0]), points, atol=1e-6)


def test_results_are_distinct_and_the_best_is_first() -> None:
    random = np.random.default_rng(1)
    ours, theirs = random.normal(size=(2, 40, 3))
    values = []
    for matrix in search_rotations(ours, theirs, radius=3.0):
        squared = ((transform_points(ours, matrix)[:, None] - theirs) ** 2).sum(axis=2)
        values.append(squared.min(axis=0).mean() + squared.min(axis=1).mean())
    assert len(values) == 5
    assert all(later > earlier for earlier, later in itertools.pairwise(values))
