"""Noise of a depth sensor as a function of the distance, estimated from its own images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_LAG = 1 / 80
"""Distance between the three readings of a comparison, as a share of the image width: more than
the correlation width of the noise, less than most surfaces."""
_MAX_JUMP = 0.1
"""Three readings are on different surfaces if they deviate from a line by more than this share."""
_BIN_RATIO = 1.12
"""Ratio of the far to the near end of a bin of depth."""
_MIN_SAMPLES = 200
"""Smallest number of comparisons in a bin."""
_QUANTILE = 0.3
"""The deviations are measured by this quantile, since larger ones come from curved surfaces ..."""
_QUANTILE_OF_NORMAL = 0.38532
"""... and this is that quantile of the absolute value of a standard normal variable."""
_LARGE = 0.9
"""Quantization shows in this quantile of the deviations, unless all surfaces face the camera."""
_MAX_ROWS = 60
"""Number of rows, and of columns, of an image that are compared; more add little."""
_MAX_LEVELS = 4000
"""Number of readings in which the quantization step of a bin is looked for."""


@dataclass(frozen=True)
class DepthNoise:
    """Standard deviation of depth readings: ``floor + growth * depth ** 2``, meters.

    Attributes:
        floor: The part that does not depend on the distance, meters.
        growth: The part that grows with the square of the distance, 1/m. It is the standard
            deviation of the inverse depth, and largest in stereo and structured-light cameras.
    """

    floor: float = 0.0
    growth: float = 0.0

    def at(self, depth: float) -> float:
        """The standard deviation at a depth, both meters."""
        return self.floor + self.growth * depth**2

    def reach(self, deviation: float) -> float:
        """The depth beyond which the standard deviation is larger, meters; may be infinite."""
        if self.floor >= deviation:
            return 0.0
        return float(np.sqrt((deviation - self.floor) / self.growth)) if self.growth else np.inf


def estimate_depth_noise(depths: Sequence[Floats]) -> DepthNoise | None:
    """The noise of the sensor that made some depth images.

    On a plane, inverse depth is a linear function of the pixel, so that the second difference of
    three readings along a row or a column holds nothing but noise. Its lower quantiles are little
    affected by curved surfaces and edges. Rounded readings are dithered first (and the variance of
    the dither is subtracted again), since quantiles of few levels say little. The standard
    deviation is measured in bins of depth; noise of active sensors grows with the square of the
    distance (Khoshelham and Elberink, 2012).

    Args:
        depths: (H, W) arrays of one size, meters, 0 = no reading.

    Returns:
        The noise, or None if there are too few readings to tell.
    """
    centers, errors = _second_differences(depths)
    if not len(centers):
        return None
    bins = _bins(centers)
    levels = np.concatenate([_thinned(depth) for depth in depths])
    level_bins = _bins(levels)
    rng = np.random.default_rng(0)
    found: list[tuple[float, float, int]] = []
    for one in np.unique(bins):
        chosen = bins == one
        count = int(np.count_nonzero(chosen))
        if count < _MIN_SAMPLES:
            continue
        depth = float(np.median(centers[chosen]))
        error = errors[chosen]
        step = _quantization_step(levels[level_bins == one]) / depth**2
        # Rows of equal readings, as of a floor without noise, are no quantization.
        step = min(step, float(np.quantile(np.abs(error), _LARGE)))
        dither = step * rng.uniform(-0.5, 0.5, (3, count))
        total = np.abs(error + dither[0] - 2 * dither[1] + dither[2])
        spread = np.quantile(total, _QUANTILE) / (_QUANTILE_OF_NORMAL * np.sqrt(6))
        variance = max(spread**2 - step**2 / 12, step**2 / 12)
        found.append((depth, depth**2 * float(np.sqrt(variance)), count))
    return _fit(found) if found else None


def _thinned(depth: Floats) -> Floats:
    some = depth[:: max(1, len(depth) // _MAX_ROWS)]
    return some[some > 0]


def _bins(depths: Floats) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.floor(np.log(depths) / np.log(_BIN_RATIO)).astype(np.int64)
    return found


def _second_differences(
    depths: Sequence[Floats],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth of the middle reading, and second difference of inverse depth, of all triples of
    readings along rows and columns that seem to lie on one surface."""
    centers: list[NDArray[np.float64]] = []
    errors: list[NDArray[np.float64]] = []
    for depth in depths:
        lag = max(2, round(depth.shape[1] * _LAG))
        with np.errstate(divide="ignore"):
            inverse = np.where(depth > 0, 1 / depth.astype(np.float64), np.nan)
        for image in (inverse, inverse.T):
            rows = image[:: max(1, len(image) // _MAX_ROWS)]
            if rows.shape[1] <= 2 * lag:
                continue
            middle = rows[:, lag:-lag]
            error = rows[:, : -2 * lag] - 2 * middle + rows[:, 2 * lag :]
            usable = np.abs(error) < _MAX_JUMP * middle
            centers.append(1 / middle[usable])
            errors.append(error[usable])
    if not centers:
        return np.zeros(0), np.zeros(0)
    return np.concatenate(centers), np.concatenate(errors)


def _quantization_step(depths: Floats) -> float:
    """Typical distance of neighboring levels, meters; near 0 if there are no levels."""
    if len(depths) > _MAX_LEVELS:
        depths = depths[:: -(-len(depths) // _MAX_LEVELS)]
    levels = np.unique(depths.astype(np.float32))
    # Levels show in that most values occur several times.
    if len(levels) < 2 or len(depths) < 3 * len(levels):
        return 0.0
    return float(np.median(np.diff(levels)))


def _fit(found: list[tuple[float, float, int]]) -> DepthNoise:
    """Least squares of relative errors, with both parts 0 or more."""
    depth, deviation, count = np.array(found, np.float64).T
    scale = np.sqrt(count) / np.maximum(deviation, 1e-5)
    columns = np.stack([np.ones_like(depth), depth**2], axis=1) * scale[:, None]
    target = deviation * scale
    best, least = DepthNoise(), np.inf
    for chosen in ([0, 1], [0], [1]):
        if len(depth) < len(chosen):
            continue
        solution = np.zeros(2)
        solution[chosen] = np.linalg.lstsq(columns[:, chosen], target, rcond=None)[0]
        error = float(np.linalg.norm(columns @ solution - target))
        if (solution >= 0).all() and error < least:
            best, least = DepthNoise(float(solution[0]), float(solution[1])), error
    return best
