"""Closed meshes around filled cells."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.geometry.grid_surface import grid_surface
from scenewright.geometry.mesh_queries import winding_numbers
from scenewright.geometry.sheets import is_closed

ORIGIN = np.array([1.0, -2.0, 0.5])


def test_every_cell_keeps_its_side_and_the_mesh_is_closed() -> None:
    rng = np.random.default_rng(3)
    solid = rng.random((9, 8, 10)) < 0.4  # with corners and edges that touch
    vertices, faces = grid_surface(solid, origin=ORIGIN, cell_size=0.1)
    assert is_closed(faces)
    centers = ORIGIN + 0.1 * (np.argwhere(np.ones_like(solid)) + 0.5)
    inside = winding_numbers(centers, vertices[faces]) > 0.5
    assert np.array_equal(inside, solid.ravel())


def test_a_thin_board_is_kept_and_a_ball_is_round() -> None:
    board = np.zeros((12, 12, 5), np.bool_)
    board[1:-1, 1:-1, 2] = True
    vertices, faces = grid_surface(board, origin=ORIGIN, cell_size=0.1)
    assert is_closed(faces)
    assert np.ptp(vertices[:, 2]) == pytest.approx(0.1, abs=0.06)
    i, j, k = np.indices((24, 24, 24)) + 0.5 - 12
    vertices, faces = grid_surface(i**2 + j**2 + k**2 < 81, origin=np.zeros(3), cell_size=0.1)
    radius = np.linalg.norm(vertices - 1.2, axis=1)
    assert radius.mean() == pytest.approx(0.9, abs=0.02) and np.ptp(radius) < 0.08


def test_nothing_has_no_surface_and_the_border_closes_it() -> None:
    vertices, faces = grid_surface(np.zeros((4, 4, 4), np.bool_), origin=ORIGIN, cell_size=0.1)
    assert vertices.shape == (0, 3) and faces.shape == (0, 3)
    vertices, faces = grid_surface(np.ones((4, 4, 4), np.bool_), origin=ORIGIN, cell_size=0.1)
    assert is_closed(faces) and np.ptp(vertices[:, 0]) == pytest.approx(0.4, abs=0.03)
