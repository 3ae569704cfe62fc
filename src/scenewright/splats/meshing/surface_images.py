"""Depth and color of the surface of surfels in each view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, SurfelCloud, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rendering import Engine, render


@dataclass(frozen=True, eq=False)
class SurfaceImage:
    """Depth, color and ids of the surface in one view.

    Attributes:
        depth: (H, W) float32 along z, 0 where there is no surface.
        color: (H, W, 3) uint8 RGB.
        camera: Intrinsics of the view.
        world_from_cam: (4, 4).
        ids: (H, W) int32 instance of each pixel, 0 = none, or None if there are no ids.
    """

    depth: NDArray[np.float32]
    color: NDArray[np.uint8]
    camera: Camera
    world_from_cam: NDArray[np.float64]
    ids: NDArray[np.int32] | None = None


class SurfaceImages:
    """The surface in every view, drawn again in every iteration.

    Pixels with a transmittance above one half show no surface.

    Args:
        surfels: Drawn without view-dependent color.
        views: F cameras.
        depth_ratio: 1 = median depth (bounded scenes), 0 = mean depth (unbounded scenes), in
            between a mixture (2D Gaussian Splatting, section 6).
        engine: Engine that draws, see `render`.
        progress: Progress callback (stage, done, total, unit).
    """

    _step = "surface"

    def __init__(
        self,
        surfels: SurfelCloud,
        views: Views,
        *,
        depth_ratio: float = 1.0,
        engine: Engine = "numba",
        progress: Progress = no_progress,
    ) -> None:
        self._surfels = replace(surfels, sh=surfels.sh[:, :1])
        self._views = views
        self._depth_ratio = depth_ratio
        self._engine: Engine = engine
        self._near = near_plane(surfels.means)
        self._progress = progress

    def __len__(self) -> int:
        return len(self._views)

    def __iter__(self) -> Iterator[SurfaceImage]:
        for number in range(len(self)):
            yield self[number]
            self._progress(self._step, number + 1, len(self), "views")

    def __getitem__(self, number: int) -> SurfaceImage:
        """The surface in one view."""
        camera, pose = self._views.camera(number), self._views.world_from_cam[number]
        view = render(
            self._surfels, camera, world_from_cam=pose, near=self._near, engine=self._engine
        )
        depth = view.depth + self._depth_ratio * (view.median_depth - view.depth)
        is_surface = view.median_depth > 0
        color = view.color / np.maximum(view.alpha, 1e-6)[..., None]
        color = np.clip(color, 0, 1) * 255 + 0.5
        return SurfaceImage(
            np.where(is_surface, depth, 0).astype(np.float32),
            np.ascontiguousarray(color.astype(np.uint8)),
            camera,
            pose,
        )
