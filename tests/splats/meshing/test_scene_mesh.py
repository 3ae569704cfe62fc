"""Meshes of whole scenes: where the surface lies, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from scenewright.core import Camera, ConventionError, Mesh, SurfelCloud, Views
from scenewright.splats.meshing import (
    MeshConfig,
    SurfaceImage,
    spread_labels,
    surfels_to_mesh,
)
from scenewright.splats.meshing.cleaning import face_parts
from scenewright.splats.meshing.scene_extent import scene_voxel
from tests.splats.shape_builders import (
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
    mesh = surfels_to_mesh(*ball_and_views(), config=MeshConfig(voxel_size=VOXEL))
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
    mesh = surfels_to_mesh(surfels, views, config=MeshConfig(voxel_size=VOXEL))
    size = scene_voxel(scaled(surfels, factor))
    assert size == pytest.approx(factor * scene_voxel(surfels), rel=1e-5)
    other = surfels_to_mesh(
        scaled(surfels, factor),
        scaled_views(views, factor),
        config=MeshConfig(voxel_size=factor * VOXEL),
    )
    # Rounding may move a sample to a neighboring pixel, and with it a vertex or two.
    assert len(other.faces) == pytest.approx(len(mesh.faces), rel=0.01)
    extent = np.ptp(other.vertices, axis=0) / factor
    assert np.allclose(extent, np.ptp(mesh.vertices, axis=0), atol=VOXEL)


def test_floaters_go_and_large_parts_stay() -> None:
    crumb = sphere(60, radius=0.06, center=(1.6, 0, 0))
    surfels = joined(sphere(1500), crumb)
    views = around(12)
    kept = surfels_to_mesh(surfels, views, config=MeshConfig(voxel_size=VOXEL, least_faces=1500))
    everything = surfels_to_mesh(surfels, views, config=MeshConfig(voxel_size=VOXEL, least_faces=1))
    assert everything.vertices[:, 0].max() > 1.6
    assert kept.vertices[:, 0].max() < 1.1
    assert len(np.unique(face_parts(kept.faces, len(kept.vertices)))) == 1


def test_plane_of_one_picture_lies_where_it_lies() -> None:
    views = views_from(np.array([[0.4, 0.3, 2.0]]), target=(0, 0, 0.1))
    mesh = surfels_to_mesh(
        plane(3.0, spacing=0.06, height=0.1), views, config=MeshConfig(voxel_size=0.04)
    )
    assert np.abs(mesh.vertices[:, 2] - 0.1).max() < 0.04


def test_what_cannot_be_meshed_is_refused_with_the_reason() -> None:
    surfels, views = ball_and_views()
    with pytest.raises(ConventionError) as error:
        surfels_to_mesh(surfels[:0], views)
    assert str(error.value) == "surfels to mesh: expected at least one, got none"
    with pytest.raises(ConventionError) as error:
        surfels_to_mesh(surfels, views, config=MeshConfig(voxel_size=0.0))
    assert str(error.value) == "voxel size: expected above 0 m, got 0 m"
    row = np.array([[0.0, -4, 0], [1.0, -4, 0]])
    alike = Views(
        ("a", "b"), views.K[:2], views.size[:2], np.tile(views.world_from_cam[0], (2, 1, 1))
    )
    alike.world_from_cam[:, :3, 3] = row
    with pytest.raises(ConventionError) as error:
        surfels_to_mesh(surfels, alike, config=MeshConfig(unbounded=True))
    assert str(error.value) == (
        "views: expected optical axes that meet, got parallel axes. Mesh the scene as bounded."
    )
    camera = Camera.from_focal(10, 10, 4, 3, width=8, height=6)
    bare = SurfaceImage(
        np.ones((6, 8), np.float32), np.zeros((6, 8, 3), np.uint8), camera, np.eye(4)
    )
    with pytest.raises(ConventionError) as error:
        spread_labels(np.zeros((1, 3), np.float32), [bare], reach=0.1)
    assert str(error.value) == "images: expected instance ids, got none"
