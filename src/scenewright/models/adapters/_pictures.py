"""Pictures as networks want them: resized, scaled, normalized. Needs no torchvision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ShapeError, WeightsError


@dataclass(frozen=True)
class PictureInput:
    """How a network wants its pictures.

    Attributes:
        mean: (3,) float32, subtracted from RGB in [0, 1].
        std: (3,) float32, divided by.
        factor: What the stored values 0 to 255 are multiplied with.
        resample: Filter for resizing.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    factor: float
    resample: Image.Resampling

    @classmethod
    def from_settings(cls, settings: dict[str, Any], *, resample: int) -> PictureInput:
        """Reads the settings of a checkpoint.

        Args:
            settings: Content of preprocessor_config.json.
            resample: Filter of the family, for a checkpoint that does not name one.

        Raises:
            WeightsError: They hold no mean and deviation of three colors.
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
        """Resizes a picture to (height, width) and normalizes it to (3, height, width) float32."""
        height, width = size
        if image.shape[:2] != size:
            picture = Image.fromarray(np.ascontiguousarray(image))
            image = np.asarray(picture.resize((width, height), self.resample))
        values = (image.astype(np.float32) * self.factor - self.mean) / self.std
        return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1), np.float32))


def check_image(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns an (H, W, 3) uint8 picture, or raises `ShapeError`."""
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
