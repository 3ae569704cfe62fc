"""Kernels that measure regions and the borders between them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.models.surfaces.labels import predict

_F = np.float32

NUM_REGION_SUMS = 15
NUM_BORDER_SUMS = 4


@njit(cache=True, nogil=True, error_model="numpy")
def fill_labels(
    labels: NDArray[np.int32],
    inverse: NDArray[np.float32],
    planes: NDArray[np.float32],
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    gap: float,
    rounds: int,
) -> None:
    """Extends labels to neighboring pixels at about the same depth, ring by ring.

    Args:
        labels: (h, w) int32, -1 = none; changed in place.
        inverse: (h, w) float32 inverse meters, 0 = none.
        planes: (h, w, 3) float32, `m` of each pixel's plane; changed in place: a filled pixel gets
            the plane of its neighbor.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        gap: Largest deviation from the neighbor's plane, as a share of the inverse depth.
        rounds: Number of rings.
    """
    rows, columns = labels.shape
    unlabeled = np.empty(rows * columns, np.int32)
    count = 0
    for r in range(rows):
        for c in range(columns):
            if labels[r, c] < 0 and inverse[r, c] > 0:
                unlabeled[count] = r * columns + c
                count += 1
    source = np.empty(count, np.int32)
    share = _F(gap)
    for _ in range(rounds):
        kept = 0
        for k in range(count):
            r, c = unlabeled[k] // columns, unlabeled[k] % columns
            best, nearest = share * inverse[r, c], -1
            for side in range(4):
                y = r + (side == 0) - (side == 1)
                x = c + (side == 2) - (side == 3)
                if y < 0 or y >= rows or x < 0 or x >= columns or labels[y, x] < 0:
                    continue
                deviation = abs(predict(planes[y, x], rays_x[c], rays_y[r]) - inverse[r, c])
                if deviation < best:
                    best, nearest = deviation, y * columns + x
            source[k] = nearest
        for k in range(count):
            r, c = unlabeled[k] // columns, unlabeled[k] % columns
            if source[k] >= 0:
                y, x = source[k] // columns, source[k] % columns
                labels[r, c] = labels[y, x]
                # One by one, since the assignment of a slice takes 2 s longer to compile.
                for channel in range(3):
                    planes[r, c, channel] = planes[y, x, channel]
            else:
                unlabeled[kept] = unlabeled[k]
                kept += 1
        if kept == count:
            break
        count = kept


@njit(cache=True, nogil=True, error_model="numpy")
def measure_regions(
    labels: NDArray[np.int32],
    planes: NDArray[np.float32],
    color: NDArray[np.float32],
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """Accumulates sums over each region; the sums of a union are the sums of its parts added.

    Args:
        labels: (h, w) int32, -1 = none.
        planes: (h, w, 3) float32, `m` of each pixel's plane.
        color: (h, w, 3) float32.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        sums: (N, 15) float64 zeros; receives pixels, x, y, d, xx, xy, yy, xd, yd, dd (rays and
            inverse depth), surface in square meters, three colors, squared lightness.
    """
    rows, columns = labels.shape
    cell = (rays_x[1] - rays_x[0]) * (rays_y[1] - rays_y[0])
    for r in range(rows):
        y = rays_y[r]
        for c in range(columns):
            label = labels[r, c]
            if label < 0:
                continue
            x = rays_x[c]
            m = planes[r, c]
            d = predict(m, x, y)
            if d <= 0:
                continue
            totals = sums[label]
            totals[0] += 1
            totals[1] += x
            totals[2] += y
            totals[3] += d
            totals[4] += x * x
            totals[5] += x * y
            totals[6] += y * y
            totals[7] += x * d
            totals[8] += y * d
            totals[9] += d * d
            slant = min(np.sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]) / d, _F(8))
            totals[10] += slant * cell / (d * d)
            totals[11] += color[r, c, 0]
            totals[12] += color[r, c, 1]
            totals[13] += color[r, c, 2]
            totals[14] += color[r, c, 0] * color[r, c, 0]


@njit(cache=True, nogil=True, error_model="numpy")
def measure_borders(
    labels: NDArray[np.int32],
    planes: NDArray[np.float32],
    color: NDArray[np.float32],
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
    limits: NDArray[np.float32],
    pairs: NDArray[np.int32],
    sums: NDArray[np.float32],
) -> int:
    """Measures each pair of neighboring pixels that belong to different regions.

    Args:
        labels: (h, w) int32, -1 = none.
        planes: (h, w, 3) float32, `m` of each pixel's plane.
        color: (h, w, 3) float32.
        rays_x: (w,) float32.
        rays_y: (h,) float32.
        limits: (4,) float32: sensor noise, inverse meters; depth step that is an edge, as a share
            of the inverse depth; weight of lightness; pixels to step back from the border before
            directions and colors are compared.
        pairs: (B, 2) int32, receives the smaller and the larger region of each pair.
        sums: (B, 4) float32, receives 1; depth step divided by the step that is an edge, at most 2;
            bend (positive: convex, bulging toward the camera; at most 2); color difference.

    Returns:
        Number of pairs written.
    """
    rows, columns = labels.shape
    noise, step_share, lightness = limits[0], limits[1], limits[2]
    back = int(limits[3])
    count = 0
    for r in range(rows):
        for c in range(columns):
            a = labels[r, c]
            if a < 0:
                continue
            for side in range(2):
                dy, dx = side, 1 - side
                y, x = r + dy, c + dx
                if y >= rows or x >= columns:
                    continue
                b = labels[y, x]
                if b < 0 or a == b:
                    continue
                ma, mb = planes[r, c], planes[y, x]
                da, db = predict(ma, rays_x[c], rays_y[r]), predict(mb, rays_x[x], rays_y[y])
                deviation = min(
                    abs(predict(ma, rays_x[x], rays_y[y]) - db),
                    abs(predict(mb, rays_x[c], rays_y[r]) - da),
                )
                step = deviation / (_F(4) * noise + step_share * max(da, db))
                ya, xa = _step_back(labels, r, c, -dy, -dx, back)
                yb, xb = _step_back(labels, y, x, dy, dx, back)
                bend = _bend(planes, ya, xa, yb, xb, rays_x, rays_y)
                light = lightness * (color[ya, xa, 0] - color[yb, xb, 0])
                red = color[ya, xa, 1] - color[yb, xb, 1]
                yellow = color[ya, xa, 2] - color[yb, xb, 2]
                pairs[count, 0] = min(a, b)
                pairs[count, 1] = max(a, b)
                sums[count, 0] = _F(1)
                sums[count, 1] = min(step, _F(2))
                sums[count, 2] = bend
                sums[count, 3] = np.sqrt(light * light + red * red + yellow * yellow)
                count += 1
    return count


@njit(cache=True, nogil=True)
def _step_back(
    labels: NDArray[np.int32], r: int, c: int, dy: int, dx: int, steps: int
) -> tuple[int, int]:
    """Walks up to `steps` pixels away from the border without leaving the region."""
    rows, columns = labels.shape
    label = labels[r, c]
    for _ in range(steps):
        y, x = r + dy, c + dx
        if y < 0 or y >= rows or x < 0 or x >= columns or labels[y, x] != label:
            break
        r, c = y, x
    return r, c


@njit(cache=True, nogil=True, error_model="numpy")
def _bend(
    planes: NDArray[np.float32],
    ya: int,
    xa: int,
    yb: int,
    xb: int,
    rays_x: NDArray[np.float32],
    rays_y: NDArray[np.float32],
) -> float:
    """Bend of the surface between two pixels, (n_b - n_a) . t: positive if convex."""
    ma, mb = planes[ya, xa], planes[yb, xb]
    da, db = predict(ma, rays_x[xa], rays_y[ya]), predict(mb, rays_x[xb], rays_y[yb])
    tx = rays_x[xb] / db - rays_x[xa] / da
    ty = rays_y[yb] / db - rays_y[ya] / da
    tz = _F(1) / db - _F(1) / da
    length = np.sqrt(tx * tx + ty * ty + tz * tz)
    na = np.sqrt(ma[0] * ma[0] + ma[1] * ma[1] + ma[2] * ma[2])
    nb = np.sqrt(mb[0] * mb[0] + mb[1] * mb[1] + mb[2] * mb[2])
    # The normal toward the camera is -m / |m|.
    along_a = (ma[0] * tx + ma[1] * ty + ma[2] * tz) / na
    along_b = (mb[0] * tx + mb[1] * ty + mb[2] * tz) / nb
    bend: float = (along_a - along_b) / length
    return bend
