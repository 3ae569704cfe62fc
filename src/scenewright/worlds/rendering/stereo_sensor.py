"""Simulated errors of a stereo depth camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenewright.core import Camera
from scenewright.worlds.rendering.renderer import View
from scenewright.worlds.rendering.sensor_effects import (
    check_numbers,
    check_positive,
    gray_levels,
    normal_waves,
    uniform_blobs,
)

_STEP = 1.04
"""A disparity larger by this factor belongs to another surface."""
_WAVE = 0.05
"""Distance of independent wrong disparities, as a share of the image width."""


@dataclass(frozen=True)
class StereoSensor:
    """A stereo camera that matches windows, with or without a projector of texture.

    Errors are Gaussian in disparity, so in depth they grow with the square of the distance; the
    defaults are of the order of RealSense cameras (Keselman et al., "Intel RealSense Stereoscopic
    Depth Cameras", CVPR Workshops 2017). A window at an edge matches the nearer surface, which
    therefore appears fat (Scharstein and Szeliski, IJCV 2002). Where the image has too little
    contrast, there is no reading, or a smooth wrong one. What only the left camera sees gives no
    reading.

    Attributes:
        baseline: Distance of the two cameras, meters.
        width: Image width at which it matches, pixels; disparities below are in these pixels.
        window: Edge of the matching window, pixels.
        noise: Standard deviation of the disparity, pixels.
        disparity_step: Quantization step of the disparity, pixels.
        fattening: Share of the edges that are displaced by half a window.
        least_contrast: Standard deviation of the gray levels (0 to 1) in a window, below which
            matching gets unreliable.
        projector: Contrast that a projector adds on white at 1 m; it falls with the square of the
            distance. 0 = no projector.
        loss: Share of the pixels lost where there is no contrast at all.
        wobble: Standard deviation of the wrong disparities there, pixels.
        max_depth: Surfaces beyond it give no reading, meters.
        min_depth: Surfaces closer than it give no reading, meters.
    """

    baseline: float = 0.05
    width: float = 848.0
    window: float = 9.0
    noise: float = 0.08
    disparity_step: float = 1 / 32
    fattening: float = 0.7
    least_contrast: float = 0.012
    projector: float = 0.12
    loss: float = 0.5
    wobble: float = 0.8
    max_depth: float = 10.0
    min_depth: float = 0.28

    def __post_init__(self) -> None:
        names = ("window", "noise", "disparity_step", "least_contrast", "projector", "wobble")
        check_numbers(self, names)
        check_numbers(self, ("fattening", "loss"), most=1)
        check_positive(self, ("baseline", "width"))

    def observe(
        self, view: View, camera: Camera, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """The depth that the sensor reports for a true view; see `DepthCamera.observe`."""
        true = view.depth
        scale = self.width / camera.width
        at_one_meter = camera.fx * scale * self.baseline
        inverse = np.where(true > 0, 1 / np.maximum(true, 1e-3), 0.0)
        disparity: NDArray[np.floating] = (at_one_meter * inverse).astype(np.float32)
        reach = round(self.window / scale / 2)
        weak = self._weakness(view, reach)
        lost = hidden_from_right((disparity / scale).astype(np.float32)) | (true <= 0)
        nearest = ndimage.maximum_filter(disparity, 2 * reach + 1)
        is_fat = nearest > _STEP * disparity
        is_fat &= uniform_blobs(true.shape, rng) < self.fattening
        disparity[is_fat] = nearest[is_fat]
        lost &= ~is_fat
        white = rng.standard_normal(true.shape, np.float32)
        grain = ndimage.gaussian_filter(white, reach / 2)
        disparity += self.noise / max(float(grain.std()), 1e-9) * (1 + weak) * grain
        disparity += self.wobble * weak * normal_waves(true.shape, _WAVE * camera.width, rng)
        if self.disparity_step > 0:
            disparity = np.round(disparity / self.disparity_step) * self.disparity_step
        lost |= uniform_blobs(true.shape, rng) < self.loss * weak
        depth = at_one_meter / np.maximum(disparity, 1e-3)
        lost |= (depth > self.max_depth) | (depth < self.min_depth)
        return np.where(lost, 0.0, depth).astype(np.float32)

    def _weakness(self, view: View, reach: int) -> NDArray[np.float32]:
        """(H, W) how far the contrast of each window is below what matching needs, 0 to 1."""
        gray = gray_levels(view.image)
        size = 2 * reach + 1
        mean = ndimage.uniform_filter(gray, size)
        variance = ndimage.uniform_filter(gray * gray, size) - mean * mean
        pattern = self.projector * gray / np.maximum(view.depth, 0.1) ** 2
        contrast = np.sqrt(np.maximum(variance, 0) + pattern**2)
        weak: NDArray[np.float32] = np.clip(1 - contrast / max(self.least_contrast, 1e-6), 0, 1)
        return weak


def hidden_from_right(disparity: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels of the left image that nearer surfaces hide from the right camera.

    Args:
        disparity: (H, W) float32 pixels of this image; 0 = infinitely far.
    """
    columns = np.arange(disparity.shape[1], dtype=np.float32)
    landing = columns - disparity
    beyond = np.full_like(landing, np.inf)
    beyond[:, :-1] = np.minimum.accumulate(landing[:, :0:-1], axis=1)[:, ::-1]
    # Rounding must not hide the steep side of one surface.
    hidden: NDArray[np.bool_] = beyond < landing - 0.5
    return hidden
