"""Triangles and points with a depth test."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.pipelines.pictures._surface_drawing import draw_points, draw_triangles


def blank(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    return np.full((height, width), np.inf, np.float32), np.full((height, width), -1, np.int32)


def test_the_nearest_point_is_in_front() -> None:
    nearest, index = blank(5, 5)
    places = np.array([[2.5, 2.5, 2], [2.5, 2.5, 1], [99.0, 99.0, 0.5]])
    draw_points(places, 10, 1, nearest, index)
    assert index[2, 2] == 11 and nearest[2, 2] == 1
    assert np.count_nonzero(index == 11) == 9 and np.count_nonzero(index < 0) == 16


def reference(
    corners: NDArray[np.float64], height: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The same, pixel by pixel with a linear system each."""
    nearest, index = np.full((height, width), np.inf), np.full((height, width), -1)
    for i, (a, b, c) in enumerate(corners):
        system = np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1, 1, 1]])
        if abs(np.linalg.det(system)) < 1e-9:
            continue
        for r in range(height):
            for q in range(width):
                weights = np.linalg.solve(system, [q + 0.5, r + 0.5, 1])
                depth = weights @ np.array([a[2], b[2], c[2]])
                if weights.min() > -1e-12 and depth < nearest[r, q]:
                    nearest[r, q], index[r, q] = depth, i
    return nearest, index


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_triangles_match_a_slow_reference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = np.concatenate([rng.uniform(-3, 13, (6, 3, 2)), rng.uniform(1, 9, (6, 3, 1))], axis=2)
    corners[5, 2] = corners[5, 1]  # without area
    nearest, index = blank(9, 10)
    draw_triangles(corners, 0, nearest, index)
    expected_depth, expected = reference(corners, 9, 10)
    assert np.array_equal(index, expected)
    assert np.allclose(nearest[index >= 0], expected_depth[index >= 0], rtol=1e-5)


def test_triangles_and_points_hide_each_other() -> None:
    nearest, index = blank(4, 4)
    corners = np.array([[[0, 0, 2.0], [8, 0, 2.0], [0, 8, 2.0]]])
    draw_triangles(corners, 0, nearest, index)
    assert (index == 0).all() and (nearest == 2).all()
    draw_points(np.array([[0.5, 0.5, 1.0], [3.5, 0.5, 3.0]]), 1, 0, nearest, index)
    assert index[0, 0] == 1 and index[0, 3] == 0
