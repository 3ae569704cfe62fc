"""Agreement of drawn images with captured ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.ssim import structural_similarity
from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer.arrays import Floats

_LEAST_ERROR = 1e-10
"""Lower limit of the mean squared error: the PSNR of equal images is 100 dB."""


@dataclass(frozen=True)
class Quality:
    """Image quality of several views; means over views.

    Attributes:
        psnr: dB.
        ssim: At most 1.
        psnr_by_view: dB, by name of the view.
    """

    psnr: float
    ssim: float
    psnr_by_view: dict[str, float]


def squared_error(
    image: Floats, truth: Floats, *, weights: NDArray[np.float32] | None = None
) -> float:
    """Mean squared difference of colors.

    Args:
        image: (H, W, 3), clipped to 0 to 1.
        truth: (H, W, 3), 0 to 1.
        weights: (H, W) how much each pixel counts, 0 to 1; None = all do.
    """
    difference = np.clip(image, 0, 1) - truth
    squares = difference * difference
    if weights is None:
        return float(np.mean(squares, dtype=np.float64))
    total = 3 * float(weights.sum(dtype=np.float64))
    return float((squares * weights[..., None]).sum(dtype=np.float64)) / max(total, 1e-9)


def psnr_of(error: float) -> float:
    """Peak signal to noise ratio of a mean squared error of colors from 0 to 1, dB."""
    return float(-10 * np.log10(max(error, _LEAST_ERROR)))


def measure_quality(pairs: Iterable[tuple[Target, Floats]]) -> Quality:
    """Compares drawn images with their targets.

    Args:
        pairs: Targets and drawn colors, at least one pair. Where a target has alpha, pixels count
            by it.
    """
    psnr: dict[str, float] = {}
    ssim: list[float] = []
    for target, drawn in pairs:
        image: NDArray[np.float32] = np.clip(drawn, 0, 1).astype(np.float32)
        truth, weights = target.color, target.weights
        psnr[target.name] = psnr_of(squared_error(image, truth, weights=weights))
        if weights is not None:
            image = truth + weights[..., None] * (image - truth)
        ssim.append(structural_similarity(image, truth))
    return Quality(float(np.mean(list(psnr.values()))), float(np.mean(ssim)), psnr)
