"""The errors of a structured-light depth camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BASELINE = 0.075
"""Distance of projector and camera, metres."""
_SENSOR_FOCAL = 525.0
"""Of the sensor itself, pixels, however small its pictures are made afterwards."""
_DISPARITY_STEP = 1 / 8
"""Such cameras tell disparities apart to an eighth of a pixel."""
_EDGE_JUMP = 0.04
"""A neighbour nearer by this share of the depth shadows the projector's pattern."""


def sensor_depth(depth: NDArray[np.float32], *, rng: np.random.Generator) -> NDArray[np.float32]:
    """Depth as a structured-light camera would report it.

    Noise grows with the square of the distance (Nguyen, Izadi, Lovell 2012, axial noise), values
    fall on the camera's disparity steps, so that their spacing grows with the square as well, and
    pixels beside a nearer surface are lost now and then.

    Args:
        depth: (H, W) float32 true metres along +z, 0 = no reading.
        rng: Source of the noise.

    Returns:
        (H, W) float32 metres, 0 = no reading.
    """
    seen = depth > 0
    true = depth.astype(np.float64)
    spread = 0.0012 + 0.0019 * np.square(true - 0.4)
    noisy = np.where(seen, true + spread * rng.standard_normal(depth.shape), 1.0)
    disparity = _SENSOR_FOCAL * _BASELINE / np.maximum(noisy, 0.05)
    steps = np.maximum(np.round(disparity / _DISPARITY_STEP), 1.0)
    result = _SENSOR_FOCAL * _BASELINE / (steps * _DISPARITY_STEP)
    lost = _shadowed(true, seen) & (rng.uniform(size=depth.shape) < 0.7)
    return np.where(seen & ~lost, result, 0.0).astype(np.float32)


def _shadowed(depth: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels with a clearly nearer surface next to them in their row or column."""
    near = np.where(seen, depth, np.inf)
    lowest = near.copy()
    lowest[:, 1:] = np.minimum(lowest[:, 1:], near[:, :-1])
    lowest[:, :-1] = np.minimum(lowest[:, :-1], near[:, 1:])
    lowest[1:] = np.minimum(lowest[1:], near[:-1])
    lowest[:-1] = np.minimum(lowest[:-1], near[1:])
    shadow: NDArray[np.bool_] = lowest < near * (1 - _EDGE_JUMP)
    return shadow & seen
