"""What each view sees of the surface that surfels stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, SurfelCloud, Views
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rendering import Engine, render

Progress = Callable[[str, int, int, str], None]


@dataclass(frozen=True, eq=False)
class SurfacePicture:
    """The surface from one camera.

    Attributes:
        depth: (H, W) float32 along z, 0 where there is no surface.
        color: (H, W, 3) uint8 RGB.
        camera: Of the picture.
        world_from_cam: (4, 4).
        ids: (H, W) int32 instance of each pixel, 0 = none, or None if not asked for.
    """

    depth: NDArray[np.float32]
    color: NDArray[np.uint8]
    camera: Camera
    world_from_cam: NDArray[np.float64]
    ids: NDArray[np.int32] | None = None


class SurfacePictures:
    """The surface from every view, drawn anew whenever it is gone through.

    Pixels that let more than half of the light through show no surface.

    Args:
        surfels: Drawn without what depends on the direction of view.
        views: F cameras.
        depth_ratio: 1 takes the median depth (rooms and objects), 0 the mean (open places),
            in between a mixture (2D Gaussian Splatting, section 6).
        engine: What draws, see `render`.
        progress: Called after each picture with step, done, total and unit.
    """

    _step = "surface"

    def __init__(
        self,
        surfels: SurfelCloud,
        views: Views,
        *,
        depth_ratio: float = 1.0,
        engine: Engine = "numba",
        progress: Progress | None = None,
    ) -> None:
        self._surfels = replace(surfels, sh=surfels.sh[:, :1])
        self._views = views
        self._depth_ratio = depth_ratio
        self._engine: Engine = engine
        self._near = near_plane(surfels.means)
        self._progress = progress

    def __len__(self) -> int:
        return len(self._views)

    def __iter__(self) -> Iterator[SurfacePicture]:
        for number in range(len(self)):
            yield self[number]
            if self._progress is not None:
                self._progress(self._step, number + 1, len(self), "views")

    def __getitem__(self, number: int) -> SurfacePicture:
        """The picture of one view."""
        camera, pose = self._views.camera(number), self._views.world_from_cam[number]
        view = render(
            self._surfels, camera, world_from_cam=pose, near=self._near, engine=self._engine
        )
        depth = view.depth + self._depth_ratio * (view.median_depth - view.depth)
        is_surface = view.median_depth > 0
        color = view.color / np.maximum(view.alpha, 1e-6)[..., None]
        color = np.clip(color, 0, 1) * 255 + 0.5
        return SurfacePicture(
            np.where(is_surface, depth, 0).astype(np.float32),
            np.ascontiguousarray(color.astype(np.uint8)),
            camera,
            pose,
        )
