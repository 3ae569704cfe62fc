"""The surface in every view, with the instance of each pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenewright.core import ConventionError, SurfelCloud, Views
from scenewright.core.progress import Progress, no_progress
from scenewright.splats.lifting.id_maps import render_id_map
from scenewright.splats.meshing.surface_images import SurfaceImage, SurfaceImages
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.blending_weights import blend_weights
from scenewright.splats.rendering import Engine

_TOP = 8


class InstanceImages(SurfaceImages):
    """Depth, color and instance ids of every view, drawn again in every iteration.

    Args:
        surfels: With instance ids.
        views: F cameras.
        depth_ratio: See `SurfaceImages`.
        engine: Engine that draws depth and color, see `render`.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        ConventionError: The surfels have no instance ids.
    """

    _step = "objects"

    def __init__(
        self,
        surfels: SurfelCloud,
        views: Views,
        *,
        depth_ratio: float = 1.0,
        engine: Engine = "numba",
        progress: Progress = no_progress,
    ) -> None:
        if surfels.instance_id is None:
            raise ConventionError(
                "surfels", expected="instance ids", got="none", do="Decompose the scene first."
            )
        super().__init__(surfels, views, depth_ratio=depth_ratio, engine=engine, progress=progress)
        self._labels = surfels.instance_id

    def __getitem__(self, number: int) -> SurfaceImage:
        """The surface in one view."""
        plain = super().__getitem__(number)
        blend = blend_weights(
            SurfelArrays.of(self._surfels),
            plain.camera,
            world_from_cam=plain.world_from_cam,
            near=self._near,
            top=_TOP,
        )
        ids = render_id_map(self._labels, blend.ids, blend.weights, blend.alpha)
        return replace(plain, ids=np.where(plain.depth > 0, ids, 0).astype(np.int32))
