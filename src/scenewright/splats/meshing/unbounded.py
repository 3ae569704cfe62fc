"""Unbounded scenes: depth of all views fused in contracted space, where far points lie in a shell.

A point at distance r > 1 from the center, in radii, is moved to distance ``2 - 1 / r`` (Barron et
al., Mip-NeRF 360, CVPR 2022), so that equal cells of the grid cover more space with distance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.core import ConventionError, Views
from scenewright.geometry.indices import cell_index
from scenewright.geometry.surface_nets import NetSurface, extract_surface
from scenewright.geometry.transforms import invert_rigid
from scenewright.geometry.tsdf import COLOR_SCALE, MAX_COUNT
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, BlockIndex
from scenewright.splats.meshing.bounded import TRUNCATION
from scenewright.splats.meshing.surface_images import SurfaceImage

FARTHEST = 1.97
"""Contracted radius beyond which depth is ignored: 33 radii away."""
_STRIDE = 2
"""Every n-th row and column allocates blocks; a block is several pixels wide."""
_STEPS = np.arange(-2, 3) / 2
"""Distances from a depth at which blocks are allocated, in truncations."""


def contract(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) points in radii from the center, contracted into the ball of radius 2."""
    positions = np.asarray(points, np.float64)
    r = np.linalg.norm(positions, axis=-1, keepdims=True)
    away = np.maximum(r, 1.0)
    return positions * np.where(r > 1, (2 - 1 / away) / away, 1.0)


def uncontract(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) inverse of `contract`; all points must lie within radius 2."""
    positions = np.asarray(points, np.float64)
    r = np.linalg.norm(positions, axis=-1, keepdims=True)
    away = np.maximum(r, 1.0)
    return positions * np.where(r > 1, 1 / ((2 - away) * away), 1.0)


def focus_of(views: Views) -> tuple[NDArray[np.float64], float]:
    """The point nearest to all optical axes, and its distance to the nearest camera.

    Raises:
        ConventionError: There are no views, all optical axes are parallel, or a camera is at that
            point.
    """
    directions, origins = views.world_from_cam[:, :3, 2], views.centers
    spans = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    matrix = spans.mean(axis=0) if len(views) else np.zeros((3, 3))
    if not len(views) or np.linalg.eigvalsh(matrix)[0] < 1e-4:
        raise ConventionError(
            "views",
            expected="optical axes that meet",
            got="parallel axes" if len(views) else "none",
            do="Mesh the scene as bounded.",
        )
    middle = np.linalg.solve(matrix, (spans @ origins[:, :, None]).mean(axis=0)[:, 0])
    radius = float(np.linalg.norm(origins - middle, axis=1).min())
    if not radius > 0:
        raise ConventionError(
            "views",
            expected="cameras around the point that they look at",
            got="a camera at that point",
        )
    return middle, radius


def fuse_contracted(
    pictures: Iterable[SurfaceImage],
    *,
    middle: NDArray[np.float64],
    radius: float,
    voxel_size: float,
) -> NetSurface:
    """The zero level of the truncated signed distance averaged over all images in contracted space.

    Distances are along the z axis of the camera, relative to the truncation. The truncation grows
    with the cells, by ``1 / (2 - |x|)^2`` outside the unit ball (with the first power, as
    published, it would be shorter than a far cell, and far surfaces would have holes). The images
    are iterated twice.

    Args:
        pictures: At least one; must support repeated iteration.
        middle: (3,) meters, world frame.
        radius: Distance from the center at which contraction begins, meters.
        voxel_size: Edge of a cell within the unit ball, meters.
    """
    cell = voxel_size / radius
    index = BlockIndex()
    for picture in pictures:
        _allocate(picture, index, middle=middle, radius=radius, cell=cell)
    tsdf = np.ones((len(index), BLOCK_VOXELS), np.float32)
    weight = np.zeros((len(index), BLOCK_VOXELS), np.uint16)
    color = np.zeros((len(index), BLOCK_VOXELS, 3), np.float32)
    tinted = np.zeros((len(index), BLOCK_VOXELS), np.float32)
    for picture in pictures:
        _integrate(
            picture.depth / np.float32(radius), picture.color, picture.camera.K,
            _cam_from_scaled(picture, middle, radius), cell, TRUNCATION * cell,
            index.coords, tsdf, weight, color, tinted,
        )  # fmt: skip
    color /= np.maximum(tinted, 1e-6)[..., None]
    fixed = np.clip(color * COLOR_SCALE + 0.5, 0, 65535).astype(np.uint16)
    surface = extract_surface(index, tsdf, weight, fixed, voxel_size=cell)
    vertices = uncontract(surface.vertices) * radius + middle
    return replace(surface, vertices=vertices.astype(np.float32))


def _cam_from_scaled(
    picture: SurfaceImage, middle: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """(4, 4) cam_from_world in units of the radius, with the center as origin of the world."""
    pose = picture.world_from_cam.copy()
    pose[:3, 3] = (pose[:3, 3] - middle) / radius
    return invert_rigid(pose)


def _allocate(
    picture: SurfaceImage,
    index: BlockIndex,
    *,
    middle: NDArray[np.float64],
    radius: float,
    cell: float,
) -> None:
    """Adds the blocks around the depth of an image to the index."""
    depth = picture.depth[::_STRIDE, ::_STRIDE].astype(np.float64) / radius
    rows, columns = np.nonzero(depth > 0)
    K, pose = picture.camera.K, picture.world_from_cam
    y = (rows * _STRIDE + 0.5 - K[1, 2]) / K[1, 1]
    x = (columns * _STRIDE + 0.5 - K[0, 2] - K[0, 1] * y) / K[0, 0]
    rays = np.stack([x, y, np.ones(len(x))], axis=1) @ pose[:3, :3].T
    start = (pose[:3, 3] - middle) / radius
    z = depth[rows, columns]
    hits = start + rays * z[:, None]
    band = TRUNCATION * cell * _growth(np.linalg.norm(contract(hits), axis=1))
    found = []
    for step in _STEPS:
        at = z + step * band
        contracted = contract(start + rays * at[:, None])
        inside = (at > 0) & (np.linalg.norm(contracted, axis=1) < FARTHEST)
        found.append(np.floor(contracted[inside] / (cell * BLOCK_SIDE)).astype(np.int64))
    blocks = np.concatenate(found)
    fresh = blocks[index.find(blocks) < 0]
    if len(fresh):
        index.add(np.unique(fresh, axis=0).astype(np.int32))


def _growth(r: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length of a cell along the radius at a contracted radius, relative to the center."""
    reach: NDArray[np.float64] = np.where(r > 1, 1 / (2 - np.minimum(r, FARTHEST)) ** 2, 1.0)
    return reach


@njit(cache=True, nogil=True, parallel=True)
def _integrate(
    depth: NDArray[np.float32],
    image: NDArray[np.uint8],
    K: NDArray[np.float64],
    cam_from_world: NDArray[np.float64],
    cell: float,
    truncation: float,
    coords: NDArray[np.int32],
    tsdf: NDArray[np.float32],
    weight: NDArray[np.uint16],
    color: NDArray[np.float32],
    tinted: NDArray[np.float32],
) -> None:
    height, width = depth.shape
    m = cam_from_world
    for block in prange(coords.shape[0]):
        point = np.empty(3)
        for local in range(BLOCK_VOXELS):
            point[0] = (coords[block, 0] * BLOCK_SIDE + (local >> 6) + 0.5) * cell
            point[1] = (coords[block, 1] * BLOCK_SIDE + ((local >> 3) & 7) + 0.5) * cell
            point[2] = (coords[block, 2] * BLOCK_SIDE + (local & 7) + 0.5) * cell
            band = truncation
            r = np.sqrt(point[0] ** 2 + point[1] ** 2 + point[2] ** 2)
            if r > 1.0:
                if r >= FARTHEST:
                    continue
                band /= (2.0 - r) ** 2
                for a in range(3):
                    point[a] /= (2.0 - r) * r
            x = m[0, 0] * point[0] + m[0, 1] * point[1] + m[0, 2] * point[2] + m[0, 3]
            y = m[1, 0] * point[0] + m[1, 1] * point[1] + m[1, 2] * point[2] + m[1, 3]
            z = m[2, 0] * point[0] + m[2, 1] * point[1] + m[2, 2] * point[2] + m[2, 3]
            if z <= 1e-6:
                continue
            uf, vf = K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]
            u, v = cell_index(uf, width), cell_index(vf, height)
            if u < 0 or v < 0:
                continue
            distance = (depth[v, u] - z) / band
            if depth[v, u] <= 0.0 or distance < -1.0:
                continue
            value = np.float32(min(1.0, distance))
            count = weight[block, local]
            tsdf[block, local] += (value - tsdf[block, local]) / np.float32(count + 1)
            if count < MAX_COUNT:
                weight[block, local] = count + 1
            near = np.float32(1.0) - abs(value)
            tinted[block, local] += near
            for channel in range(3):
                color[block, local, channel] += near * np.float32(image[v, u, channel])
