"""State grids from frames, and their sharpening by the seen surface."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenewright.completion.evidence import conflict_share, gather_evidence, sharpened
from scenewright.completion.seen_surface import SeenSurface, seen_surface
from scenewright.core import (
    FREE,
    OCCUPIED,
    UNKNOWN,
    CaptureError,
    ConventionError,
    StateGrid,
)
from tests.completion.completion_builders import BOX, BOX_SIZE, UP, seen_scene


def box_states() -> tuple[StateGrid, SeenSurface]:
    """The sharpened grid of the box, and its seen surface."""
    scene = seen_scene()
    surface = seen_surface(scene, BOX, spacing=0.01)
    assert scene.points is not None and scene.points.instance_id is not None
    others = scene.points.points[scene.points.instance_id != BOX]
    grid = sharpened(scene.grids[BOX], surface, others=others, up=UP, support=0.0)
    return grid, surface


def test_grids_tell_front_inside_and_behind_apart() -> None:
    grid = seen_scene().grids[BOX]
    centers = grid.centers()
    x, y, z = np.moveaxis(centers, -1, 0)
    assert grid.states.shape == (64, 64, 64)
    inside = (np.abs(x) < 0.3) & (np.abs(y) < 0.15) & (z > 0.1) & (z < 0.5)
    assert (grid.states[inside] == UNKNOWN).all()
    above = (np.abs(x) < 0.3) & (np.abs(y) < 0.2) & (z > 0.65)
    assert (grid.states[above] == FREE).all()
    assert (grid.states[(z < -0.05)] == UNKNOWN).mean() > 0.9  # below the floor


def test_sharpened_grid_has_one_layer_of_surface_and_a_free_front() -> None:
    grid, surface = box_states()
    occupied = grid.states == OCCUPIED
    centers, cell = grid.centers(), grid.cell_size
    away = np.abs(centers[occupied]) - np.array(BOX_SIZE) / 2
    away[:, 2] = np.abs(centers[occupied][:, 2] - 0.3) - 0.3
    assert np.abs(away.max(axis=1)).max() < cell  # on the surface of the box, and nowhere else
    front = (np.abs(centers[..., 0]) < 0.3) & (centers[..., 2] < 0.55) & (centers[..., 2] > 0.05)
    front &= (centers[..., 1] < -0.25 - 0.6 * cell) & (centers[..., 1] > -0.25 - 2 * cell)
    assert (grid.states[front] == FREE).mean() > 0.99
    assert (grid.states[centers[..., 2] < -cell / 2] == FREE).all()
    assert len(surface) > 1000


def test_surface_in_free_space_is_unknown_and_counted() -> None:
    scene = seen_scene()
    surface = seen_surface(scene, BOX, spacing=0.01)
    moved = replace(surface, points=surface.points + np.array([0, -0.15, 0.1]))
    assert conflict_share(scene.grids[BOX], surface) < 0.02
    assert conflict_share(scene.grids[BOX], moved) > 0.5
    others = np.zeros((0, 3))
    grid = sharpened(scene.grids[BOX], moved, others=others, up=UP, support=None)
    centers = grid.centers()
    # In front of the box, all frames see through the moved surface.
    before = (centers[..., 1] < -0.3) & (np.abs(centers[..., 0]) < 0.2)
    assert not (grid.states[before] == OCCUPIED).any()


def test_an_object_without_surface_is_refused() -> None:
    scene = seen_scene()
    assert scene.points is not None
    empty = replace(scene, points=scene.points[:0], grids={})
    with pytest.raises(ConventionError) as error:
        gather_evidence(empty, [], ids=(BOX,))
    assert str(error.value) == (
        "instance 3: expected points or a mesh that cameras saw, got neither"
    )


def test_grids_that_do_not_fit_into_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenewright.completion.evidence.available_bytes", lambda: 1000)
    with pytest.raises(CaptureError) as error:
        gather_evidence(seen_scene(), [], ids=[BOX])
    assert error.value.what == "Not enough memory for 1 grid of 64 cells along each edge"
    assert error.value.do == "Complete fewer objects at once (--ids)."
