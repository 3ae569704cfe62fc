"""A look at surfels from any camera, ready to be shown or measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, SurfelCloud, UnknownNameError
from scenewright.splats.rasterizer.arrays import Images, SurfelArrays
from scenewright.splats.rasterizer.rasterization import near_plane, rasterize

Engine = Literal["numba", "gsplat", "reference"]
"""`numba` runs on the processor, `gsplat` on CUDA (extra `splats`); `reference` is slow torch, made
for tests (extra `torch`)."""
OPAQUE = 0.5
"""Pixels with less alpha have no depth and no normal."""
_FAR_IN_NEARS = 100.0


@dataclass(frozen=True, eq=False)
class RenderedView:
    """What one camera sees of surfels.

    Attributes:
        color: (H, W, 3) float32 RGB in [0, 1].
        depth: (H, W) float32 mean depth along z, metres; 0 where alpha is below one half.
        median_depth: (H, W) float32 depth at which half of the light has been stopped, metres; 0
            where alpha is below one half.
        normals: (H, W, 3) float32 unit normals towards the camera, world frame; 0 likewise.
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
    engine: Engine = "numba",
    device: str | None = None,
) -> RenderedView:
    """Draws surfels; see `rasterize` for the rules.

    Args:
        surfels: N surfels.
        camera: Without skew.
        world_from_cam: (4, 4).
        background: RGB in [0, 1] behind everything.
        features: (N, D) values that are blended like colors, such as `surfels.features`.
        near: What is nearer is left out, metres; None takes a small share of the extent.
        engine: What draws.
        device: Where torch runs, such as ``"cuda:0"``; None leaves it to the engine.

    Raises:
        UnknownNameError: There is no such engine.
        MissingExtraError: The engine's package is not installed.
        ConventionError: The camera has skew.
    """
    near = near_plane(surfels.means) if near is None else near
    options: dict[str, Any] = {
        "world_from_cam": world_from_cam,
        "near": near,
        "far": near * _FAR_IN_NEARS,
        "background": background,
    }
    arrays = SurfelArrays.of(surfels)
    if engine == "numba":
        images = rasterize(arrays, camera, features=features, **options).images
    elif engine in get_args(Engine):
        from scenewright.splats.torch_engines.engines import draw_with_torch

        images = draw_with_torch(
            arrays, camera, features=features, engine=engine, device=device, **options
        )
    else:
        raise UnknownNameError(
            f"Engine '{engine}'", expected=f"one of {', '.join(get_args(Engine))}", got="neither"
        )
    return _finish(images, world_from_cam)


def _finish(images: Images, world_from_cam: NDArray[np.float64]) -> RenderedView:
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
