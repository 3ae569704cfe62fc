"""Simulated errors of the depth that a phone computes from its LiDAR and its camera."""

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
    stretched,
)

_FLATNESS = 0.03
"""Differences of gray levels below about this do not guide."""
_FEWEST_DOTS = 0.5
"""Weight of the dots with a reading around a pixel, below which it has no depth."""


@dataclass(frozen=True)
class LidarSensor:
    """Depth of a phone with LiDAR, as apps export it.

    Few dots are measured; the phone fills the space between them, guided by the color image, and
    exports 256 columns. So edges are rounded, print shows through as relief, and what is thinner
    than the distance of the dots melts into its background (Luetzenburg et al., Scientific Reports
    2021, who measured iPhones: things of 10 cm and more come out, within 1 cm). Here the guided
    filter of He et al. (TPAMI 2013) fills in inverse depth, so planes stay planes.

    Attributes:
        dots: Number of dots across the width of the image.
        columns: Width of the exported depth image, pixels.
        noise: Standard deviation of the depth of a dot, as a share of it.
        drift: Standard deviation of the smooth error, as a share of the depth.
        guidance: How much of the gray levels the filled depth follows, 0 (not at all) to 1.
        max_depth: Surfaces beyond it give no reading, meters.
        min_depth: Surfaces closer than it give no reading, meters.
    """

    dots: float = 96.0
    columns: float = 256.0
    noise: float = 0.004
    drift: float = 0.003
    guidance: float = 1.0
    max_depth: float = 5.0
    min_depth: float = 0.2

    def __post_init__(self) -> None:
        check_numbers(self, ("noise", "drift"))
        check_numbers(self, ("guidance",), most=1)
        check_positive(self, ("dots", "columns"))

    def observe(
        self, view: View, camera: Camera, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """The depth that the sensor reports for a true view; see `DepthCamera.observe`."""
        height, width = view.depth.shape
        step = max(width / self.dots, 1.0)
        rows, columns = _grid(height, step), _grid(width, step)
        depth = view.depth[np.ix_(rows, columns)]
        seen = (depth >= self.min_depth) & (depth <= self.max_depth)
        error = self.noise * rng.standard_normal(depth.shape, np.float32)
        error += self.drift * normal_waves(depth.shape, 8.0, rng)
        inverse = np.where(seen, (1 + error) / np.maximum(depth, 0.01), 0).astype(np.float32)
        gray = gray_levels(view.image)
        guide = ndimage.uniform_filter(gray, round(step))[np.ix_(rows, columns)]
        slope, offset, weight = _local_lines(guide, inverse, seen.astype(np.float32))
        # The exported pixels, and the pixels of the image that show them.
        coarse = max(width / self.columns, 1.0)
        out_rows, out_columns = _grid(height, coarse), _grid(width, coarse)
        shown = gray[np.ix_(out_rows, out_columns)]
        fields = (stretched(f, shown.shape) for f in (slope, offset, weight))
        slopes, offsets, weights = fields
        filled = self.guidance * slopes * shown + offsets
        filled += (1 - self.guidance) * slopes * stretched(guide, shown.shape)
        valid = (weights >= _FEWEST_DOTS) & (filled > 1 / self.max_depth)
        valid &= filled < 1 / max(self.min_depth, 1e-3)
        result = np.where(valid, 1 / np.maximum(filled, 1e-3), 0).astype(np.float32)
        to_rows, to_columns = _owners(height, len(out_rows)), _owners(width, len(out_columns))
        return result[np.ix_(to_rows, to_columns)]


def _grid(length: int, step: float) -> NDArray[np.int64]:
    """Evenly spaced pixels, about `step` apart, from the first to the last."""
    num = max(round(length / step), 2)
    return np.round(np.linspace(0, length - 1, num)).astype(np.int64)


def _owners(length: int, num: int) -> NDArray[np.int64]:
    """The nearest of `num` evenly spaced pixels for each of `length` pixels."""
    return np.round(np.linspace(0, num - 1, length)).astype(np.int64)


def _local_lines(
    guide: NDArray[np.float32], values: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Guided filter: slope and offset of the line from guide to value around each dot.

    Args:
        guide: (h, w) gray levels.
        values: (h, w) values; 0 where the weight is 0.
        weights: (h, w) 1 = reading, 0 = none.

    Returns:
        Slope, offset and share of readings, each (h, w).
    """

    def mean(field: NDArray[np.float32]) -> NDArray[np.float32]:
        smooth: NDArray[np.float32] = ndimage.uniform_filter(field, 3, mode="nearest")
        return smooth

    share = mean(weights)
    some = np.maximum(share, np.float32(1e-6))
    of_guide, of_values = mean(weights * guide) / some, mean(values) / some
    spread = np.maximum(mean(weights * guide * guide) / some - of_guide**2, 0)
    joint = mean(values * guide) / some - of_guide * of_values
    slope = (joint / (spread + _FLATNESS**2)).astype(np.float32)
    offset = (of_values - slope * of_guide).astype(np.float32)
    known = (share > 0.1).astype(np.float32)
    total = np.maximum(mean(known), np.float32(1e-6))
    slopes, offsets = mean(slope * known) / total, mean(offset * known) / total
    return slopes.astype(np.float32), offsets.astype(np.float32), share
