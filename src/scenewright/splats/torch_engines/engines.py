"""Pictures and fits by the engines that need torch, for callers that do not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from scenewright.core import Camera
from scenewright.core.optional import require
from scenewright.splats.rasterizer.arrays import Floats, Images, SurfelArrays

if TYPE_CHECKING:
    from scenewright.splats.fitting.engine import MakeEngine
    from scenewright.splats.torch_engines.gsplat_engine import GsplatRasterizer

TorchEngineName = Literal["gsplat", "reference"]


def gsplat_rasterizer(device: str | None = None) -> GsplatRasterizer:
    """The engine of CUDA.

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
        device: Where torch runs.

    Raises:
        MissingExtraError: torch is not installed.
    """
    require("torch", extra="torch")
    from scenewright.splats.torch_engines.fit_engine import TorchEngine
    from scenewright.splats.torch_engines.reference import trace_reference

    return partial(TorchEngine, draw=trace_reference, device=device)


def draw_with_torch(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    engine: TorchEngineName,
    device: str | None,
    world_from_cam: NDArray[Any],
    near: float,
    far: float,
    sh_degree: int | None = None,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    features: Floats | None = None,
) -> Images:
    """`rasterizer.rasterize` by another engine, without gradients.

    Arguments that are not listed are those of `rasterizer.rasterize`.

    Args:
        engine: ``"gsplat"`` draws on CUDA in float32; ``"reference"`` is slow, and exact in the
            type of the arrays.
        device: Where torch runs; None = the GPU for gsplat, the processor for the reference.

    Raises:
        MissingExtraError: A package is not installed, or there is no GPU.
    """
    drawer = gsplat_rasterizer(device) if engine == "gsplat" else None
    torch = require("torch", extra="torch")
    from scenewright.splats.torch_engines.reference import rasterize_reference
    from scenewright.splats.torch_engines.tensors import SurfelTensors

    dtype = None if drawer is None else torch.float32
    place = (device or "cpu") if drawer is None else str(drawer.device)
    options: dict[str, Any] = {
        "world_from_cam": world_from_cam,
        "near": near,
        "far": far,
        "sh_degree": sh_degree,
        "background": background,
    }
    if features is not None:
        options["features"] = torch.tensor(features, dtype=dtype, device=place)
    surfels = SurfelTensors.of(arrays, dtype, device=place)
    with torch.no_grad():
        if drawer is None:
            return rasterize_reference(surfels, camera, **options).numpy()
        return drawer.draw(surfels, camera, **options).images.numpy()
