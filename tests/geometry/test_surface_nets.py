"""Surface nets on analytic fields: closed, outward, where the surface is."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.geometry.surface_nets import NetSurface, extract_surface
from scenewright.geometry.voxel_hash import BlockIndex
from tests.geometry.geometry_builders import Field, centers, make_index, sample

SIZE = 0.1
offsets = st.floats(-0.6, 0.6)


def ball(middle: NDArray[np.float64], radius: float) -> Field:
    return lambda p: np.linalg.norm(p - middle, axis=-1) - radius


def extract(field: Field, index: BlockIndex | None = None) -> NetSurface:
    index = make_index((-3, -3, -3), (3, 3, 3)) if index is None else index
    tsdf, weight, color = sample(index, field, voxel_size=SIZE, truncation=0.4)
    return extract_surface(index, tsdf, weight, color, voxel_size=SIZE)


def as_trimesh(surface: NetSurface) -> trimesh.Trimesh:
    return trimesh.Trimesh(surface.vertices, surface.faces, process=False)


@given(st.tuples(offsets, offsets, offsets), st.floats(1.0, 1.5))
@settings(deadline=None, max_examples=10)
def test_a_ball_is_closed_and_has_its_volume(
    middle: tuple[float, float, float], radius: float
) -> None:
    mesh = as_trimesh(extract(ball(np.array(middle), radius)))
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.euler_number == 2
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.02)
    distance = np.linalg.norm(mesh.vertices - middle, axis=1) - radius
    assert np.abs(distance).max() < SIZE / 2
    assert (mesh.area_faces > 0).all()


def test_faces_look_to_the_free_side() -> None:
    hollow = as_trimesh(extract(lambda p: 1.0 - np.linalg.norm(p, axis=-1)))
    assert hollow.is_watertight and hollow.is_winding_consistent
    assert hollow.volume == pytest.approx(-4 / 3 * np.pi, rel=0.02)
    assert ((hollow.face_normals * hollow.triangles_center).sum(axis=1) < 0).all()


def test_a_box_and_two_bodies_are_closed_across_block_borders() -> None:
    def cube(p: NDArray[np.float64]) -> NDArray[np.float64]:
        distance: NDArray[np.float64] = (np.abs(p - 0.03) - [0.9, 0.7, 1.1]).max(axis=-1)
        return distance

    mesh = as_trimesh(extract(cube))
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(1.8 * 1.4 * 2.2, rel=0.03)
    left, right = ball(np.array([-1.2, 0.1, 0]), 0.7), ball(np.array([1.2, -0.3, 0.2]), 0.6)
    two = as_trimesh(extract(lambda p: np.minimum(left(p), right(p))))
    assert two.is_watertight and two.euler_number == 4
    assert two.volume == pytest.approx(4 / 3 * np.pi * (0.7**3 + 0.6**3), rel=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_a_plane_is_flat(seed: int) -> None:
    normal = np.random.default_rng(seed).normal(size=3)
    normal /= np.linalg.norm(normal)
    surface = extract(lambda p: p @ normal - 0.07)
    inner = np.abs(surface.vertices).max(axis=1) < 2.2
    assert inner.sum() > 500
    assert np.abs(surface.vertices[inner] @ normal - 0.07).max() < 1e-5
    mesh = as_trimesh(surface)
    assert mesh.face_normals @ normal == pytest.approx(1, abs=1e-3)


def test_the_order_of_blocks_does_not_matter() -> None:
    index = make_index((-3, -3, -3), (3, 3, 3))
    shuffled = BlockIndex()
    shuffled.add(np.random.default_rng(0).permutation(index.coords))
    field = ball(np.array([0.2, 0.1, -0.3]), 1.2)
    first, second = extract(field, index), extract(field, shuffled)
    assert sorted(map(tuple, first.vertices)) == sorted(map(tuple, second.vertices))
    assert len(first.faces) == len(second.faces)
    assert as_trimesh(second).is_watertight


def test_each_vertex_names_the_nearest_voxel() -> None:
    index = make_index((-3, -3, -3), (3, 3, 3))
    surface = extract(ball(np.array([0.03, -0.2, 0.1]), 1.1), index)
    nearest = centers(index, SIZE).reshape(-1, 3)[surface.voxel]
    assert np.abs(surface.vertices - nearest).max() <= SIZE / 2 + 1e-5


def test_unknown_corners_leave_a_hole_and_nothing_else_changes() -> None:
    index = make_index((-3, -3, -3), (3, 3, 3))
    field = ball(np.zeros(3), 1.1)
    tsdf, weight, color = sample(index, field, voxel_size=SIZE, truncation=0.4)
    whole = extract_surface(index, tsdf, weight, color, voxel_size=SIZE)
    points = centers(index, SIZE)
    lost = np.linalg.norm(points - [1.1, 0, 0], axis=-1) < 0.12
    weight[lost] = 0
    torn = extract_surface(index, tsdf, weight, color, voxel_size=SIZE)
    mesh = as_trimesh(torn)
    assert not mesh.is_watertight and mesh.is_winding_consistent
    before, after = set(map(tuple, whole.vertices)), set(map(tuple, torn.vertices))
    assert after < before
    gone = np.array(sorted(before - after))
    corners = points[lost].reshape(-1, 1, 3)
    assert np.abs(gone - corners).max(axis=2).min(axis=0).max() <= SIZE
    assert 0 < len(whole.faces) - len(torn.faces) < 60


def test_corners_with_few_readings_are_unknown() -> None:
    index = make_index((-3, -3, -3), (3, 3, 3))
    tsdf, weight, color = sample(index, ball(np.zeros(3), 1.0), voxel_size=SIZE, truncation=0.4)
    weight[:] = 2
    kept = extract_surface(index, tsdf, weight, color, voxel_size=SIZE, min_weight=2)
    assert as_trimesh(kept).is_watertight
    none = extract_surface(index, tsdf, weight, color, voxel_size=SIZE, min_weight=3)
    assert len(none.vertices) == len(none.faces) == 0


def test_a_missing_block_is_unknown() -> None:
    index = make_index((-2, -2, -2), (2, 2, 2))
    some = BlockIndex()
    some.add(index.coords[(index.coords != 0).any(axis=1)])
    mesh = as_trimesh(extract(ball(np.zeros(3), 1.1), some))
    assert not mesh.is_watertight and mesh.is_winding_consistent
    assert len(mesh.faces) < len(extract(ball(np.zeros(3), 1.1), index).faces)


def test_colors_are_mixed_from_the_corners_that_have_one() -> None:
    index = make_index((-3, -3, -3), (3, 3, 3))
    tsdf, weight, color = sample(index, ball(np.zeros(3), 1.1), voxel_size=SIZE, truncation=0.4)
    plain = extract_surface(index, tsdf, weight, color, voxel_size=SIZE)
    assert np.unique(plain.colors, axis=0).tolist() == [[200, 100, 50]]
    color[np.random.default_rng(0).random(tsdf.shape) < 0.3] = 0
    spotted = extract_surface(index, tsdf, weight, color, voxel_size=SIZE)
    shades = {tuple(c) for c in spotted.colors.tolist()}
    assert shades <= {(200, 100, 50), (0, 0, 0)}
    color[:] = 0
    bare = extract_surface(index, tsdf, weight, color, voxel_size=SIZE)
    assert not bare.colors.any()


def test_no_blocks_have_no_surface() -> None:
    surface = extract(ball(np.zeros(3), 1.0), BlockIndex())
    assert surface.vertices.shape == surface.faces.shape == (0, 3)
    assert surface.colors.shape == (0, 3) and surface.voxel.shape == (0,)


def test_free_space_alone_has_no_surface() -> None:
    for value in (1.0, -1.0, 0.25):

        def field(points: NDArray[np.float64], value: float = value) -> NDArray[np.float64]:
            return np.full(points.shape[:-1], value)

        surface = extract(field)
        assert len(surface.vertices) == len(surface.faces) == 0
