"""Input features of the network of ``masks/tiny-rgbd``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.models.surfaces.grid import SurfaceGrid
from scenewright.models.surfaces.labels import predict

NUM_FEATURES = 12
"""Color (3), whether there is depth, log depth, normal (3), depth steps (2), bends (2)."""

_F = np.float32
_STEP = 0.006
"""Depth step that counts as 1, besides four times the noise; share of the inverse depth."""
_CLIP = 3.0


def frame_features(grid: SurfaceGrid) -> NDArray[np.float32]:
    """Computes the input of the network.

    The features do not depend on the scale of the scene: depth enters as its logarithm minus the
    mean, and as steps relative to the noise of the sensor.

    Args:
        grid: The frame as a grid of planes.

    Returns:
        (h, w, 12) float32, see `NUM_FEATURES`; all but color are 0 where there is no depth.
    """
    features = np.zeros((*grid.inverse.shape, NUM_FEATURES), np.float32)
    seen = grid.inverse > 0
    mean_log = float(np.log(grid.inverse[seen]).mean()) if seen.any() else 0.0
    fill_features(
        grid.inverse, grid.planes, grid.color, grid.rays_x, grid.rays_y, grid.noise, mean_log,
        features,
    )  # fmt: skip
    return features


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def fill_features(
    inverse: NDArray[np.float32],
    planes: NDArray[np.float32],
    color: NDArray[np.float32],
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    noise: float,
    mean_log: float,
    out: NDArray[np.float32],
) -> None:
    """Writes the features of `frame_features`.

    Args:
        inverse: (h, w) float32 inverse meters, 0 = none.
        planes: (h, w, 3) float32 `m` of each cell's plane, 0 = none.
        color: (h, w, 3) float32.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        noise: Sensor noise, inverse meters.
        mean_log: Mean logarithm of the inverse depth.
        out: (h, w, 12) float32 zeros, receives the features.
    """
    rows, columns = inverse.shape
    clip = _F(_CLIP)
    for r in prange(rows):
        for c in range(columns):
            out[r, c, 0] = _F(2) * color[r, c, 0] - _F(1)
            out[r, c, 1] = _F(3) * color[r, c, 1]
            out[r, c, 2] = _F(3) * color[r, c, 2]
            if inverse[r, c] <= 0:
                continue
            out[r, c, 3] = _F(1)
            out[r, c, 4] = min(max(_F(mean_log) - np.log(inverse[r, c]), -clip), clip)
            a = planes[r, c]
            length = np.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
            if length <= 0:
                continue
            # m . p = 1 holds for points in front of the camera, so m points away from it.
            for k in range(3):
                out[r, c, 5 + k] = -a[k] / length
            for side in range(2):
                y, x = r + side, c + 1 - side
                if y >= rows or x >= columns or inverse[y, x] <= 0:
                    continue
                b = planes[y, x]
                other_length = np.sqrt(b[0] * b[0] + b[1] * b[1] + b[2] * b[2])
                if other_length <= 0:
                    continue
                at_a = predict(a, rays_x[c], rays_y[r])
                at_b = predict(b, rays_x[x], rays_y[y])
                step_at_b = predict(a, rays_x[x], rays_y[y]) - at_b
                step_at_a = at_a - predict(b, rays_x[c], rays_y[r])
                step = step_at_b if abs(step_at_b) > abs(step_at_a) else step_at_a
                limit = _F(4) * _F(noise) + _F(_STEP) * max(at_a, at_b)
                out[r, c, 8 + side] = min(max(step / limit, -clip), clip)
                out[r, c, 10 + side] = _bend(
                    a, b, length, other_length, rays_x[c], rays_y[r], at_a, rays_x[x], rays_y[y],
                    at_b,
                )  # fmt: skip


@njit(cache=True, nogil=True, inline="always")
def _bend(
    a: NDArray[np.float32], b: NDArray[np.float32], length: Any, other_length: Any,
    ax: Any, ay: Any, at_a: Any, bx: Any, by: Any, at_b: Any,
) -> Any:  # fmt: skip
    """Change of the normal from a to b per unit length: positive if convex, negative if concave."""
    at_a, at_b = max(at_a, _F(1e-3)), max(at_b, _F(1e-3))
    dx, dy, dz = bx / at_b - ax / at_a, by / at_b - ay / at_a, _F(1) / at_b - _F(1) / at_a
    distance = np.sqrt(dx * dx + dy * dy + dz * dz) + _F(1e-6)
    turn = (
        (a[0] / length - b[0] / other_length) * dx
        + (a[1] / length - b[1] / other_length) * dy
        + (a[2] / length - b[2] / other_length) * dz
    )
    return turn / distance
