"""Between pixels and points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.camera import Camera


def unproject(
    depth: NDArray[np.floating], camera: Camera, *, world_from_cam: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(H, W, 3) world points of a depth picture, metres; NaN where there is no reading.

    Args:
        depth: (H, W) metres along z, 0 = no reading.
        camera: Of the picture.
        world_from_cam: (4, 4).
    """
    height, width = camera.size
    z = np.where(depth > 0, np.asarray(depth, np.float64), np.nan)
    x = (np.arange(width) + 0.5 - camera.cx) / camera.fx * z
    y = ((np.arange(height) + 0.5 - camera.cy) / camera.fy)[:, None] * z
    points = np.stack([x, y, z], axis=-1)
    result: NDArray[np.float64] = points @ world_from_cam[:3, :3].T + world_from_cam[:3, 3]
    return result
