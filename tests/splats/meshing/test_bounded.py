"""Images of the surface fused on a grid of equal voxels."""

from __future__ import annotations

import numpy as np

from scenewright.core import Camera
from scenewright.splats.meshing import (
    SurfaceImage,
    SurfaceImages,
    fuse_contracted,
    fuse_images,
    spread_labels,
)
from tests.splats.shape_builders import (
    around,
    joined,
    sphere,
)

VOXEL = 0.05


def test_labels_spread_to_the_vertices_that_most_pictures_show_with_them() -> None:
    two = joined(sphere(900, center=(-0.9, 0, 0), radius=0.6), sphere(900, radius=0.6, instance=2,
                 center=(0.9, 0, 0)))  # fmt: skip
    views = around(16)
    pictures = []
    for number, plain in enumerate(SurfaceImages(two, views)):
        rows, columns = np.indices(plain.depth.shape)
        x = (columns + 0.5 - plain.camera.cx) / plain.camera.fx * plain.depth
        y = (rows + 0.5 - plain.camera.cy) / plain.camera.fy * plain.depth
        points = np.stack([x, y, plain.depth], axis=-1) @ plain.world_from_cam[:3, :3].T
        side = points[..., 0] + plain.world_from_cam[0, 3] > 0
        ids = np.where(plain.depth > 0, 1 + side, 0)
        if number % 8 == 0:
            ids = np.where(ids > 0, 3 - ids, 0)  # some images are wrong
        pictures.append(
            SurfaceImage(
                plain.depth, plain.color, plain.camera, plain.world_from_cam, ids.astype(np.int32)
            )
        )
    surface = fuse_images(pictures, voxel_size=VOXEL, max_depth=6)
    labels = spread_labels(surface.vertices, pictures, reach=2 * VOXEL)
    truth = np.where(surface.vertices[:, 0] > 0, 2, 1)
    assert (labels == truth).mean() > 0.95


def test_no_picture_with_surface_gives_no_vertices() -> None:
    camera = Camera.from_focal(10, 10, 4, 3, width=8, height=6)
    bare = SurfaceImage(
        np.zeros((6, 8), np.float32), np.zeros((6, 8, 3), np.uint8), camera, np.eye(4)
    )
    assert not len(fuse_images([bare], voxel_size=0.1, max_depth=3).vertices)
    surface = fuse_contracted([bare], middle=np.zeros(3), radius=1.0, voxel_size=0.1)
    assert not len(surface.faces)
