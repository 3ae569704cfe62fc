"""Parametric shapes against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import Mesh
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.closed_meshes import is_closed, mesh_volume

SIZES = st.floats(0.01, 3.0)


def volume(mesh: Mesh) -> float:
    assert is_closed(mesh.faces)
    return mesh_volume(mesh.vertices, mesh.faces)


@given(size=st.tuples(SIZES, SIZES, SIZES), edge=st.floats(0, 0.5), steps=st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_boxes_fill_their_extents(
    size: tuple[float, float, float], edge: float, steps: int
) -> None:
    mesh = shapes.box(size, (1, 2, 3), edge=edge, steps=steps)
    half = np.array(size) / 2
    np.testing.assert_allclose(mesh.vertices.min(axis=0), np.array((1, 2, 3)) - half, atol=1e-5)
    np.testing.assert_allclose(mesh.vertices.max(axis=0), np.array((1, 2, 3)) + half, atol=1e-5)
    full = float(np.prod(size))
    # With the widest chamfer a box is nearly an octahedron, a sixth of it.
    assert 0.16 * full < volume(mesh) <= full * 1.001
    if edge == 0:
        assert volume(mesh) == pytest.approx(full, rel=1e-3)


@given(radius=SIZES, height=SIZES, share=st.floats(0.1, 2.0))
@settings(deadline=None, max_examples=30)
def test_truncated_cones_have_the_volume_of_the_formula(
    radius: float, height: float, share: float
) -> None:
    mesh = shapes.cylinder(radius, 0, height, top=share * radius, segments=64)
    exact = np.pi * height * radius**2 * (1 + share + share**2) / 3
    assert volume(mesh) == pytest.approx(exact, rel=0.004)


def test_a_lathe_closes_at_the_axis_and_in_a_ring() -> None:
    ball = [(np.sin(a), -np.cos(a)) for a in np.linspace(0, np.pi, 40)]
    ball[0], ball[-1] = (0.0, -1.0), (0.0, 1.0)
    assert volume(shapes.lathe(ball, segments=80)) == pytest.approx(4 / 3 * np.pi, rel=0.01)
    ring = [(2, -0.5), (3, -0.5), (3, 0.5), (2, 0.5)]
    assert volume(shapes.lathe(ring, segments=80, loop=True)) == pytest.approx(np.pi * 5, rel=0.01)


def test_a_prism_may_be_concave_and_along_any_axis() -> None:
    outline = [(0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (0, 2)]
    for turned in (outline, outline[::-1]):
        for along, axis in (("x", 0), ("y", 1), ("z", 2)):
            mesh = shapes.prism(turned, -1, 1, along=along)
            assert volume(mesh) == pytest.approx(8)
            assert np.ptp(mesh.vertices, axis=0)[axis] == 2


def test_a_tube_along_a_circle_is_a_torus() -> None:
    angles = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    path = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(64)])
    mesh = shapes.tube(path, radius=0.1, segments=32, loop=True)
    assert volume(mesh) == pytest.approx(2 * np.pi**2 * 0.01, rel=0.02)


def test_other_shapes_are_closed() -> None:
    forms = [
        shapes.rod((0, 0, 0), (1, 2, 3), radius=0.1),
        shapes.beam((0, 0, 0), (0, 0, 2), size=(0.1, 0.2)),
        shapes.leg((0, 0, 0), (1, 0, 2), radius=0.1, top=0.2),
        shapes.superellipsoid((1, 2, 3), flat=0.5, square=0.3),
        shapes.sheet([(0, 0), (1, 0.2), (2, -0.2), (3, 0)], thickness=0.05, low=0, high=2),
        shapes.leaf([(0, 0, 0), (0.5, 0, 0.4), (1, 0, 0.3)], widths=[0.2, 0.3], thickness=0.02),
        shapes.tube([(0, 0, 0), (0, 0, 1), (1, 0, 2)], radius=0.1, end_radius=0.05),
    ]
    for form in forms:
        assert volume(form) > 0
