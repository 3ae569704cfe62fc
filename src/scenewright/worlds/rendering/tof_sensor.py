"""Simulated errors of a time-of-flight depth camera."""

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
    facing_cosines,
    uniform_blobs,
)

_STEP = 1.04
"""Depths that differ by more than this factor belong to different surfaces."""
_BLACKEST = 0.004
"""Reflectance of the darkest material."""


@dataclass(frozen=True)
class TimeOfFlightSensor:
    """A continuous-wave time-of-flight camera, such as Kinect v2 and Azure Kinect.

    The noise follows the light that returns: it grows with the distance, on dark material and on
    grazing surfaces (Lachat et al., Remote Sensing 2015; Tolgyessy et al., Sensors 2021, from which
    the size is taken). Harmonics of the modulation shift the distance periodically ("wiggling",
    Lindner et al., CVIU 2010). A pixel at an edge receives light from both surfaces and reports a
    distance between them (flying pixels, Reynolds et al., CVPR 2011).

    Attributes:
        noise: Standard deviation on a white surface facing the camera at 1 m, meters.
        wiggle: Amplitude of the periodic error, meters.
        wiggle_period: Its period, meters.
        flying: Share of the pixels at edges whose reading lies between front and back.
        edge_loss: Share of the pixels at edges that are lost.
        least_signal: Returning light below which there is no reading; a white surface facing the
            camera at 1 m returns 1.
        max_depth: Surfaces beyond it give no reading, meters.
        min_depth: Surfaces closer than it give no reading, meters.
    """

    noise: float = 0.0008
    wiggle: float = 0.003
    wiggle_period: float = 0.31
    flying: float = 0.5
    edge_loss: float = 0.25
    least_signal: float = 0.0015
    max_depth: float = 5.5
    min_depth: float = 0.4

    def __post_init__(self) -> None:
        check_numbers(self, ("noise", "wiggle", "least_signal"))
        check_numbers(self, ("flying", "edge_loss"), most=1)
        check_positive(self, ("wiggle_period",))

    def observe(
        self, view: View, camera: Camera, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """The depth that the sensor reports for a true view; see `DepthCamera.observe`."""
        true = view.depth
        depth, lost = self._mixed_at_edges(true, rng)
        lightness = view.image.max(axis=2).astype(np.float32) / 255
        reflectance = np.maximum(lightness**2.2, _BLACKEST)
        signal = reflectance * facing_cosines(true, camera) / np.maximum(true, 0.1) ** 2
        # The limit varies by a factor of 2 both ways, in patches.
        lost |= signal < self.least_signal * 2 ** (2 * uniform_blobs(true.shape, rng) - 1)
        error = self.noise * rng.standard_normal(true.shape, np.float32) / np.sqrt(signal + 1e-9)
        ray = _ray_lengths(camera)
        distance = depth * ray
        error += self.wiggle * np.sin(2 * np.pi / self.wiggle_period * distance)
        depth = (distance + error) / ray
        lost |= (depth > self.max_depth) | (depth < self.min_depth)
        return np.where(lost, 0.0, depth).astype(np.float32)

    def _mixed_at_edges(
        self, true: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Depth with flying pixels, and the pixels without a reading."""
        far = ndimage.maximum_filter(true, 3)
        near = ndimage.minimum_filter(np.where(true > 0, true, np.inf).astype(np.float32), 3)
        near = np.minimum(near, far)
        seen = true > 0
        at_edge = seen & (far > _STEP * near)
        chance = rng.random(true.shape, np.float32)
        share = rng.random(true.shape, np.float32)
        flies = at_edge & (chance < self.flying)
        depth = np.where(flies, near + share * (far - near), true)
        lost = at_edge & (chance > 1 - self.edge_loss)
        return depth, lost | ~seen


def _ray_lengths(camera: Camera) -> NDArray[np.float32]:
    """(H, W) float32 length of the ray through each pixel center, in units of its z."""
    x = (np.arange(camera.width, dtype=np.float32) + np.float32(0.5 - camera.cx)) / camera.fx
    y = (np.arange(camera.height, dtype=np.float32) + np.float32(0.5 - camera.cy)) / camera.fy
    lengths: NDArray[np.float32] = np.sqrt(1 + x[None] ** 2 + y[:, None] ** 2).astype(np.float32)
    return lengths
