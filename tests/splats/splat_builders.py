"""Small scenes of surfels, cameras and images that the tests of `splats` share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import SH_C0, Camera
from scenewright.splats.rasterizer.arrays import ImageGradients, Images, SurfelArrays


def make_surfels(
    n: int, seed: int, dtype: Any = np.float64, sh_degree: int = 3, *, opaque: float = 0.9
) -> SurfelArrays:
    """Random disks in a box about 4 m in front of a camera at the origin."""
    rng = np.random.default_rng(seed)
    sh = rng.normal(0, 0.25, (n, (sh_degree + 1) ** 2, 3)) / np.arange(
        1, (sh_degree + 1) ** 2 + 1
    ).reshape(-1, 1)
    sh[:, 0] += rng.uniform(-1, 1, (n, 3))
    arrays = (
        rng.uniform((-1.6, -1.2, 2.5), (1.6, 1.2, 6.0), (n, 3)),
        rng.normal(size=(n, 4)) * rng.uniform(0.5, 2, (n, 1)),
        np.exp(rng.uniform(np.log(0.02), np.log(0.4), (n, 2))),
        rng.uniform(0.1, opaque, n),
        sh,
    )
    return SurfelArrays(*(np.ascontiguousarray(array, dtype=dtype) for array in arrays))


def make_stack(n: int, seed: int, dtype: Any = np.float64, *, opaque: float = 0.3) -> SurfelArrays:
    """Faint disks one behind another, so that one ray meets all of them."""
    rng = np.random.default_rng(seed)
    surfels = make_surfels(n, seed, np.float64, 1)
    return SurfelArrays(
        *(
            np.ascontiguousarray(array, dtype=dtype)
            for array in (
                np.stack([*rng.uniform(-0.1, 0.1, (2, n)), np.linspace(2.5, 6, n)], 1),
                surfels.quats + np.array([4.0, 0, 0, 0]),
                rng.uniform(0.2, 0.6, (n, 2)),
                rng.uniform(0.05, opaque, n),
                surfels.sh,
            )
        )
    )


def make_plane(size: int = 40, dtype: Any = np.float64) -> tuple[SurfelArrays, NDArray[np.float64]]:
    """A tilted, textured, opaque wall of small disks about 3 m away, and its unit normal."""
    normal = np.array([0.3, -0.2, -1.0])
    normal /= np.linalg.norm(normal)
    u = np.cross([0.0, 1.0, 0.0], normal)
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    step = 5.0 / size
    grid = (np.arange(size) - (size - 1) / 2) * step
    a, b = (part.ravel() for part in np.meshgrid(grid, grid))
    quat = _quaternion(np.stack([u, v, normal], axis=1))
    colors = 0.5 + 0.4 * np.stack([np.sin(5 * a), np.cos(4 * b), np.sin(3 * (a + b))], axis=1)
    arrays = (
        np.array([0.0, 0.0, 3.0]) + a[:, None] * u + b[:, None] * v,
        np.tile(quat, (size * size, 1)),
        np.full((size * size, 2), step),
        np.full(size * size, 0.95),
        ((colors - 0.5) / SH_C0)[:, None],
    )
    return SurfelArrays(*(np.ascontiguousarray(array, dtype=dtype) for array in arrays)), normal


def _quaternion(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4,) unit quaternion (w, x, y, z) of a rotation matrix."""
    w = np.sqrt(max(1 + np.trace(rotation), 1e-12)) / 2
    r = rotation
    if w < 0.1:  # a half turn about an axis across the view
        x = np.sqrt(1 + r[0, 0] - r[1, 1] - r[2, 2]) / 2
        half = np.array([r[2, 1] - r[1, 2], 4 * x * x, r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]])
        return np.asarray(half / (4 * x), np.float64)
    turn = np.array([4 * w * w, r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]])
    return np.asarray(turn / (4 * w), np.float64)


def make_camera(width: int = 45, height: int = 37, *, focal: float = 40.0) -> Camera:
    """A camera with a principal point far from the center and pixels that are not square."""
    return Camera.from_focal(
        focal, focal * 1.1, width * 0.41, height * 0.57, width=width, height=height
    )


def make_pose(seed: int) -> NDArray[np.float64]:
    """(4, 4) world_from_cam of a camera near the origin that looks about along +z."""
    rng = np.random.default_rng(seed)
    angles = rng.uniform(-0.25, 0.25, 3)
    pose = np.eye(4)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        a, b = (axis + 1) % 3, (axis + 2) % 3
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        pose[:3, :3] = pose[:3, :3] @ turn
    pose[:3, 3] = rng.uniform(-0.3, 0.3, 3)
    return pose


def make_gradients(
    camera: Camera, seed: int, dtype: Any = np.float64, *, features: int | None = None
) -> ImageGradients:
    """Random derivatives of a loss with respect to every image."""
    rng = np.random.default_rng(seed)
    shape = camera.size

    def draw(*channels: int) -> NDArray[Any]:
        return np.asarray(rng.normal(size=(*shape, *channels)), dtype)

    return ImageGradients(
        color=draw(3),
        depth_sum=draw(),
        alpha=draw(),
        normals=draw(3),
        median=draw(),
        distortion=draw(),
        features=None if features is None else draw(features),
    )


def make_images(camera: Camera, seed: int, dtype: Any = np.float64) -> Images:
    """Smooth random images like those of a bumpy wall, with a hole at the lower right."""
    rng = np.random.default_rng(seed)
    height, width = camera.size
    y, x = np.mgrid[:height, :width] / max(height, width)
    waves = [sum(rng.normal() * np.sin(rng.normal(0, 8) * x + rng.normal(0, 8) * y + rng.normal())
                 for _ in range(4)) for _ in range(9)]  # fmt: skip
    depth = 2.5 + 0.2 * waves[0] + rng.normal(0, 0.003, (height, width))
    alpha = np.clip(0.8 + 0.1 * waves[1], 0.1, 1)
    alpha[-height // 5 :, -width // 5 :] = 0
    normals = np.stack([0.2 * waves[2], 0.2 * waves[3], -1 + 0 * waves[0]], axis=-1)
    normals *= (alpha / np.linalg.norm(normals, axis=-1))[..., None]
    color = np.clip(0.5 + 0.15 * np.stack(waves[4:7], axis=-1), 0, 1)
    color += rng.normal(0, 0.03, color.shape)
    median = np.where(alpha > 0.5, depth + 0.02 * waves[7], 0)
    values = (color, depth * alpha, alpha, normals, median, 0.01 * waves[8] ** 2)
    return Images(*(np.ascontiguousarray(value, dtype=dtype) for value in values))
