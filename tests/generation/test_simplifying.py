"""Fewer faces, closed as before."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.core import ConventionError
from scenewright.generation.simplifying import simplified_surface
from scenewright.geometry.sheets import is_closed
from tests.generation.generation_builders import Surface, rough_ball, sphere, thin_lattice

pytest.importorskip("fast_simplification")


def volume(points: np.ndarray, faces: np.ndarray) -> float:
    """Enclosed by a closed mesh."""
    a, b, c = points[faces].astype(np.float64).transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize("share", [0.3, 0.05, 0.01])
@pytest.mark.parametrize("surface", [sphere(), rough_ball(), thin_lattice()],
                         ids=["sphere", "rough ball", "lattice"])  # fmt: skip
def test_closed_meshes_stay_closed_within_the_limit(surface: Surface, share: float) -> None:
    vertices, faces = surface
    assert is_closed(faces)
    limit = int(share * len(faces))
    few, corners = simplified_surface(vertices, faces, max_faces=limit)
    assert 0 < len(corners) <= limit
    assert is_closed(corners)
    assert set(np.unique(corners)) == set(range(len(few)))


def test_the_shape_stays() -> None:
    vertices, faces = sphere(0.4)
    few, corners = simplified_surface(vertices, faces, max_faces=500)
    assert volume(few, corners) == pytest.approx(volume(vertices, faces), rel=0.02)
    np.testing.assert_allclose(np.linalg.norm(few, axis=1), 0.4, atol=0.01)


def test_a_small_mesh_is_returned_as_it_is() -> None:
    vertices, faces = sphere(cells=8)
    few, corners = simplified_surface(vertices, faces, max_faces=len(faces))
    np.testing.assert_array_equal(corners, faces)
    np.testing.assert_allclose(few, vertices, atol=1e-6)


def test_an_open_mesh_is_simplified_too() -> None:
    vertices, faces = sphere()
    top = faces[vertices[faces, 2].min(axis=1) > 0]
    _, corners = simplified_surface(vertices, top, max_faces=300)
    assert 0 < len(corners) <= 300
    assert not is_closed(corners)


def test_too_few_faces_are_refused() -> None:
    vertices, faces = sphere(cells=8)
    with pytest.raises(ConventionError) as caught:
        simplified_surface(vertices, faces, max_faces=3)
    assert str(caught.value) == "max_faces: expected at least 4, got 3"
