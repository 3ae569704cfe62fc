"""Kernel that measures how different neighboring cells of a plane grid are."""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.models.surfaces.labels import predict

_F = np.float32


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def weigh_links(
    planes: NDArray[np.float32],
    color: NDArray[np.float32],
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    limits: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Measures the difference of each pixel from its right and its lower neighbor.

    Args:
        planes: (h, w, 3) float32, `m` of each pixel's plane, 0 = none.
        color: (h, w, 3) float32 of `reduce_color`.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        limits: (5,) float32: sensor noise, inverse meters; depth step that is an edge, as a share
            of the inverse depth; sine of the angle that is an edge; color difference that is an
            edge; weight of lightness in it.
        out: (h, w, 2) float32, receives the difference to the right and lower neighbor, about 1 at
            an edge; infinite where either has no plane.
    """
    rows, columns = planes.shape[:2]
    noise, step_share, turn, color_limit, lightness = limits
    for r in prange(rows):
        for c in range(columns):
            for side in range(2):
                out[r, c, side] = np.inf
                y, x = r + side, c + 1 - side
                if y >= rows or x >= columns:
                    continue
                a, b = planes[r, c], planes[y, x]
                inverse_a = predict(a, rays_x[c], rays_y[r])
                inverse_b = predict(b, rays_x[x], rays_y[y])
                if inverse_a <= 0 or inverse_b <= 0:
                    continue
                deviation = max(
                    abs(predict(a, rays_x[x], rays_y[y]) - inverse_b),
                    abs(predict(b, rays_x[c], rays_y[r]) - inverse_a),
                )
                weight = deviation / (_F(4) * noise + step_share * max(inverse_a, inverse_b))
                dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
                norms = (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]) * (
                    b[0] * b[0] + b[1] * b[1] + b[2] * b[2]
                )
                weight += np.sqrt(max(_F(1) - dot * dot / norms, _F(0))) / turn
                dl = lightness * (color[r, c, 0] - color[y, x, 0])
                da, db = color[r, c, 1] - color[y, x, 1], color[r, c, 2] - color[y, x, 2]
                weight += np.sqrt(dl * dl + da * da + db * db) / color_limit
                out[r, c, side] = weight
