"""Meshes of surfels: where the surface lies, what is left out, and what is far away."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.core import Camera, ConventionError, Mesh, SurfelCloud, Views
from scenewright.splats.meshing import (
    SurfacePicture,
    SurfacePictures,
    fuse_contracted,
    fuse_pictures,
    largest_parts,
    spread_labels,
    surfels_to_mesh,
)
from scenewright.splats.meshing.cleaning import face_parts
from scenewright.splats.meshing.surfel_mesh import scene_voxel
from scenewright.splats.meshing.unbounded import contract, focus_of, uncontract
from tests.splats.extraction.objects_builders import (
    around,
    joined,
    plane,
    scaled,
    scaled_views,
    sphere,
    views_from,
)

VOXEL = 0.05


def ball_and_views() -> tuple[SurfelCloud, Views]:
    return sphere(2000), around(20, width=128, height=128, focal=140.0)


def as_trimesh(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)


def test_sphere_becomes_one_closed_mesh_within_a_voxel_of_it_with_its_color() -> None:
    mesh = surfels_to_mesh(*ball_and_views(), voxel_size=VOXEL)
    away = np.abs(np.linalg.norm(mesh.vertices, axis=1) - 1)
    assert away.max() < 2 * VOXEL and np.percentile(away, 99) < VOXEL
    assert np.median(away) < 0.3 * VOXEL
    solid = as_trimesh(mesh)
    faces_of_edge = np.unique(solid.edges_sorted, axis=0, return_counts=True)[1]
    assert (faces_of_edge % 2 == 0).all() and solid.is_winding_consistent
    assert solid.volume == pytest.approx(4 / 3 * np.pi, rel=0.06)  # positive: faces look outwards
    assert mesh.vertex_colors is not None
    assert np.abs(mesh.vertex_colors.astype(int) - np.array([204, 76, 51])).max() <= 3


@pytest.mark.parametrize("factor", [0.01, pytest.param(100.0, marks=pytest.mark.slow)])
def test_mesh_of_a_scaled_scene_is_the_scaled_mesh(factor: float) -> None:
    surfels, views = sphere(1000), around(8)
    mesh = surfels_to_mesh(surfels, views, voxel_size=VOXEL)
    size = scene_voxel(scaled(surfels, factor))
    assert size == pytest.approx(factor * scene_voxel(surfels), rel=1e-5)
    other = surfels_to_mesh(
        scaled(surfels, factor), scaled_views(views, factor), voxel_size=factor * VOXEL
    )
    # Rounding may move a sample to a neighboring pixel, and with it a vertex or two.
    assert len(other.faces) == pytest.approx(len(mesh.faces), rel=0.01)
    extent = np.ptp(other.vertices, axis=0) / factor
    assert np.allclose(extent, np.ptp(mesh.vertices, axis=0), atol=VOXEL)


def test_floaters_go_and_large_parts_stay() -> None:
    crumb = sphere(60, radius=0.06, center=(1.6, 0, 0))
    surfels = joined(sphere(1500), crumb)
    views = around(12)
    kept = surfels_to_mesh(surfels, views, voxel_size=VOXEL, least_faces=1500)
    everything = surfels_to_mesh(surfels, views, voxel_size=VOXEL, least_faces=1)
    assert everything.vertices[:, 0].max() > 1.6
    assert kept.vertices[:, 0].max() < 1.1
    assert len(np.unique(face_parts(kept.faces, len(kept.vertices)))) == 1


@given(st.integers(1, 6), st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_as_many_parts_stay_as_there_are_and_no_more_than_asked_for(have: int, ask: int) -> None:
    parts = [trimesh.creation.icosphere(1, radius=0.1 * (i + 1)) for i in range(have)]
    for i, part in enumerate(parts):
        part.apply_translation((3.0 * i, 0, 0))
    bits = [(part, part.faces[: 80 - 10 * i]) for i, part in enumerate(parts)]
    first = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = np.concatenate([f + first[i] for i, (_, f) in enumerate(bits)])
    flat = np.array([[0, 0, 1]])  # a triangle without area
    mesh = Mesh(
        np.concatenate([part.vertices for part in parts]).astype(np.float32),
        np.concatenate([faces, flat]).astype(np.int32),
    )
    clean = largest_parts(mesh, most_parts=ask, least_faces=45)
    expected = sum(80 - 10 * i for i in range(min(have, ask)) if 80 - 10 * i >= 45)
    assert len(clean.faces) == expected
    assert np.array_equal(np.unique(clean.faces), np.arange(len(clean.vertices)))


def test_mesh_without_any_part_large_enough_is_empty() -> None:
    mesh = Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))
    assert len(largest_parts(mesh).faces) == 0
    assert len(largest_parts(Mesh(mesh.vertices, mesh.faces[:0])).vertices) == 0


def test_pixels_that_are_half_transparent_show_no_surface() -> None:
    _, views = ball_and_views()
    faint = sphere(200)
    faint = SurfelCloud(
        faint.means, faint.quats, faint.scales, np.full(200, 0.1, np.float32), faint.sh
    )
    picture = SurfacePictures(faint, views)[0]
    assert picture.depth.max() == 0
    solid = SurfacePictures(sphere(1500), views)[0]
    assert solid.depth[64, 64] == pytest.approx(3, abs=0.02)
    assert solid.depth[0, 0] == 0


def test_labels_spread_to_the_vertices_that_most_pictures_show_with_them() -> None:
    two = joined(sphere(900, center=(-0.9, 0, 0), radius=0.6), sphere(900, radius=0.6, instance=2,
                 center=(0.9, 0, 0)))  # fmt: skip
    views = around(16)
    pictures = []
    for number, plain in enumerate(SurfacePictures(two, views)):
        rows, columns = np.indices(plain.depth.shape)
        x = (columns + 0.5 - plain.camera.cx) / plain.camera.fx * plain.depth
        y = (rows + 0.5 - plain.camera.cy) / plain.camera.fy * plain.depth
        points = np.stack([x, y, plain.depth], axis=-1) @ plain.world_from_cam[:3, :3].T
        side = points[..., 0] + plain.world_from_cam[0, 3] > 0
        ids = np.where(plain.depth > 0, 1 + side, 0)
        if number % 8 == 0:
            ids = np.where(ids > 0, 3 - ids, 0)  # some pictures are wrong
        pictures.append(
            SurfacePicture(
                plain.depth, plain.color, plain.camera, plain.world_from_cam, ids.astype(np.int32)
            )
        )
    surface = fuse_pictures(pictures, voxel_size=VOXEL, max_depth=6)
    labels = spread_labels(surface.vertices, pictures, reach=2 * VOXEL)
    truth = np.where(surface.vertices[:, 0] > 0, 2, 1)
    assert (labels == truth).mean() > 0.95


@given(st.lists(st.tuples(*[st.floats(-80, 80)] * 3), min_size=1, max_size=20))
def test_uncontracting_undoes_contracting_and_all_of_space_fits_in_a_ball(
    points: list[tuple[float, float, float]],
) -> None:
    places = np.array(points)
    inner = contract(places)
    assert np.linalg.norm(inner, axis=1).max() < 2
    assert np.allclose(uncontract(inner), places, rtol=1e-6, atol=1e-9)


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
    mesh = surfels_to_mesh(joined(near, far), views, unbounded=True, voxel_size=0.06)
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


def test_plane_of_one_picture_lies_where_it_lies() -> None:
    views = views_from(np.array([[0.4, 0.3, 2.0]]), target=(0, 0, 0.1))
    mesh = surfels_to_mesh(plane(3.0, spacing=0.06, height=0.1), views, voxel_size=0.04)
    assert np.abs(mesh.vertices[:, 2] - 0.1).max() < 0.04


def test_what_cannot_be_meshed_is_refused_with_the_reason() -> None:
    surfels, views = ball_and_views()
    with pytest.raises(ConventionError) as error:
        surfels_to_mesh(surfels[:0], views)
    assert str(error.value) == "surfels to mesh: expected at least one, got none"
    with pytest.raises(ConventionError) as error:
        surfels_to_mesh(surfels, views, voxel_size=0.0)
    assert str(error.value) == "voxel size: expected above 0 m, got 0 m"
    row = np.array([[0.0, -4, 0], [1.0, -4, 0]])
    alike = Views(
        ("a", "b"), views.K[:2], views.size[:2], np.tile(views.world_from_cam[0], (2, 1, 1))
    )
    alike.world_from_cam[:, :3, 3] = row
    with pytest.raises(ConventionError) as error:
        surfels_to_mesh(surfels, alike, unbounded=True)
    assert str(error.value) == (
        "views: expected axes that meet around something, got axes that are parallel. "
        "Mesh it as bounded."
    )
    camera = Camera.from_focal(10, 10, 4, 3, width=8, height=6)
    bare = SurfacePicture(
        np.ones((6, 8), np.float32), np.zeros((6, 8, 3), np.uint8), camera, np.eye(4)
    )
    with pytest.raises(ConventionError) as error:
        spread_labels(np.zeros((1, 3), np.float32), [bare], reach=0.1)
    assert str(error.value) == "pictures: expected instance ids, got none"


def test_no_picture_with_surface_gives_no_vertices() -> None:
    camera = Camera.from_focal(10, 10, 4, 3, width=8, height=6)
    bare = SurfacePicture(
        np.zeros((6, 8), np.float32), np.zeros((6, 8, 3), np.uint8), camera, np.eye(4)
    )
    assert not len(fuse_pictures([bare], voxel_size=0.1, max_depth=3).vertices)
    surface = fuse_contracted([bare], middle=np.zeros(3), radius=1.0, voxel_size=0.1)
    assert not len(surface.faces)
