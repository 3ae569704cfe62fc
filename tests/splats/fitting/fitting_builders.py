"""A painted wall and a camera that moves along it, for the tests of the fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, Frame, SurfelCloud
from scenewright.splats.fitting.config import DensifyConfig, FitConfig

CAMERA = Camera.from_focal(60.0, 60.0, 31.0, 25.0, width=64, height=48)
SMALL_FIT = FitConfig(
    num_steps=40,
    sh_degree=1,
    sh_interval=0.5,
    resolutions=((0.0, 2), (0.5, 1)),
    densify=DensifyConfig(
        start=0.2,
        stop=0.8,
        interval=10,
        growth=0.2,
        keeps_picture=True,
        reset_interval=0,
        max_surfels=4000,
    ),
)


def paint(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) smooth color of points on the wall, 0 to 1."""
    x, y = points[..., 0], points[..., 1]
    waves = (np.sin(2.5 * x), np.sin(3 * y + x), np.cos(2 * x - 2 * y))
    return 0.5 + 0.35 * np.stack(waves, axis=-1)


def make_pose(x: float, y: float, angle: float) -> NDArray[np.float64]:
    """A camera at (x, y, 0) that looks along z, turned around y, radians."""
    pose = np.eye(4)
    c, s = np.cos(angle), np.sin(angle)
    pose[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
    pose[:2, 3] = x, y
    return pose


def make_frame(
    index: int, pose: NDArray[np.float64], *, scale: float = 1.0, noise: float = 0.0
) -> Frame:
    """Image and depth of a wall at z = 3 `scale`, behind a plate at z = 2 `scale` on the right."""
    height, width = CAMERA.size
    v, u = np.mgrid[:height, :width] + 0.5
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones_like(u)], -1)
    turned = rays @ pose[:3, :3].T
    color = np.zeros((height, width, 3))
    depth = np.zeros((height, width))
    for z, left in ((3.0, -np.inf), (2.0, 0.6)):
        far = (z - pose[2, 3]) / turned[..., 2]
        points = turned * far[..., None] + pose[:3, 3]
        seen = points[..., 0] > left
        color[seen] = paint(points + z)[seen]
        depth[seen] = far[seen]
    rng = np.random.default_rng(index)
    depth *= scale * (1 + noise * rng.standard_normal(depth.shape))
    scaled = pose.copy()
    scaled[:3, 3] *= scale
    image = (255 * color + 0.5).astype(np.uint8)
    return Frame(
        index, CAMERA, scaled, image=image, depth=depth.astype(np.float32), name=f"{index}"
    )


def make_frames(count: int = 9, *, scale: float = 1.0, noise: float = 0.0) -> list[Frame]:
    """Views along the wall."""
    # The first and the ninth are held out: they have neighbors on both sides.
    steps = np.roll(np.linspace(-1, 1, count), count // 2 + 1)
    poses = [make_pose(0.7 * s, 0.3 * np.sin(7 * s), -0.2 * s) for s in steps]
    return [make_frame(i, p, scale=scale, noise=noise) for i, p in enumerate(poses)]


def cloud_bytes(surfels: SurfelCloud) -> bytes:
    """The bytes of all arrays that a fit changes."""
    arrays = (surfels.means, surfels.quats, surfels.scales, surfels.opacities, surfels.sh)
    return b"".join(array.tobytes() for array in arrays)
