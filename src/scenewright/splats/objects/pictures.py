"""The surface from every view, with the instance of each pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from scenewright.core import ConventionError, SurfelCloud, Views
from scenewright.splats.instance_features.id_maps import render_id_map
from scenewright.splats.meshing.pictures import Progress, SurfacePicture, SurfacePictures
from scenewright.splats.rasterizer.arrays import SurfelArrays
from scenewright.splats.rasterizer.rasterization import near_plane
from scenewright.splats.rasterizer.rendering import Engine
from scenewright.splats.rasterizer.weights import blend_weights

_TOP = 8


class ObjectPictures:
    """Depth, color and instance ids of every view, drawn anew whenever they are gone through.

    Args:
        surfels: With instances.
        views: F cameras.
        depth_ratio: See `SurfacePictures`.
        engine: What draws depth and color, see `render`.
        progress: Called after each picture with step, done, total and unit.

    Raises:
        ConventionError: The surfels know nothing about instances.
    """

    def __init__(
        self,
        surfels: SurfelCloud,
        views: Views,
        *,
        depth_ratio: float = 1.0,
        engine: Engine = "numba",
        progress: Progress | None = None,
    ) -> None:
        if surfels.instance_id is None:
            raise ConventionError(
                "surfels", expected="instance ids", got="none", do="Decompose the scene first."
            )
        self._labels = surfels.instance_id
        self._plain = SurfacePictures(surfels, views, depth_ratio=depth_ratio, engine=engine)
        self._arrays = SurfelArrays.of(replace(surfels, sh=surfels.sh[:, :1]))
        self._near = near_plane(surfels.means)
        self._views = views
        self._progress = progress

    def __len__(self) -> int:
        return len(self._views)

    def __iter__(self) -> Iterator[SurfacePicture]:
        for number in range(len(self)):
            yield self[number]
            if self._progress is not None:
                self._progress("objects", number + 1, len(self), "views")

    def __getitem__(self, number: int) -> SurfacePicture:
        """The picture of one view."""
        plain = self._plain[number]
        blend = blend_weights(
            self._arrays, plain.camera, world_from_cam=plain.world_from_cam, near=self._near,
            top=_TOP,
        )  # fmt: skip
        ids = render_id_map(self._labels, blend.ids, blend.weights, blend.alpha)
        return replace(plain, ids=np.where(plain.depth > 0, ids, 0).astype(np.int32))
