"""The rasterizer of the CPU as a differentiable function of torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Camera
from scenewright.splats.rasterizer.arrays import DrawSettings, ImageGradients, SurfelArrays
from scenewright.splats.rasterizer.rasterization import Rasterization, rasterize
from scenewright.splats.torch_engines.tensors import ImageTensors, SurfelTensors

_IMAGES = ("color", "depth_sum", "alpha", "normals", "median", "distortion", "features")


def rasterize_torch(
    surfels: SurfelTensors,
    camera: Camera,
    *,
    world_from_cam: NDArray[Any],
    settings: DrawSettings,
    features: Tensor | None = None,
) -> ImageTensors:
    """`rasterizer.rasterize` as part of a graph of torch, for training loops in torch.

    Args:
        surfels: On the CPU, all float32 or all float64.
        camera: As for `rasterizer.rasterize`.
        world_from_cam: Likewise.
        settings: Likewise.
        features: (N, D) of the same type, or None.
    """
    tensors = [*surfels] if features is None else [*surfels, features]

    def draw(arrays: SurfelArrays, extra: NDArray[Any] | None) -> Rasterization:
        return rasterize(
            arrays,
            camera,
            world_from_cam=world_from_cam,
            settings=settings,
            features=extra,
        )

    images = _Rasterize.apply(draw, *tensors)  # type: ignore[no-untyped-call]
    return ImageTensors(**dict(zip(_IMAGES, images, strict=False)))


_Draw = Callable[[SurfelArrays, "NDArray[Any] | None"], Rasterization]


class _Rasterize(torch.autograd.Function):
    """Forward keeps the rasterization; backward passes the gradients of the images to it."""

    @staticmethod
    def forward(ctx: Any, draw: _Draw, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Draws, and keeps the rasterization in the context."""
        arrays = [tensor.detach().contiguous().numpy() for tensor in tensors]
        ctx.drawing = draw(SurfelArrays(*arrays[:5]), arrays[5] if len(arrays) > 5 else None)
        ctx.set_materialize_grads(False)
        images = (getattr(ctx.drawing.images, name) for name in _IMAGES)
        return tuple(torch.from_numpy(image) for image in images if image is not None)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """Gradients of the surfels, in the order of the tensors given to `forward`."""
        upstream = {
            name: gradient.contiguous().numpy()
            for name, gradient in zip(_IMAGES, gradients, strict=False)
            if gradient is not None
        }
        found = ctx.drawing.backward(ImageGradients(**upstream))
        values = [getattr(found, name) for name in (*SurfelArrays._fields, "features")]
        return (None, *(torch.from_numpy(value) for value in values if value is not None))
