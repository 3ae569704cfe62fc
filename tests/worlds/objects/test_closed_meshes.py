"""Closed meshes from rings, hulls and triangles."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.worlds.objects import closed_meshes
from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume


def test_a_flat_surface_is_refused() -> None:
    with pytest.raises(ConventionError, match="closed_mesh: expected a volume above 0, got 0"):
        closed_meshes.closed_mesh(
            [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)],
            [(0, 1, 2), (2, 1, 3), (2, 1, 0), (3, 1, 2)],
        )


def test_lofts_with_flat_ends_and_with_tips_have_the_volume_of_the_formula() -> None:
    square = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
    rings = np.stack([np.column_stack([square, np.full(4, z)]) for z in (0.0, 3.0)])
    prism = closed_meshes.lofted(rings)
    assert is_closed(prism.faces)
    assert mesh_volume(prism.vertices, prism.faces) == pytest.approx(12.0)
    tipped = closed_meshes.lofted(rings, end=(0.0, 0.0, 6.0))
    assert mesh_volume(tipped.vertices, tipped.faces) == pytest.approx(12.0 + 4.0)


def test_faces_are_oriented_outward_whatever_the_order() -> None:
    cube = closed_meshes.convex(list(np.ndindex(2, 2, 2)))
    inverted = closed_meshes.closed_mesh(cube.vertices, cube.faces[:, ::-1])
    for mesh in (cube, inverted):
        assert is_closed(mesh.faces)
        assert mesh_volume(mesh.vertices, mesh.faces) == pytest.approx(1.0)


def test_open_and_inconsistent_surfaces_are_not_closed() -> None:
    cube = closed_meshes.convex(list(np.ndindex(2, 2, 2)))
    assert not is_closed(cube.faces[:-1])
    flipped = cube.faces.copy()
    flipped[0] = flipped[0, ::-1]
    assert not is_closed(flipped)
    assert not is_closed(np.zeros((0, 3), np.int32))
