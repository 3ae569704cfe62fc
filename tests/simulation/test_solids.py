"""Volumes, inertia and convex parts."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.simulation.solids import convex_parts, hull_of, mass_properties
from tests.simulation.simulation_builders import CELL, block, table

CUBE = np.array([[x, y, z] for x in (0, 2) for y in (0, 1) for z in (0, 3)], float)


def test_mass_properties_of_a_box_are_the_textbook_ones() -> None:
    hull = hull_of(CUBE + 5)
    found = mass_properties(hull.vertices, hull.faces)
    assert found.volume == pytest.approx(6)
    assert found.center == pytest.approx([6, 5.5, 6.5])
    expected = 6 / 12 * np.array([1 + 9, 4 + 9, 4 + 1])
    assert np.allclose(found.inertia, np.diag(expected))
    inside_out = mass_properties(hull.vertices, hull.faces[:, ::-1])
    assert inside_out.volume == pytest.approx(6) and np.allclose(inside_out.inertia, found.inertia)


def test_a_flat_hull_is_made_thick() -> None:
    flat = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    hull = hull_of(flat)
    assert 0 < mass_properties(hull.vertices, hull.faces).volume < 0.01
    assert np.ptp(hull.vertices[:, 2]) == pytest.approx(0.004, abs=1e-3)


def test_a_convex_mesh_is_one_part_and_needs_no_package() -> None:
    mesh = block((4, 5, 6), (0, 0, 0)).mesh
    assert mesh is not None
    parts = convex_parts(mesh.vertices.astype(float), mesh.faces)
    assert len(parts) == 1


def test_a_table_is_decomposed_so_that_there_is_room_below_it() -> None:
    pytest.importorskip("coacd")
    mesh = table().mesh
    assert mesh is not None
    parts = convex_parts(mesh.vertices.astype(float), mesh.faces)
    assert 3 <= len(parts) <= 12
    middle = np.array([0.0, 0.0, 0.3])  # below the top, between the legs
    for part in parts:
        low, high = part.vertices.min(axis=0), part.vertices.max(axis=0)
        assert not ((middle > low + CELL) & (middle < high - CELL)).all()
