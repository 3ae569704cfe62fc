"""Simulated errors of a structured-light depth camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from scenewright.core import Camera
from scenewright.worlds.rendering.renderer import View
from scenewright.worlds.rendering.sensor_effects import (
    check_numbers,
    facing_cosines,
    uniform_blobs,
)

_SENSOR_WIDTH = 640
"""Image width that the parameters of the sensor refer to, pixels."""


@dataclass(frozen=True)
class DepthSensor:
    """A structured-light depth camera.

    Noise is Gaussian in inverse depth, so it grows with the square of the distance, as measured
    for such cameras (Khoshelham and Elberink, 2012; Nguyen, Izadi and Lovell, 2012). Pixels are
    read at slightly shifted positions (Handa et al., ICRA 2014), so that surfaces bleed over
    edges. All random numbers come from the generator passed to `observe`.

    Attributes:
        noise: Standard deviation of the inverse depth, 1/m; a good camera has about 0.001.
        grain: Correlation width of that noise, pixels of a 640-wide image.
        disparity_step: Quantization step of inverse depth, 1/m.
        bleeding: Standard deviation of the pixel shifts, pixels of a 640-wide image.
        shadow: Share of the pixels next to a clearly nearer surface that are lost.
        grazing: Cosine between normal and ray below which readings get lost, all at 0.
        dark_loss: Share of the pixels lost on black material; none is lost on mid gray.
        dropout: Share of the image that is lost in blobs.
        max_depth: Surfaces beyond it give no reading, meters.
        min_depth: Surfaces closer than it give no reading, meters.
    """

    noise: float = 0.0012
    grain: float = 1.0
    disparity_step: float = 0.0025
    bleeding: float = 0.6
    shadow: float = 0.6
    grazing: float = 0.12
    dark_loss: float = 0.5
    dropout: float = 0.004
    max_depth: float = 8.0
    min_depth: float = 0.35

    def __post_init__(self) -> None:
        check_numbers(self, ("noise", "grain", "disparity_step", "bleeding", "grazing"))
        check_numbers(self, ("shadow", "dark_loss", "dropout"), most=1)

    def observe(
        self, view: View, camera: Camera, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """The depth that the sensor reports for a true view.

        Args:
            view: True depth, and the image, since dark material reflects too little.
            camera: Intrinsics of the view.
            rng: Source of all random numbers.

        Returns:
            (H, W) float32 meters along +z, 0 = no reading.
        """
        scale = camera.width / _SENSOR_WIDTH
        true = view.depth
        rows, columns = _shifted_pixels(true.shape, self.bleeding * scale, rng)
        depth = true[rows, columns].astype(np.float64)
        seen = (depth > 0) & (true > 0)
        inverse = np.where(seen, 1 / np.maximum(depth, 1e-3), 0.0)
        white = rng.standard_normal(true.shape, np.float32)
        grain = ndimage.gaussian_filter(white, 0.5 * self.grain * scale)
        inverse += self.noise * grain / max(float(grain.std()), 1e-9)
        if self.disparity_step > 0:
            inverse = np.round(inverse / self.disparity_step) * self.disparity_step
        result = np.where(inverse > 0, 1 / np.maximum(inverse, 1e-4), 0.0)
        lost = self._lost(view, camera, rng)
        lost |= (result > self.max_depth) | (result < self.min_depth)
        return np.where(seen & ~lost, result, 0.0).astype(np.float32)

    def _lost(self, view: View, camera: Camera, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Pixels without a reading."""
        chance = rng.random(view.depth.shape, np.float32)
        lost = _beside_nearer(view.depth) & (chance < self.shadow)
        share = 1 - facing_cosines(view.depth, camera) / max(self.grazing, 1e-6)
        lost |= rng.random(chance.shape, np.float32) < share
        lightness = view.image.max(axis=2).astype(np.float32) / 255
        darkness = np.clip(1 - lightness / 0.15, 0, 1) * self.dark_loss
        blobs = uniform_blobs(chance.shape, rng)
        lost |= blobs < darkness
        if self.dropout > 0:
            lost |= uniform_blobs(chance.shape, rng) < self.dropout
        return lost


def _shifted_pixels(
    shape: tuple[int, ...], spread: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column at which each pixel is read."""
    rows, columns = np.indices(shape)
    rows = rows + np.rint(spread * rng.standard_normal(shape, np.float32)).astype(np.int64)
    columns = columns + np.rint(spread * rng.standard_normal(shape, np.float32)).astype(np.int64)
    return np.clip(rows, 0, shape[0] - 1), np.clip(columns, 0, shape[1] - 1)


def _beside_nearer(depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels next to a pixel that is nearer by more than 4 %."""
    near = np.where(depth > 0, depth, np.inf)
    lowest = ndimage.minimum_filter(near, size=3)
    shadowed: NDArray[np.bool_] = (lowest < near * 0.96) & (depth > 0)
    return shadowed
