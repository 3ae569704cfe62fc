"""Similarity of two images: PSNR and SSIM.

Images are (H, W, 3) or (H, W), uint8 or floating point in [0, 1]; other values are an error,
because both measures depend on the range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core.checks import as_array, check_finite
from scenewright.core.errors import ConventionError, ShapeError
from scenewright.geometry.ssim import structural_similarity
from scenewright.metrics.images.perceptual import PerceptualDistance

LARGEST_PSNR: Final = 100.0
"""Of equal images, and of all that differ by less than a hundred-thousandth of the range, dB."""
_LEAST_ERROR: Final = 10 ** (-LARGEST_PSNR / 10)
_OVERSHOOT: Final = 1e-4
"""How far a value may lie outside [0, 1], since sums of blend weights round."""


@dataclass(frozen=True)
class ImageQuality:
    """Similarity of images to the true ones.

    Attributes:
        psnr: Decibels, at most `LARGEST_PSNR`.
        ssim: At most 1.
        lpips: 0 or more, smaller is better; None if no weights were given.
        num_images: Number of images that the values are means over.
    """

    psnr: float
    ssim: float
    lpips: float | None
    num_images: int = 1


def psnr(image: ArrayLike, truth: ArrayLike, *, mask: ArrayLike | None = None) -> float:
    """Peak signal-to-noise ratio in decibels, -10 log10 of the mean squared error over channels.

    It is at most `LARGEST_PSNR`, so that a mean over images with equal ones is a number.

    Args:
        image: (H, W, 3) or (H, W).
        truth: The same shape.
        mask: (H, W) bool, the pixels that count; None for all.

    Returns:
        `LARGEST_PSNR` for equal images; NaN if no pixel counts.
    """
    found, wanted = _pair(image, truth)
    errors = (found - wanted) ** 2
    if mask is not None:
        errors = errors[as_array("mask", mask, shape=errors.shape[:2], dtype=np.bool_)]
    if not errors.size:
        return float("nan")
    mean = float(errors.mean())
    return -10 * float(np.log10(max(mean, _LEAST_ERROR)))


def ssim(image: ArrayLike, truth: ArrayLike) -> float:
    """Mean structural similarity (Wang et al., 2004), averaged over pixels and channels.

    Gaussian window of 11 x 11 pixels with a standard deviation of 1.5, C1 = 0.01^2, C2 = 0.03^2,
    and zeros around the picture: the form that papers on Gaussian splatting report. Programs that
    leave the rim out, or weight differently, give other numbers.
    """
    found, wanted = _pair(image, truth)
    if found.ndim == 2:
        found, wanted = (np.repeat(gray[..., None], 3, axis=2) for gray in (found, wanted))
    return structural_similarity(found, wanted)


def measure_image(
    image: ArrayLike, truth: ArrayLike, *, perceptual: PerceptualDistance | None = None
) -> ImageQuality:
    """PSNR, SSIM and, given a network, LPIPS of one image.

    Args:
        image: (H, W, 3).
        truth: (H, W, 3).
        perceptual: From `PerceptualDistance.load`; None leaves LPIPS out.
    """
    distance = None if perceptual is None else perceptual(*_pair(image, truth))
    return ImageQuality(psnr(image, truth), ssim(image, truth), distance)


def mean_quality(parts: Sequence[ImageQuality]) -> ImageQuality:
    """Means over images as papers report them: of the decibels, not of the errors.

    LPIPS is None unless every part has it. The means are NaN without parts.
    """
    counts = np.array([part.num_images for part in parts], np.float64)
    if not parts:
        return ImageQuality(float("nan"), float("nan"), None, 0)
    distances = [part.lpips for part in parts if part.lpips is not None]
    return ImageQuality(
        float(np.average([part.psnr for part in parts], weights=counts)),
        float(np.average([part.ssim for part in parts], weights=counts)),
        float(np.average(distances, weights=counts)) if len(distances) == len(parts) else None,
        int(counts.sum()),
    )


def _pair(image: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    found, wanted = _shares("image", image), _shares("truth", truth)
    if found.shape != wanted.shape:
        raise ShapeError("image", expected=f"{wanted.shape} as the truth", got=f"{found.shape}")
    return found, wanted


def _shares(name: str, image: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(image)
    if array.ndim not in (2, 3) or array.size == 0 or array.shape[2:] not in ((), (3,)):
        raise ShapeError(name, expected="(H, W, 3) or (H, W)", got=f"{array.shape}")
    if array.dtype == np.uint8:
        return array / 255.0
    if array.dtype.kind != "f":
        raise ShapeError(name, expected="uint8 or floating point", got=f"{array.dtype}")
    check_finite(name, array)
    low, high = float(array.min()), float(array.max())
    if low < -_OVERSHOOT or high > 1 + _OVERSHOOT:
        raise ConventionError(name, expected="values in [0, 1]", got=f"{low:g} to {high:g}")
    return np.clip(array.astype(np.float64), 0, 1)
