"""Level axes, open sides and framing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.geometry.viewing import (
    direction,
    face_normals,
    facing_areas,
    framed_bounds,
    level_axes,
)
from tests.builders import make_cube, turn

UP = np.array([0.0, 0.0, 1.0])
CORNERS = (45.0, 135.0, 225.0, 315.0)


@given(st.floats(-3, 3))
def test_walls_run_along_the_axes(angle: float) -> None:
    walls = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, 0, 1]], float) @ turn(angle).T
    axes = level_axes(UP, walls, np.array([1.0, 2.0, 3.0, 50.0]))
    assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) > 0
    assert np.allclose(axes[2], UP)
    assert np.allclose(np.sort(np.abs(walls @ axes.T), axis=1)[:, :2], 0, atol=1e-6)


def test_without_walls_only_up_counts() -> None:
    tilted = np.array([0.6, 0.0, 0.8])
    axes = level_axes(tilted)
    assert np.allclose(axes[2], tilted) and np.allclose(axes @ axes.T, np.eye(3))
    floor = np.tile(UP, (4, 1))
    assert np.allclose(level_axes(UP, floor), level_axes(UP))
    assert np.allclose(level_axes(UP, np.zeros((0, 3))), np.eye(3))


def test_directions() -> None:
    assert np.allclose(direction(0, 0), [0, -1, 0])
    assert np.allclose(direction(90, 0), [1, 0, 0])
    assert np.allclose(direction(10, 90), [0, 0, 1])
    assert np.linalg.norm(direction(33, 44)) == pytest.approx(1)


def test_the_open_side_is_where_surfaces_face() -> None:
    # Two walls in the corner at -x, +y; they face +x and -y.
    normals = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1]], float)
    seen = facing_areas(normals, np.ones(3), CORNERS, elevation_deg=30)
    assert CORNERS[seen.argmax()] == 45 and CORNERS[seen.argmin()] == 225
    # From behind, only the floor shows.
    assert seen[2] == pytest.approx(np.sin(np.deg2rad(30)))
    assert not facing_areas(np.zeros((0, 3)), np.zeros(0), CORNERS, elevation_deg=30).any()


def test_framing_ignores_outliers() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (5000, 3))
    points[:20] = 500
    bounds = framed_bounds(points)
    assert np.allclose(bounds, [[-1] * 3, [1] * 3], atol=0.05)
    assert np.allclose(framed_bounds(points[:1]), 500)


def test_normals_of_faces() -> None:
    cube = make_cube(edge=2.0)
    normals, areas = face_normals(cube.vertices, cube.faces)
    assert np.allclose(areas, 2) and np.allclose(np.linalg.norm(normals, axis=1), 1)
    centers = cube.vertices[cube.faces].mean(axis=1)
    assert (np.einsum("ij,ij->i", normals, centers) > 0).all()
    flat, none = face_normals(np.zeros((3, 3)), np.array([[0, 1, 2]]))
    assert np.allclose(flat, 0) and none[0] == 0
