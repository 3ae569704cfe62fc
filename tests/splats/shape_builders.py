"""Surfels on simple shapes, and cameras around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SH_C0, Camera, SurfelCloud, Views
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.blending_weights import blend_weights
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rasterizer.weight_store import WeightStore, store_of_pictures
from scenewright.worlds import look_at


def even_directions(count: int) -> NDArray[np.float64]:
    """(count, 3) unit vectors spread over the sphere along a golden spiral."""
    z = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - z * z)
    return np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)


def quats_of_normals(normals: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N, 4) rotations that take the z axis to unit normals by the shortest turn."""
    w = 1 + normals[:, 2]
    quats = np.stack([w, -normals[:, 1], normals[:, 0], np.zeros(len(normals))], axis=1)
    quats[w < 1e-6] = (0, 1, 0, 0)
    return np.asarray(quats / np.linalg.norm(quats, axis=1, keepdims=True), np.float32)


def surfels_at(
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    *,
    scale: float,
    color: tuple[float, float, float] = (0.5, 0.5, 0.5),
    instance: int = 0,
    opacity: float = 0.95,
) -> SurfelCloud:
    """Round disks of one color."""
    count = len(points)
    sh = np.tile((np.array(color) - 0.5) / SH_C0, (count, 1, 1))
    return SurfelCloud(
        np.asarray(points, np.float32),
        quats_of_normals(normals),
        np.full((count, 2), scale, np.float32),
        np.full(count, opacity, np.float32),
        sh.astype(np.float32),
        np.full(count, instance, np.int32),
    )


def sphere(
    count: int = 1500,
    *,
    radius: float = 1.0,
    center: tuple[float, float, float] = (0.0, 0.0, 0.0),
    color: tuple[float, float, float] = (0.8, 0.3, 0.2),
    instance: int = 1,
) -> SurfelCloud:
    """A sphere whose disks overlap."""
    normals = even_directions(count)
    spacing = radius * np.sqrt(4 * np.pi / count)
    return surfels_at(
        radius * normals + center, normals, scale=0.6 * spacing, color=color, instance=instance
    )


def plane(
    size: float,
    *,
    spacing: float,
    height: float = 0.0,
    color: tuple[float, float, float] = (0.4, 0.5, 0.6),
    instance: int = 0,
    overlap: float = 0.6,
) -> SurfelCloud:
    """A square at a height, facing up, centered at x = y = 0."""
    ticks = np.arange(-size / 2 + spacing / 2, size / 2, spacing)
    x, y = (grid.ravel() for grid in np.meshgrid(ticks, ticks))
    points = np.stack([x, y, np.full(len(x), height)], axis=1)
    normals = np.tile([0.0, 0.0, 1.0], (len(x), 1))
    return surfels_at(points, normals, scale=overlap * spacing, color=color, instance=instance)


def joined(*clouds: SurfelCloud) -> SurfelCloud:
    """All surfels of clouds of the same kind."""
    ids = [cloud.instance_id for cloud in clouds]
    return SurfelCloud(
        np.concatenate([cloud.means for cloud in clouds]),
        np.concatenate([cloud.quats for cloud in clouds]),
        np.concatenate([cloud.scales for cloud in clouds]),
        np.concatenate([cloud.opacities for cloud in clouds]),
        np.concatenate([cloud.sh for cloud in clouds]),
        np.concatenate([np.zeros(0, np.int32) if i is None else i for i in ids]),
    )


def scaled(surfels: SurfelCloud, factor: float) -> SurfelCloud:
    """The same surfels in another unit."""
    return SurfelCloud(
        surfels.means * np.float32(factor),
        surfels.quats,
        surfels.scales * np.float32(factor),
        surfels.opacities,
        surfels.sh,
        surfels.instance_id,
        surfels.instance_score,
        surfels.features,
    )


def scaled_views(views: Views, factor: float) -> Views:
    """The same cameras in another unit."""
    poses = views.world_from_cam.copy()
    poses[:, :3, 3] *= factor
    return Views(views.name, views.K, views.size, poses)


def views_from(
    eyes: NDArray[np.float64],
    *,
    target: tuple[float, float, float] = (0.0, 0.0, 0.0),
    width: int = 96,
    height: int = 80,
    focal: float = 100.0,
) -> Views:
    """Cameras at given positions that look at a point."""
    camera = Camera.from_focal(focal, focal, width / 2, height / 2, width=width, height=height)
    poses = np.array([look_at(eye, np.array(target)) for eye in eyes])
    return Views(
        tuple(f"{i:03d}" for i in range(len(eyes))),
        np.tile(camera.K, (len(eyes), 1, 1)),
        np.tile([width, height], (len(eyes), 1)).astype(np.int32),
        poses,
    )


def around(
    count: int, *, distance: float = 4.0, width: int = 96, height: int = 80, focal: float = 100.0
) -> Views:
    """Cameras on a sphere around the origin."""
    eyes = distance * even_directions(count)
    return views_from(eyes, width=width, height=height, focal=focal)


def store_of(surfels: SurfelCloud, views: Views) -> WeightStore:
    """The blending weights of every pixel of every view."""
    arrays = SurfelArrays.of(surfels)
    near = near_plane(surfels.means)
    found = [
        blend_weights(arrays, camera, world_from_cam=pose, near=near, top=8)
        for camera, pose in views
    ]
    return store_of_pictures([(b.ids, b.weights) for b in found], num_surfels=len(surfels))
