"""The protocol of rendering engines, and the CPU engine."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.splats.rasterizer.arrays import DrawSettings, Floats, Images, SurfelArrays
from scenewright.splats.rasterizer.rasterization import rasterize


class DrawSurfels(Protocol):
    """An engine: draws surfels without gradients, by the rules of `rasterize`."""

    def __call__(
        self,
        arrays: SurfelArrays,
        camera: Camera,
        *,
        world_from_cam: NDArray[np.float64],
        settings: DrawSettings,
        features: Floats | None = None,
    ) -> Images:
        """The images of one camera; arguments as for `rasterize`."""
        ...


def draw_on_cpu(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    world_from_cam: NDArray[np.float64],
    settings: DrawSettings,
    features: Floats | None = None,
) -> Images:
    """The engine of the CPU; arguments and errors as for `rasterize`."""
    return rasterize(
        arrays, camera, world_from_cam=world_from_cam, settings=settings, features=features
    ).images
