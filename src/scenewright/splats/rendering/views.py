"""Views of surfels from any camera, ready to be shown or measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, SurfelCloud
from scenewright.splats.rasterizer.arrays import DrawSettings, Images, SurfelArrays
from scenewright.splats.rasterizer.engine import DrawSurfels
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rendering.engines import Engine, find_engine

OPAQUE = 0.5
"""Pixels with less alpha have no depth and no normal."""
_FAR_IN_NEARS = 100.0
"""The far distance of the distortion, in near distances."""


@dataclass(frozen=True, eq=False)
class RenderedView:
    """What one camera sees of surfels.

    Attributes:
        color: (H, W, 3) float32 RGB in [0, 1].
        depth: (H, W) float32 mean depth along z, meters; 0 where alpha is below one half.
        median_depth: (H, W) float32 depth at which the transmittance falls below one half, meters;
            0 where alpha is below one half.
        normals: (H, W, 3) float32 unit normals toward the camera, world frame; 0 where alpha is
            below one half.
        alpha: (H, W) float32 in [0, 1].
        distortion: (H, W) float32, see `Images`.
        features: (H, W, D) float32 blended features, or None if none were given.
    """

    color: NDArray[np.float32]
    depth: NDArray[np.float32]
    median_depth: NDArray[np.float32]
    normals: NDArray[np.float32]
    alpha: NDArray[np.float32]
    distortion: NDArray[np.float32]
    features: NDArray[np.float32] | None = None


def render(
    surfels: SurfelCloud,
    camera: Camera,
    *,
    world_from_cam: NDArray[np.float64],
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    features: NDArray[np.float32] | None = None,
    near: float | None = None,
    engine: Engine | DrawSurfels = "numba",
) -> RenderedView:
    """Draws surfels; see `rasterize` for the rules.

    Args:
        surfels: N surfels.
        camera: Without skew.
        world_from_cam: (4, 4).
        background: RGB in [0, 1] behind everything.
        features: (N, D) values that are blended like colors, such as `surfels.features`.
        near: Surfels at this depth or nearer are ignored, meters; None derives it from the extent.
        engine: Name of an engine, or the engine itself (see `scenewright.splats.rendering.engines`
            for one on a certain device). "gsplat" has not been run on a GPU yet.

    Raises:
        UnknownNameError: There is no such engine.
        MissingExtraError: The engine's package is not installed.
        ConventionError: The camera has skew.
    """
    near = near_plane(surfels.means) if near is None else near
    draw = find_engine(engine) if isinstance(engine, str) else engine
    images = draw(
        SurfelArrays.of(surfels),
        camera,
        world_from_cam=world_from_cam,
        settings=DrawSettings(near, near * _FAR_IN_NEARS, background=background),
        features=features,
    )
    return _finish(images, world_from_cam)


def _finish(images: Images, world_from_cam: NDArray[np.float64]) -> RenderedView:
    """Divides the sums by alpha, and turns the normals to the world frame."""
    solid = images.alpha >= OPAQUE
    depth = np.where(solid, images.depth_sum / np.maximum(images.alpha, OPAQUE), 0)
    normals = images.normals @ world_from_cam[:3, :3].T.astype(np.float32)
    lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
    normals = np.where(solid[..., None], normals / np.maximum(lengths, 1e-12), 0)
    return RenderedView(
        color=np.clip(images.color, 0, 1).astype(np.float32),
        depth=depth.astype(np.float32),
        median_depth=np.where(solid, images.median, 0).astype(np.float32),
        normals=normals.astype(np.float32),
        alpha=np.asarray(images.alpha, np.float32),
        distortion=np.asarray(images.distortion, np.float32),
        features=None if images.features is None else np.asarray(images.features, np.float32),
    )
