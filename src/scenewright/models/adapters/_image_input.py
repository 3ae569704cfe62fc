"""Images as inputs of networks: resized, scaled, normalized, without torchvision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ShapeError, WeightsError


@dataclass(frozen=True)
class ImageInput:
    """How a network expects its images.

    Attributes:
        mean: (3,) float32, subtracted from RGB in [0, 1].
        std: (3,) float32, divided by.
        factor: Factor for the stored values 0 to 255.
        resample: Filter for resizing.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    factor: float
    resample: Image.Resampling

    @classmethod
    def from_settings(cls, settings: dict[str, Any], *, resample: int) -> ImageInput:
        """Reads the settings of a checkpoint.

        Args:
            settings: Contents of preprocessor_config.json.
            resample: Filter to use if the checkpoint does not name one.

        Raises:
            WeightsError: They lack the mean and standard deviation of three channels.
        """
        normalized = settings.get("do_normalize", True)
        mean = settings.get("image_mean") if normalized else [0.0] * 3
        std = settings.get("image_std") if normalized else [1.0] * 3
        try:
            result = cls(
                np.array(mean, np.float32),
                np.array(std, np.float32),
                float(settings.get("rescale_factor") or 1 / 255)
                if settings.get("do_rescale", True)
                else 1.0,
                Image.Resampling(settings.get("resample", resample)),
            )
        except (TypeError, ValueError) as error:
            raise _bad_settings(str(error)) from error
        if result.mean.shape != (3,) or result.std.shape != (3,) or not (result.std > 0).all():
            raise _bad_settings(f"{mean} and {std}")
        return result

    def __call__(self, image: NDArray[np.uint8], size: tuple[int, int]) -> torch.Tensor:
        """Resizes an (H, W, 3) image to (height, width); returns (3, height, width) float32."""
        height, width = size
        if image.shape[:2] != size:
            resized = Image.fromarray(np.ascontiguousarray(image)).resize(
                (width, height), self.resample
            )
            image = np.asarray(resized)
        values = (image.astype(np.float32) * self.factor - self.mean) / self.std
        return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1), np.float32))


def check_image(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns the image if it is (H, W, 3) uint8 and not empty, else raises `ShapeError`."""
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or 0 in array.shape:
        raise ShapeError("image", expected="(H, W, 3) uint8", got=f"{array.shape} {array.dtype}")
    return array


def _bad_settings(got: str) -> WeightsError:
    return WeightsError(
        "The checkpoint's preprocessor_config.json",
        expected="image_mean and image_std of three colors, and a known resample",
        got=got,
    )
