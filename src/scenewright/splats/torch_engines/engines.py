"""Drawing and fitting by the engines that need torch, for callers that import no torch themselves.

The engine `gsplat` has not been run on a GPU yet.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.core.optional import require
from scenewright.splats.rasterizer.arrays import DrawSettings, Floats, Images, SurfelArrays
from scenewright.splats.rasterizer.engine import DrawSurfels

if TYPE_CHECKING:
    from scenewright.splats.fitting.engine import MakeEngine
    from scenewright.splats.torch_engines.gsplat_engine import GsplatRasterizer


def gsplat_rasterizer(device: str | None = None) -> GsplatRasterizer:
    """The rasterizer of gsplat on CUDA.

    Args:
        device: Such as ``"cuda:1"``; None takes the first GPU.

    Raises:
        MissingExtraError: torch or gsplat is not installed, or there is no GPU.
    """
    require("torch", extra="splats")
    from scenewright.splats.torch_engines.gsplat_engine import GsplatRasterizer

    return GsplatRasterizer(device or "cuda")


def gsplat_engine_factory(device: str | None = None) -> MakeEngine:
    """Builds engines for `Fitter(make_engine=...)` that fit on CUDA with gsplat.

    Args:
        device: Such as ``"cuda:1"``; None takes the first GPU.

    Raises:
        MissingExtraError: torch or gsplat is not installed, or there is no GPU.
    """
    rasterizer = gsplat_rasterizer(device)
    from scenewright.splats.torch_engines.fit_engine import TorchEngine

    return partial(TorchEngine, draw=rasterizer.draw, device=rasterizer.device)


def reference_engine_factory(device: str = "cpu") -> MakeEngine:
    """Builds engines that fit with the slow reference: for tests, and scenes of a few surfels.

    Args:
        device: Device of torch.

    Raises:
        MissingExtraError: torch is not installed.
    """
    require("torch", extra="torch")
    from scenewright.splats.torch_engines.fit_engine import TorchEngine
    from scenewright.splats.torch_engines.reference import trace_reference

    return partial(TorchEngine, draw=trace_reference, device=device)


def gsplat_drawing(device: str | None = None) -> DrawSurfels:
    """An engine for `render` that draws on CUDA with gsplat, in float32.

    Arguments that are not listed are those of `rasterizer.rasterize`.

    Args:
        device: Such as ``"cuda:1"``; None takes the first GPU.

    Raises:
        MissingExtraError: torch or gsplat is not installed, or there is no GPU.
    """
    rasterizer = gsplat_rasterizer(device)
    torch = require("torch", extra="splats")
    from scenewright.splats.torch_engines.tensors import SurfelTensors

    def draw(
        arrays: SurfelArrays,
        camera: Camera,
        *,
        world_from_cam: NDArray[np.float64],
        settings: DrawSettings,
        features: Floats | None = None,
    ) -> Images:
        target, dtype = str(rasterizer.device), torch.float32
        values = None if features is None else torch.tensor(features, dtype=dtype, device=target)
        surfels = SurfelTensors.of(arrays, dtype, device=target)
        with torch.no_grad():
            return rasterizer.draw(
                surfels, camera, world_from_cam=world_from_cam, settings=settings, features=values
            ).images.numpy()

    return draw


def reference_drawing(device: str = "cpu") -> DrawSurfels:
    """An engine for `render` that draws with the slow reference, in the type of the arrays.

    Args:
        device: Device of torch.

    Raises:
        MissingExtraError: torch is not installed.
    """
    torch = require("torch", extra="torch")
    from scenewright.splats.torch_engines.reference import rasterize_reference
    from scenewright.splats.torch_engines.tensors import SurfelTensors

    def draw(
        arrays: SurfelArrays,
        camera: Camera,
        *,
        world_from_cam: NDArray[np.float64],
        settings: DrawSettings,
        features: Floats | None = None,
    ) -> Images:
        values = None if features is None else torch.tensor(features, device=device)
        surfels = SurfelTensors.of(arrays, device=device)
        with torch.no_grad():
            return rasterize_reference(
                surfels, camera, world_from_cam=world_from_cam, settings=settings, features=values
            ).numpy()

    return draw
