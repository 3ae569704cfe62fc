"""Cameras, poses and small voxel grids for the tests of geometry."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.geometry.voxel_hash import BLOCK_SIDE, BLOCK_VOXELS, BlockIndex

Field = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From (..., 3) points, meters, to signed distances, meters."""


def make_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """(3, 3) random rotation."""
    matrix = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    matrix[:, 0] *= np.linalg.det(matrix)
    return matrix


def make_pose(rng: np.random.Generator, *, spread: float = 1.0) -> NDArray[np.float64]:
    """(4, 4) random rigid world_from_cam."""
    pose = np.eye(4)
    pose[:3, :3] = make_rotation(rng)
    pose[:3, 3] = rng.uniform(-spread, spread, 3)
    return pose


def make_camera(width: int = 24, height: int = 18) -> Camera:
    """A camera whose four intrinsics all differ from their usual values."""
    focal = 0.9 * width
    return Camera.from_focal(
        focal, 1.1 * focal, 0.45 * width, 0.53 * height, width=width, height=height
    )


def rough_depth(
    rng: np.random.Generator, shape: tuple[int, int], *, low: float = 0.5, high: float = 3.0
) -> NDArray[np.float32]:
    """A depth image of noise in which one pixel in five is missing."""
    depth = rng.uniform(low, high, shape).astype(np.float32)
    depth[rng.random(shape) < 0.2] = 0
    return depth


def smooth_depth(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Two slanted planes side by side, a few centimeters of noise, some holes."""
    v, u = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    depth = 1.5 + 0.01 * u - 0.008 * v + np.where(u > shape[1] // 2, 0.6, 0.0)
    depth += rng.normal(0, 0.02, shape)
    depth[rng.random(shape) < 0.1] = 0
    return depth.astype(np.float32)


def make_index(low: tuple[int, int, int], high: tuple[int, int, int]) -> BlockIndex:
    """An index of all blocks from `low` to `high`, exclusive."""
    index = BlockIndex(slots=16)
    ranges = [range(a, b) for a, b in zip(low, high, strict=True)]
    index.add(np.array(list(product(*ranges)), np.int32).reshape(-1, 3))
    return index


def voxel_coordinates(index: BlockIndex) -> NDArray[np.int64]:
    """(B, 512, 3) integer coordinates of every voxel."""
    inside = np.array(list(product(range(BLOCK_SIDE), repeat=3)))
    result: NDArray[np.int64] = index.coords[:, None, :].astype(np.int64) * BLOCK_SIDE + inside
    return result


def centers(index: BlockIndex, voxel_size: float) -> NDArray[np.float64]:
    """(B, 512, 3) voxel centers, meters."""
    return ((voxel_coordinates(index) + 0.5) * voxel_size).astype(np.float64)


def sample(
    index: BlockIndex, field: Field, *, voxel_size: float, truncation: float
) -> tuple[NDArray[np.float32], NDArray[np.uint16], NDArray[np.uint16]]:
    """TSDF, weight (all 1) and color (a shade per axis) of a distance field."""
    points = centers(index, voxel_size)
    tsdf = np.clip(field(points) / truncation, -1, 1).astype(np.float32)
    weight = np.ones((len(index), BLOCK_VOXELS), np.uint16)
    color = np.broadcast_to(
        (np.array([200, 100, 50]) * 256).astype(np.uint16), (len(index), BLOCK_VOXELS, 3)
    ).copy()
    return tsdf, weight, color
