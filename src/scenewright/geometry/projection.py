"""Projection of points to pixels, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.camera import Camera
from scenewright.geometry.transforms import transform_points


def unproject_pixels(
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    depth: NDArray[np.floating],
    camera: Camera,
) -> NDArray[np.float64]:
    """(..., 3) points in the camera frame, meters, of pixels with depth.

    Args:
        rows: Row indices, of a shape that broadcasts with the others.
        columns: Column indices.
        depth: Meters along z.
        camera: The camera; pixel centers lie at half integers.
    """
    z = np.asarray(depth, np.float64)
    x = (columns + 0.5 - camera.cx) / camera.fx * z
    y = (rows + 0.5 - camera.cy) / camera.fy * z
    return np.stack(np.broadcast_arrays(x, y, z), axis=-1)


def pixel_rays(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(W,) x of the columns and (H,) y of the rows at depth 1, camera frame; without skew."""
    x = (np.arange(camera.width, dtype=np.float64) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height, dtype=np.float64) + 0.5 - camera.cy) / camera.fy
    return x, y


def along_axis(depth: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    """(H, W) float32 meters along the optical axis, from (H, W) meters along the rays of pixels."""
    x, y = pixel_rays(camera)
    lengths = np.sqrt(x[None, :] ** 2 + y[:, None] ** 2 + 1)
    return (depth / lengths).astype(np.float32)


def project(points: NDArray[np.floating], camera: Camera) -> NDArray[np.float64]:
    """(N, 2) image positions (column, row) of points; pixel i spans i to i + 1.

    Args:
        points: (N, 3) in the camera frame, meters, all in front of the camera.
        camera: The camera.
    """
    rays = points[:, :2] / points[:, 2:]
    result: NDArray[np.float64] = rays * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    return result


def unproject(
    depth: NDArray[np.floating], camera: Camera, *, world_from_cam: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(H, W, 3) world points of a depth image, meters; NaN where there is no reading.

    Args:
        depth: (H, W) meters along z, 0 = no reading.
        camera: Camera of the depth image.
        world_from_cam: (4, 4).
    """
    height, width = camera.size
    z = np.where(depth > 0, np.asarray(depth, np.float64), np.nan)
    points = unproject_pixels(np.arange(height)[:, None], np.arange(width), z, camera)
    return transform_points(points, world_from_cam)
