"""Seen surface that a mesh runs past pulls its vertices."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from scenewright.completion.covering import pulled_to_seen
from scenewright.completion.seen_surface import SeenSurface
from scenewright.core import FREE, UNKNOWN, StateGrid
from scenewright.geometry.grid_surface import grid_surface
from scenewright.geometry.solid_cells import fill_solid
from scenewright.models.partial_shapes import PartialShape
from tests.completion.completion_builders import UP

CELL = 0.1


def block(states: np.ndarray) -> tuple[np.ndarray, np.ndarray, PartialShape]:
    """The surface of a block of 8 x 8 x 8 cells in the middle of a grid of 16."""
    solid = np.zeros((16, 16, 16), np.bool_)
    solid[4:12, 4:12, 4:12] = True
    vertices, faces = grid_surface(solid, origin=np.zeros(3), cell_size=CELL)
    return vertices, faces, PartialShape(StateGrid(states, np.zeros(3), CELL, 0.5), UP)


def seen(points: list[list[float]]) -> SeenSurface:
    """Samples that face up."""
    count = len(points)
    return SeenSurface(np.array(points), np.tile(UP, (count, 1)), np.zeros((count, 3), np.uint8))


def test_a_buried_sample_is_reached_and_the_rest_stays() -> None:
    vertices, faces, shape = block(np.full((16, 16, 16), UNKNOWN, np.uint8))
    surface = seen([[0.8, 0.8, 1.05], [0.8, 0.8, 1.19]])  # the second lies on the mesh
    moved, is_moved = pulled_to_seen(vertices, faces, surface, shape)
    assert is_moved.sum() == 1
    assert KDTree(moved).query(surface.points[0])[0] < 1e-9
    assert np.array_equal(moved[~is_moved], vertices[~is_moved])


def enclosed(vertices: np.ndarray, faces: np.ndarray, states: np.ndarray) -> int:
    """Number of free cells inside of a mesh."""
    inside = np.zeros(states.shape, np.int32)
    fill_solid(vertices[faces], np.zeros(3), CELL, 1, inside)
    return int(((inside > 0) & (states == FREE)).sum())


def test_no_move_encloses_a_free_cell() -> None:
    states = np.full((16, 16, 16), UNKNOWN, np.uint8)
    states[:, :, 12:] = FREE
    vertices, faces, shape = block(states)
    far = seen([[0.75, 0.75, 1.32]])  # above the center of a free cell
    unknown = block(np.full((16, 16, 16), UNKNOWN, np.uint8))[2]
    careless, _ = pulled_to_seen(vertices, faces, far, unknown)
    careful, _ = pulled_to_seen(vertices, faces, far, shape)
    assert enclosed(careless, faces, states) == 1
    assert enclosed(careful, faces, states) == 0


def test_samples_out_of_reach_are_left() -> None:
    vertices, faces, shape = block(np.full((16, 16, 16), UNKNOWN, np.uint8))
    moved, is_moved = pulled_to_seen(vertices, faces, seen([[0.8, 0.8, 2.0]]), shape)
    assert not is_moved.any() and np.array_equal(moved, vertices)
