"""Bounded scenes: depth of all views fused on a grid of equal voxels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.geometry.indices import cell_index
from scenewright.geometry.surface_nets import NetSurface
from scenewright.geometry.surface_volume import SurfaceVolume
from scenewright.geometry.transforms import invert_rigid
from scenewright.splats.meshing.surface_images import SurfaceImage

TRUNCATION = 5.0
"""Truncation distance, in voxels."""
_UNIT = 0.02
"""Edge of a voxel inside the volume, whatever the unit of the scene: the kernels assume meters."""
_SLOTS = 4


def fuse_images(
    pictures: Iterable[SurfaceImage], *, voxel_size: float, max_depth: float
) -> NetSurface:
    """The zero level of the truncated signed distance averaged over all images (Curless, Levoy
    1996).

    Args:
        pictures: At least one.
        voxel_size: Edge of a voxel, meters.
        max_depth: Depth beyond this is ignored, meters.

    Raises:
        ConventionError: The voxel size or the depth is not positive.
    """
    for name, value in (("voxel size", voxel_size), ("max depth", max_depth)):
        if not 0 < value < np.inf:
            raise ConventionError(name, expected="above 0 m", got=f"{value:g} m")
    scale = _UNIT / voxel_size
    volume = SurfaceVolume(
        voxel_size=_UNIT, truncation=TRUNCATION * _UNIT, max_depth=max_depth * scale, isolation=1.0
    )
    for picture in pictures:
        pose = picture.world_from_cam.copy()
        pose[:3, 3] *= scale
        volume.integrate(
            picture.depth * np.float32(scale),
            picture.color,
            camera=picture.camera,
            world_from_cam=pose,
        )
    surface = volume.extract_surface()
    return replace(surface, vertices=(surface.vertices / scale).astype(np.float32))


def spread_labels(
    vertices: NDArray[np.float32], pictures: Iterable[SurfaceImage], *, reach: float
) -> NDArray[np.int32]:
    """(V,) int32 instance that most images show at each vertex, 0 = none.

    An image votes for a vertex whose depth agrees with it. The most frequent id of a vertex is
    found exactly if there are at most four ids, and approximately otherwise (Misra and Gries 1982).

    Args:
        vertices: (V, 3) meters, world frame.
        pictures: With ids.
        reach: Largest distance along z between a vertex and a depth that agrees with it,
            meters.

    Raises:
        ConventionError: An image has no ids.
    """
    points = np.asarray(vertices, np.float64)
    ids = np.full((len(points), _SLOTS), -1, np.int32)
    counts = np.zeros((len(points), _SLOTS), np.int32)
    for picture in pictures:
        if picture.ids is None:
            raise ConventionError("images", expected="instance ids", got="none")
        cam_from_world = invert_rigid(picture.world_from_cam)
        _vote(
            points, picture.depth, picture.ids, picture.camera.K, cam_from_world, reach, ids, counts
        )
    best = counts.argmax(axis=1)
    rows = np.arange(len(points))
    return np.where(counts[rows, best] > 0, ids[rows, best], 0).astype(np.int32)


@njit(cache=True, nogil=True, parallel=True)
def _vote(
    points: NDArray[np.float64],
    depth: NDArray[np.float32],
    picture: NDArray[np.int32],
    K: NDArray[np.float64],
    cam_from_world: NDArray[np.float64],
    reach: float,
    ids: NDArray[np.int32],
    counts: NDArray[np.int32],
) -> None:
    height, width = depth.shape
    for row in prange(points.shape[0]):
        x, y, z = points[row, 0], points[row, 1], points[row, 2]
        m = cam_from_world
        pz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
        if pz <= 0.0:
            continue
        px = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
        py = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
        uf = K[0, 0] * px / pz + K[0, 2]
        vf = K[1, 1] * py / pz + K[1, 2]
        u, v = cell_index(uf, width), cell_index(vf, height)
        if u < 0 or v < 0:
            continue
        if depth[v, u] <= 0.0 or abs(depth[v, u] - pz) > reach:
            continue
        _count(picture[v, u], ids[row], counts[row])


@njit(cache=True, nogil=True)
def _count(label: int, ids: NDArray[np.int32], counts: NDArray[np.int32]) -> None:
    for slot in range(ids.shape[0]):
        if counts[slot] > 0 and ids[slot] == label:
            counts[slot] += 1
            return
    for slot in range(ids.shape[0]):
        if counts[slot] == 0:
            ids[slot] = label
            counts[slot] = 1
            return
    for slot in range(ids.shape[0]):
        counts[slot] -= 1
