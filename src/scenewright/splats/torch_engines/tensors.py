"""Surfels and images as tensors; counterparts of `SurfelArrays`, `Images` and `Target`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer.arrays import ImageGradients, Images, SurfelArrays


class SurfelTensors(NamedTuple):
    """The fields of `SurfelArrays` as tensors of one type on one device."""

    means: Tensor
    quats: Tensor
    scales: Tensor
    opacities: Tensor
    sh: Tensor

    @classmethod
    def of(
        cls,
        arrays: SurfelArrays,
        dtype: torch.dtype | None = None,
        *,
        device: str = "cpu",
        requires_grad: bool = False,
    ) -> SurfelTensors:
        """Copies of arrays as leaves of the graph; `dtype` None keeps their type."""
        return cls(
            *(
                torch.tensor(array, dtype=dtype, device=device, requires_grad=requires_grad)
                for array in arrays
            )
        )


@dataclass(frozen=True, eq=False)
class ImageTensors:
    """The fields of `Images` as tensors; shapes and meaning as there."""

    color: Tensor
    depth_sum: Tensor
    alpha: Tensor
    normals: Tensor
    median: Tensor
    distortion: Tensor
    features: Tensor | None = None

    @classmethod
    def of(cls, images: Images, *, requires_grad: bool = False) -> ImageTensors:
        """Copies of images as leaves of the graph."""
        return cls(
            **{
                name: torch.tensor(value, requires_grad=requires_grad)
                for name, value in vars(images).items()
                if value is not None
            }
        )

    def numpy(self) -> Images:
        """The images as arrays."""
        return Images(
            **{
                name: value.detach().cpu().numpy()
                for name, value in vars(self).items()
                if value is not None
            }
        )

    def dot(self, gradients: ImageGradients) -> Tensor:
        """The sum over all images of image times gradient: a loss with exactly these gradients."""
        total = self.color.new_zeros(())
        for name, gradient in vars(gradients).items():
            image = getattr(self, name)
            if gradient is not None and image is not None:
                total = total + (image * image.new_tensor(gradient)).sum()
        return total


@dataclass(frozen=True, eq=False)
class TargetTensors:
    """The pixels of a `Target` on a device; shapes and meaning as there."""

    image: Tensor
    depth: Tensor | None
    normals: Tensor | None

    @classmethod
    def of(cls, target: Target, *, device: torch.device | str = "cpu") -> TargetTensors:
        """Copies; the image stays uint8, which takes a quarter of the memory."""
        maps = (target.depth, target.normals)
        return cls(
            torch.tensor(target.image, device=device),
            *(None if array is None else torch.tensor(array, device=device) for array in maps),
        )

    @property
    def color(self) -> Tensor:
        """(H, W, 3) float32 RGB, 0 to 1."""
        return self.image.float() / 255

    @property
    def num_bytes(self) -> int:
        """Memory of the tensors, bytes."""
        return sum(value.nbytes for value in vars(self).values() if value is not None)
