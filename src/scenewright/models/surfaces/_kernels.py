"""Kernels that turn a noisy depth image into a coarse grid of planes with sharp creases.

They work on inverse depth for two reasons: a plane in space is linear in inverse depth over the
image, and the inverse depth of structured-light and stereo sensors has the same noise everywhere.
A plane is stored as `m` with ``m . p = 1`` for its points `p`, so ``m . ray`` is its inverse depth
along ``ray = (x, y, 1)``.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

_F = np.float32


@njit(cache=True, nogil=True, error_model="numpy")
def reduce_depth(
    depth: NDArray[np.float32], step: int, gap: float, out: NDArray[np.float32]
) -> None:
    """Averages the inverse depth of the nearest surface in blocks of `step` x `step` pixels.

    Args:
        depth: (H, W) float32 meters, 0 = none.
        step: Side of a block, pixels.
        gap: Pixels within this share of the nearest inverse depth belong to the same surface.
        out: (H // step, W // step) float32, receives inverse meters, 0 = none.
    """
    rows, columns = out.shape
    share = _F(1) - _F(gap)
    for r in range(rows):
        for c in range(columns):
            closest = _F(np.inf)
            for y in range(r * step, (r + 1) * step):
                for x in range(c * step, (c + 1) * step):
                    if 0 < depth[y, x] < closest:
                        closest = depth[y, x]
            limit = _F(1) / closest * share
            total, count = _F(0), 0
            for y in range(r * step, (r + 1) * step):
                for x in range(c * step, (c + 1) * step):
                    if depth[y, x] > 0:
                        inverse = _F(1) / depth[y, x]
                        if inverse >= limit:
                            total += inverse
                            count += 1
            out[r, c] = total / _F(count) if count > 0 else _F(0)


@njit(cache=True, nogil=True, error_model="numpy")
def reduce_color(image: NDArray[np.uint8], step: int, out: NDArray[np.float32]) -> None:
    """Averages color over blocks and converts it to lightness and two opponent channels.

    Args:
        image: (H, W, 3) uint8 RGB.
        step: Side of a block, pixels.
        out: (H // step, W // step, 3) float32, receives values of about 0 to 1.
    """
    rows, columns = out.shape[:2]
    scale = _F(1) / _F(255 * step * step)
    for r in range(rows):
        for c in range(columns):
            red, green, blue = 0, 0, 0
            for y in range(r * step, (r + 1) * step):
                for x in range(c * step, (c + 1) * step):
                    red += image[y, x, 0]
                    green += image[y, x, 1]
                    blue += image[y, x, 2]
            fr, fg, fb = _F(red) * scale, _F(green) * scale, _F(blue) * scale
            out[r, c, 0] = (fr + fg + fb) / _F(3)
            out[r, c, 1] = fr - fg
            out[r, c, 2] = _F(0.5) * (fr + fg) - fb


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def fit_planes(
    inverse: NDArray[np.float32],
    radius: int,
    gap: float,
    slack: float,
    planes: NDArray[np.float32],
    spread: NDArray[np.float32],
) -> None:
    """Fits planes to the windows around every second pixel of every second row.

    Args:
        inverse: (h, w) float32 inverse meters, 0 = none.
        radius: Half the side of the window, pixels.
        gap: Neighbors within this share of the center's inverse depth are used.
        slack: Inverse meters added to that limit.
        planes: (h, w, 3) float32, receives slope per column, slope per row, value; in pixels.
        spread: (h, w) float32, receives the standard deviation of the fit, inverse meters;
            infinite where there are too few pixels.
    """
    rows, columns = inverse.shape
    share, floor = _F(gap), _F(slack)
    least = (2 * radius + 1) * (radius + 1) // 2
    for half_row in prange((rows + 1) // 2):
        r = 2 * half_row
        for c in range(0, columns, 2):
            spread[r, c] = np.inf
            center = inverse[r, c]
            if center <= 0:
                continue
            limit = share * center + floor
            sums = _add_window(inverse, r, c, radius, limit)
            if sums[0] >= least:
                spread[r, c] = _solve_plane(sums, center, planes[r, c])


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _add_window(
    inverse: NDArray[np.float32], r: int, c: int, radius: int, limit: float
) -> tuple[np.float32, ...]:
    """Sums of 1, x, y, d, xx, xy, yy, xd, yd, dd over the window, relative to its center."""
    rows, columns = inverse.shape
    center = inverse[r, c]
    n, sx, sy, sd = _F(0), _F(0), _F(0), _F(0)
    sxx, sxy, syy, sxd, syd, sdd = _F(0), _F(0), _F(0), _F(0), _F(0), _F(0)
    for y in range(max(0, r - radius), min(rows, r + radius + 1)):
        dy = _F(y - r)
        for x in range(max(0, c - radius), min(columns, c + radius + 1)):
            d = inverse[y, x] - center
            if abs(d) > limit:
                continue
            dx = _F(x - c)
            n += _F(1)
            sx += dx
            sy += dy
            sd += d
            sxx += dx * dx
            sxy += dx * dy
            syy += dy * dy
            sxd += dx * d
            syd += dy * d
            sdd += d * d
    return n, sx, sy, sd, sxx, sxy, syy, sxd, syd, sdd


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _solve_plane(
    sums: tuple[np.float32, ...], center: np.float32, plane: NDArray[np.float32]
) -> np.float32:
    """Writes the best plane of `_add_window` sums; returns its RMS misfit, infinite if none."""
    n, sx, sy, sd, sxx, sxy, syy, sxd, syd, sdd = sums
    mx, my, md = sx / n, sy / n, sd / n
    cxx, cxy, cyy = sxx / n - mx * mx, sxy / n - mx * my, syy / n - my * my
    cxd, cyd, cdd = sxd / n - mx * md, syd / n - my * md, sdd / n - md * md
    det = cxx * cyy - cxy * cxy
    # Pixels that are nearly on a line do not determine a plane.
    if det < _F(0.5):
        return _F(np.inf)
    a = (cxd * cyy - cyd * cxy) / det
    b = (cyd * cxx - cxd * cxy) / det
    plane[0] = a
    plane[1] = b
    plane[2] = center + md - a * mx - b * my
    variance: np.float32 = max(cdd - a * cxd - b * cyd, _F(0))
    misfit: np.float32 = np.sqrt(variance)
    return misfit


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def choose_planes(
    inverse: NDArray[np.float32],
    planes: NDArray[np.float32],
    spread: NDArray[np.float32],
    radius: int,
    noise: float,
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Assigns each pixel the best-fitting nearby plane that explains its depth.

    A window that straddles a crease fits badly. A pixel beside the crease therefore gets the plane
    of a window that lies entirely on its side, which keeps creases sharp.

    Args:
        inverse: (h, w) float32 inverse meters, 0 = none.
        planes: (h, w, 3) float32 of `fit_planes`.
        spread: (h, w) float32 of `fit_planes`.
        radius: Largest distance to the center of the plane's window, pixels.
        noise: Standard deviation of the sensor, inverse meters.
        rays_x: (w,) float32 of `x` of each column's ray.
        rays_y: (h,) float32 of `y` of each row's ray.
        out: (h, w, 3) float32, receives `m` of the plane, 0 = none.
    """
    rows, columns = inverse.shape
    sigma = _F(noise)
    per_x = _F(1) / (rays_x[1] - rays_x[0])
    per_y = _F(1) / (rays_y[1] - rays_y[0])
    for r in prange(rows):
        for c in range(columns):
            out[r, c, 0] = out[r, c, 1] = out[r, c, 2] = _F(0)
            if inverse[r, c] <= 0:
                continue
            first_y, first_x = max(0, r - radius), max(0, c - radius)
            # The nearest window is likely to be good, and a good one rules out many others.
            best_y, best_x = r - r % 2, c - c % 2
            best = _plane_cost(inverse, planes, spread, r, c, best_y, best_x, sigma)
            for y in range(first_y + first_y % 2, min(rows, r + radius + 1), 2):
                for x in range(first_x + first_x % 2, min(columns, c + radius + 1), 2):
                    # The cost is at least the spread; windows without a fit have an infinite one.
                    if spread[y, x] >= best:
                        continue
                    cost = _plane_cost(inverse, planes, spread, r, c, y, x, sigma)
                    if cost < best:
                        best, best_y, best_x = cost, y, x
            if best < _F(np.inf):
                mx = planes[best_y, best_x, 0] * per_x
                my = planes[best_y, best_x, 1] * per_y
                out[r, c, 0] = mx
                out[r, c, 1] = my
                out[r, c, 2] = planes[best_y, best_x, 2] - mx * rays_x[best_x] - my * rays_y[best_y]


@njit(cache=True, nogil=True, inline="always", error_model="numpy")
def _plane_cost(
    inverse: NDArray[np.float32],
    planes: NDArray[np.float32],
    spread: NDArray[np.float32],
    r: int,
    c: int,
    y: int,
    x: int,
    sigma: np.float32,
) -> np.float32:
    """Cost of the plane of window (y, x) for pixel (r, c); infinite if it does not fit."""
    oy, ox = _F(y - r), _F(x - c)
    expected = planes[y, x, 2] - planes[y, x, 0] * ox - planes[y, x, 1] * oy
    deviation = abs(expected - inverse[r, c])
    if not deviation <= _F(3) * sigma + _F(2) * spread[y, x]:
        return _F(np.inf)
    cost: np.float32 = spread[y, x] + _F(0.25) * deviation + _F(0.02) * sigma * (abs(ox) + abs(oy))
    return cost


def rays_of(size: int, focal: float, center: float, step: int) -> NDArray[np.float32]:
    """Rays through the centers of blocks of `step` pixels, along one axis of the image.

    Args:
        size: Of the image along the axis, pixels.
        focal: Focal length, pixels.
        center: Principal point, pixels.
        step: Side of a block, pixels.

    Returns:
        (size // step,) float32, x or y of each ray at depth 1.
    """
    middles = (np.arange(size // step) + 0.5) * step
    rays: NDArray[np.float32] = ((middles - center) / focal).astype(np.float32)
    return rays
