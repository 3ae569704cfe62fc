"""Whole objects keep the seen surface, leave free space empty, and are closed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.spatial import KDTree

from scenewright.completion.composing import WholeObject, compose, neighbor_means, vertex_normals
from scenewright.completion.seen_surface import SeenSurface
from scenewright.core import FREE, ConventionError
from scenewright.geometry.mesh_queries import winding_numbers
from scenewright.geometry.sheets import is_closed
from scenewright.geometry.solid_cells import fill_solid
from scenewright.models import create
from scenewright.models.partial_shapes import PartialShape, ShapeGuess
from tests.completion.completion_builders import BOX_SIZE, UP
from tests.completion.test_evidence import box_states


@cache
def whole() -> tuple[WholeObject, PartialShape, SeenSurface]:
    """The box of the small room, completed."""
    grid, surface = box_states()
    shape = PartialShape(grid, UP, 0.0)
    return compose(shape, create("complete/symmetry").complete(shape)[0], surface), shape, surface


def test_the_seen_surface_stays_within_a_fraction_of_a_cell() -> None:
    made, shape, surface = whole()
    vertices = made.asset.world_vertices()
    cell = shape.grid.cell_size
    distance = KDTree(vertices).query(surface.points)[0]
    assert distance.max() < 1.5 * cell  # recall: vertices lie a cell apart
    assert made.asset.observed is not None
    # Seen vertices lie on the true faces, not on steps of the grid.
    half = np.array(BOX_SIZE) / 2
    away = np.abs(np.abs(vertices[made.asset.observed] - (0, 0, 0.3)) - half).min(axis=1)
    assert np.quantile(away, 0.9) < 0.1 * cell


def test_free_cells_stay_empty_and_the_mesh_is_closed() -> None:
    made, shape, _ = whole()
    assert made.asset.mesh is not None and made.asset.is_whole
    assert is_closed(made.asset.mesh.faces)
    assert not (made.solid & shape.free).any()
    deep = np.argwhere(shape.grid.states == FREE)[::50]
    centers = shape.grid.origin + shape.grid.cell_size * (deep + 0.5)
    corners = made.asset.world_vertices()[made.asset.mesh.faces]
    assert not (winding_numbers(centers, corners) > 0.5).any()
    filled = np.zeros(shape.grid.states.shape, np.int32)
    fill_solid(corners, shape.grid.origin, shape.grid.cell_size, 1, filled)
    assert not ((filled > 0) & shape.free).any()


def test_the_hidden_back_is_where_the_box_ends() -> None:
    made, shape, _ = whole()
    asset = made.asset
    vertices, size = asset.world_vertices(), np.ptp(asset.world_vertices(), axis=0)
    assert size == pytest.approx(BOX_SIZE, abs=2.5 * shape.grid.cell_size)
    assert asset.observed is not None and asset.uncertainty is not None
    back = (vertices[:, 1] > 0.2) & (vertices[:, 2] < 0.5) & (np.abs(vertices[:, 0]) < 0.35)
    assert not asset.observed[back].any() and (asset.uncertainty[back] > 0).all()
    assert (asset.uncertainty[asset.observed] == 0).all()
    assert 0.1 < made.hidden_uncertainty < 1
    assert 0.3 < (asset.observed_share or 0) < 0.9


def test_surface_that_frames_see_through_is_kept_as_scanned() -> None:
    _, shape, surface = whole()
    states = shape.grid.states.copy()
    states[shape.occupied] = 0  # all of it contradicts free space
    doubtful = replace(shape, grid=replace(shape.grid, states=states))
    nothing = np.zeros(states.shape, np.bool_)
    guess = ShapeGuess(nothing, nothing.astype(np.float32), 0.0, "nothing")
    made = compose(doubtful, guess, surface)
    distance = KDTree(made.asset.world_vertices()).query(surface.points)[0]
    assert distance.max() < 1.5 * shape.grid.cell_size and made.asset.is_whole


def test_hidden_faces_have_the_color_of_the_object() -> None:
    made, _, _ = whole()
    assert made.asset.mesh is not None and made.asset.mesh.vertex_colors is not None
    assert made.asset.observed is not None
    red, green, blue = made.asset.mesh.vertex_colors[~made.asset.observed].astype(int).T
    assert (red > green + 20).mean() > 0.95 and (red > blue + 20).mean() > 0.95


def test_an_object_outside_of_its_grid_is_refused() -> None:
    _, shape, surface = whole()
    empty = replace(shape, grid=replace(shape.grid, states=np.zeros((8, 8, 8), np.uint8)))
    guess = create("complete/symmetry").complete(empty)[0]
    nowhere = replace(surface, points=surface.points + 100)
    with pytest.raises(ConventionError) as error:
        compose(empty, guess, nowhere)
    assert str(error.value) == "object to complete: expected occupied cells, got none"


def test_normals_and_neighbors_of_vertices() -> None:
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]])
    faces = np.array([[0, 1, 2]])
    assert vertex_normals(vertices, faces)[:3].tolist() == [[0, 0, 1]] * 3
    assert not vertex_normals(vertices, faces)[3].any()
    means = neighbor_means(4, faces) @ vertices
    assert means[0].tolist() == [0.5, 0.5, 0] and not means[3].any()
