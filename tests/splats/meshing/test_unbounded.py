"""Unbounded scenes, fused in contracted space."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.splats.meshing import (
    MeshConfig,
    surfels_to_mesh,
)
from scenewright.splats.meshing.unbounded import contract, focus_of, uncontract
from tests.splats.shape_builders import (
    around,
    joined,
    sphere,
    views_from,
)


@given(st.lists(st.tuples(*[st.floats(-80, 80)] * 3), min_size=1, max_size=20))
def test_uncontracting_undoes_contracting_and_all_of_space_fits_in_a_ball(
    points: list[tuple[float, float, float]],
) -> None:
    positions = np.array(points)
    inner = contract(positions)
    assert np.linalg.norm(inner, axis=1).max() < 2
    assert np.allclose(uncontract(inner), positions, rtol=1e-6, atol=1e-9)


def test_focus_is_where_the_axes_meet() -> None:
    views = around(12, distance=3.0)
    middle, radius = focus_of(views)
    assert np.allclose(middle, 0, atol=1e-9)
    assert radius == pytest.approx(3)


def test_open_place_has_its_middle_fine_and_its_far_walls_where_they_are() -> None:
    eyes = np.array([[3 * np.cos(a), 3 * np.sin(a), 0.8] for a in np.arange(10) * np.pi / 5])
    views = views_from(eyes, focal=60.0)
    near = sphere(1500)
    far = sphere(3000, radius=25.0, instance=0, color=(0.2, 0.4, 0.8))
    mesh = surfels_to_mesh(
        joined(near, far), views, config=MeshConfig(unbounded=True, voxel_size=0.06)
    )
    reach = np.linalg.norm(mesh.vertices, axis=1)
    inner, outer = reach < 3, reach > 10
    assert (inner | outer).all() and inner.sum() > 1000 and outer.sum() > 500
    assert np.percentile(np.abs(reach[inner] - 1), 95) < 0.06
    # At 25 m, or 8 radii, a cell is 64 times as long as in the middle.
    assert np.abs(np.median(reach[outer]) - 25) < 1
    assert np.percentile(np.abs(reach[outer] - 25), 95) < 4
    assert mesh.vertex_colors is not None
    blue = mesh.vertex_colors[outer].astype(int)
    assert (blue[:, 2] > blue[:, 0] + 60).mean() > 0.99
    corner = mesh.vertices[mesh.faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    outwards = np.einsum("fd,fd->f", normal, corner.mean(axis=1))
    is_inner = inner[mesh.faces].all(axis=1)
    assert (outwards[is_inner] > 0).mean() > 0.95
    assert (outwards[~is_inner] < 0).mean() > 0.95
