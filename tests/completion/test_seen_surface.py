"""Samples of what was seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.completion.seen_surface import GRAY, SeenSurface, seen_surface
from scenewright.core import Asset, Mesh, PointCloud
from tests.completion.completion_builders import BOX, seen_scene


def square(side: float = 1.0) -> Mesh:
    """Two triangles that face up, red on one side and blue on the other."""
    vertices = side * np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    colors = np.array([[255, 0, 0], [0, 0, 255], [0, 0, 255], [255, 0, 0]], np.uint8)
    return Mesh(vertices, np.array([[0, 1, 2], [0, 2, 3]], np.int32), colors)


def test_a_mesh_is_sampled_evenly_with_normals_and_colors() -> None:
    placement = np.eye(4)
    placement[:3, 3] = 2, 0, 1
    surface = SeenSurface.of_asset(Asset(square(), placement), spacing=0.05)
    assert abs(len(surface) - 400) < 5
    assert np.allclose(surface.normals, [0, 0, 1])
    assert np.allclose(surface.points[:, 2], 1)
    counts, _, _ = np.histogram2d(
        surface.points[:, 0] - 2, surface.points[:, 1], bins=4, range=((0, 1), (0, 1))
    )
    assert counts.min() > 15
    red = surface.colors[:, 0].astype(float)
    assert np.abs(red - 255 * (3 - surface.points[:, 0])).max() < 1


def test_only_what_a_camera_saw_of_a_completed_mesh_is_sampled() -> None:
    asset = Asset(square(), observed=np.array([True, True, True, False]))
    surface = SeenSurface.of_asset(asset, spacing=0.05)
    assert (surface.points[:, 0] >= surface.points[:, 1]).all() and len(surface) > 150


def test_points_stand_in_for_a_missing_mesh() -> None:
    scene = seen_scene()
    assert scene.points is not None and scene.points.instance_id is not None
    surface = seen_surface(scene, BOX, spacing=1.0)
    assert len(surface) == np.count_nonzero(scene.points.instance_id == BOX)
    plain = replace(scene.points, normals=None, colors=None)
    surface = seen_surface(replace(scene, points=plain), BOX, spacing=1.0)
    assert not surface.normals.any() and (surface.colors == GRAY).all()
    assert not len(seen_surface(replace(scene, points=None), BOX, spacing=1.0))


def test_surface_that_no_pixel_hit_is_not_seen() -> None:
    # The lid that a distance field puts on a vase: hits are on a grid around it, at its border.
    grid = np.stack(np.meshgrid(*[np.arange(-0.2, 1.25, 0.05)] * 2), -1).reshape(-1, 2)
    border = grid[(np.abs(grid - 0.5) > 0.3).any(axis=1)]
    hits = np.column_stack([border, np.zeros(len(border))]).astype(np.float32)
    cloud = PointCloud(hits, instance_id=np.full(len(hits), BOX, np.int32))
    scene = replace(seen_scene(), points=cloud, assets={BOX: Asset(square())})
    surface = seen_surface(scene, BOX, spacing=0.02)
    from_middle = np.abs(surface.points[:, :2] - 0.5).max(axis=1)
    assert from_middle.min() > 0.15 and (from_middle < 0.3).any()
    few = replace(scene, points=cloud[np.arange(4)])
    assert len(seen_surface(few, BOX, spacing=0.02)) > 1.2 * len(surface)


def test_thinning_keeps_both_sides_of_a_board() -> None:
    top = SeenSurface.of_asset(Asset(square()), spacing=0.02)
    both = SeenSurface(
        np.concatenate([top.points, top.points]), np.concatenate([top.normals, -top.normals]),
        np.concatenate([top.colors, top.colors]),
    )  # fmt: skip
    thin = both.thinned(0.25)
    assert len(thin) == 32 and (thin.normals[:, 2] > 0).sum() == 16
    assert not len(replace(top, points=top.points[:0], normals=top.normals[:0],
                           colors=top.colors[:0]).thinned(1.0))  # fmt: skip
