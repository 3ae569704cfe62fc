"""Moved, scaled, turned, mirrored and joined meshes."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import Mesh
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume
from scenewright.worlds.objects.mesh_transforms import (
    both_sides,
    joined,
    mirrored,
    moved,
    refined,
    scaled,
    turned,
)


def volume(mesh: Mesh) -> float:
    assert is_closed(mesh.faces)
    return mesh_volume(mesh.vertices, mesh.faces)


def test_transforms_keep_volume_and_orientation() -> None:
    form = shapes.leg((0.5, 0, 0), (1, 0, 2), radius=0.1, top=0.2)
    for mesh in (
        moved(form, (1, 2, 3)),
        turned(form, "y", 37),
        mirrored(form),
        mirrored(form, "z"),
    ):
        assert volume(mesh) == pytest.approx(volume(form), rel=1e-5)
    assert volume(scaled(form, 2)) == pytest.approx(8 * volume(form), rel=1e-5)
    assert volume(joined(both_sides(form))) == pytest.approx(2 * volume(form), rel=1e-5)


def test_turning_is_counter_clockwise() -> None:
    point = Mesh(np.array([[1, 0, 0]], np.float32), np.zeros((0, 3), np.int32))
    np.testing.assert_allclose(turned(point, "z", 90).vertices, [[0, 1, 0]], atol=1e-6)
    np.testing.assert_allclose(turned(point, "y", 90).vertices, [[0, 0, -1]], atol=1e-6)


@pytest.mark.parametrize("longest", [0.05, 0.13, 0.4])
def test_refined_keeps_the_surface_closed_and_shortens_edges(longest: float) -> None:
    mesh = shapes.box((1.0, 0.5, 0.2), edge=0.03, steps=2)
    fine = refined(mesh, longest=longest)
    edges = fine.vertices[fine.faces] - fine.vertices[np.roll(fine.faces, -1, axis=1)]
    assert np.linalg.norm(edges, axis=2).max() <= longest + 1e-6
    assert is_closed(fine.faces)
    assert mesh_volume(fine.vertices, fine.faces) == pytest.approx(
        mesh_volume(mesh.vertices, mesh.faces), rel=1e-5
    )
    assert np.array_equal(fine.vertices[: len(mesh.vertices)], mesh.vertices)


def test_refined_leaves_a_fine_mesh_alone() -> None:
    mesh = shapes.box((0.1, 0.1, 0.1))
    assert np.array_equal(refined(mesh, longest=1.0).faces, mesh.faces)
