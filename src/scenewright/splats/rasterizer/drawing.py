"""The forward pass: surfels are blended into the tiles of a picture, nearest first.

Within a tile the loop over surfels is the outer one, so that only the rows of a surfel's box are
touched, and the inner one runs over eight neighboring pixels at once. All per-pixel sums of a tile
lie in one flat buffer, plane after plane, which lets the compiler see that they do not overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.rasterizer.ray_math import (
    FAST_MATH,
    MAX_ALPHA,
    MIN_ALPHA,
    MIN_TRANSMITTANCE,
    MIN_ZETA,
    exp_negative,
)
from scenewright.splats.rasterizer.tiles import TILE

Floats = NDArray[np.floating[Any]]
LANES = 8
PLANE = TILE * TILE
NUM_PLANES = 16
"""Transmittance, whether the ray goes on, color (3), depth sum, normal (3), median, place of the
median surfel in the list, first and second moment of m, distortion, weight of the last surfel,
column within the tile."""
CHECK_EVERY = 8
"""Surfels after which a tile looks whether all its rays have ended."""


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def blend_row(
    buffer: Floats,
    start: np.uint64,
    count: int,
    record: Floats,
    x0: Any,
    y: Any,
    position: Any,
    limits: Floats,
) -> None:
    """Blends one surfel into neighboring pixels of a row.

    Args:
        buffer: (planes * 256,) sums of the tile.
        start: Index of the first pixel in a plane.
        count: Pixels, a multiple of 8; a number known when compiling would be unrolled, which
            keeps the compiler from making vectors.
        record: (20,) of the surfel.
        x0, y: First column of the tile, and the row, counted from the surfel's anchor.
        position: Place in the tile's list, as a float.
        limits: near, the two constants of m(z), 2, 1/2, largest and smallest alpha, smallest
            transmittance and zeta, and 0: constants in the type of the arrays.
    """
    near, m0, m1, two, half = limits[0], limits[1], limits[2], limits[3], limits[4]
    max_alpha, min_alpha, min_pass, tiny = limits[5], limits[6], limits[7], limits[8]
    zero, one = limits[9], limits[10]
    w0, w1, w2 = record[6], record[7], record[8]
    lx, ly, lz = y * w0 - record[3], y * w1 - record[4], y * w2 - record[5]
    # zeta = k x l with k = x T_w - T_x is linear in x along a row.
    ax, bx = record[2] * ly - record[1] * lz, w1 * lz - w2 * ly
    ay, by = record[0] * lz - record[2] * lx, w2 * lx - w0 * lz
    az, bz = record[1] * lx - record[0] * ly, w0 * ly - w1 * lx
    mx, dy = record[9], record[10] - y
    opacity, nx, ny, nz = record[11], record[12], record[13], record[14]
    red, green, blue = record[15], record[16], record[17]
    for lane in range(count):
        p = start + np.uint64(lane)
        x = x0 + buffer[p + np.uint64(15 * PLANE)]
        zeta = az + x * bz
        zeta = (tiny if zeta >= zero else -tiny) if abs(zeta) < tiny else zeta
        inverse = one / zeta
        u, v = (ax + x * bx) * inverse, (ay + x * by) * inverse
        rho3 = u * u + v * v
        dx = mx - x
        rho2 = two * (dx * dx + dy * dy)
        on_plane = rho3 <= rho2
        z = w0 * u + w1 * v + w2 if on_plane else w2
        rho = rho3 if on_plane else rho2
        alpha = min(max_alpha, opacity * exp_negative(-half * rho))
        passed = buffer[p]
        goes_on = buffer[p + np.uint64(PLANE)]
        takes = (alpha >= min_alpha) & (z >= near) & (goes_on > zero)
        ends = takes & (passed * (one - alpha) < min_pass)
        adds = takes & (not ends)
        w = alpha * passed if adds else zero
        buffer[p + np.uint64(14 * PLANE)] = w
        buffer[p] = passed - w
        buffer[p + np.uint64(PLANE)] = zero if ends else goes_on
        buffer[p + np.uint64(2 * PLANE)] += w * red
        buffer[p + np.uint64(3 * PLANE)] += w * green
        buffer[p + np.uint64(4 * PLANE)] += w * blue
        z = max(z, near)
        buffer[p + np.uint64(5 * PLANE)] += w * z
        buffer[p + np.uint64(6 * PLANE)] += w * nx
        buffer[p + np.uint64(7 * PLANE)] += w * ny
        buffer[p + np.uint64(8 * PLANE)] += w * nz
        is_median = adds & (passed > half)
        median, place = buffer[p + np.uint64(9 * PLANE)], buffer[p + np.uint64(10 * PLANE)]
        buffer[p + np.uint64(9 * PLANE)] = z if is_median else median
        buffer[p + np.uint64(10 * PLANE)] = position if is_median else place
        m = m0 - m1 / z
        first, second = buffer[p + np.uint64(11 * PLANE)], buffer[p + np.uint64(12 * PLANE)]
        spread = m * m * (one - passed) + second - two * m * first
        buffer[p + np.uint64(11 * PLANE)] = first + w * m
        buffer[p + np.uint64(12 * PLANE)] = second + w * m * m
        buffer[p + np.uint64(13 * PLANE)] += w * spread


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _blend_features(buffer: Floats, start: np.uint64, count: int, features: Floats) -> None:
    for c in range(features.shape[0]):
        value = features[c]
        plane = np.uint64((NUM_PLANES + c) * PLANE)
        for lane in range(count):
            p = start + np.uint64(lane)
            buffer[p + plane] += buffer[p + np.uint64(14 * PLANE)] * value


@njit(cache=True, nogil=True, error_model="numpy")
def _blend_surfel(
    buffer: Floats,
    record: Floats,
    box: NDArray[np.int32],
    corner: tuple[int, int],
    position: Any,
    limits: Floats,
    features: Floats,
) -> None:
    """Blends one surfel into a tile whose first pixel is `corner`."""
    kind = record.dtype.type
    left = max(box[0] - corner[0], 0) // LANES * LANES
    count = (min(box[1] - corner[0], TILE) - left + LANES - 1) // LANES * LANES
    x = kind(corner[0]) - record[18]
    for y in range(max(box[2] - corner[1], 0), min(box[3] - corner[1], TILE)):
        dy = kind(y + corner[1]) - record[19]
        start = np.uint64(y * TILE + left)
        blend_row(buffer, start, count, record, x, dy, position, limits)
        if features.shape[0]:
            _blend_features(buffer, start, count, features)


@njit(cache=True, nogil=True, error_model="numpy")
def any_goes_on(buffer: Floats) -> bool:
    """Whether a ray of the tile goes on."""
    most = buffer[PLANE]
    for p in range(PLANE + 1, 2 * PLANE):
        most = max(most, buffer[p])
    return bool(most > 0)


@njit(cache=True, nogil=True, error_model="numpy")
def clear_tile(buffer: Floats) -> None:
    """Sets a tile's buffer to rays that have met nothing."""
    buffer[:] = 0
    buffer[: 2 * PLANE] = 1
    buffer[10 * PLANE : 11 * PLANE] = -1
    for p in range(PLANE):
        buffer[15 * PLANE + p] = p % TILE


def kernel_limits(dtype: Any, *, near: float, far: float) -> Floats:
    """The constants that the loops over pixels need, in one type; see `blend_row`."""
    scale = far / (far - near)
    values = (near, scale, scale * near, 2.0, 0.5, MAX_ALPHA, MIN_ALPHA, MIN_TRANSMITTANCE)
    return np.array((*values, MIN_ZETA, 0.0, 1.0), dtype)


@njit(cache=True, nogil=True, parallel=True)
def draw_tiles(
    records: Floats,
    boxes: NDArray[np.int32],
    features: Floats,
    starts: NDArray[np.int64],
    surfels: NDArray[np.int32],
    turns: NDArray[np.int64],
    across: int,
    size: tuple[int, int],
    limits: Floats,
) -> Floats:
    """(planes, H, W) sums per pixel: the planes of `NUM_PLANES`, then the features."""
    width, height = size
    planes = NUM_PLANES + features.shape[1]
    images = np.empty((planes, height, width), records.dtype)
    for turn in prange(turns.shape[0]):
        tile = turns[turn]
        corner = (tile % across * TILE, tile // across * TILE)
        buffer = np.empty(planes * PLANE, records.dtype)
        clear_tile(buffer)
        end_rays_outside(buffer, corner, size)
        for place in range(starts[tile], starts[tile + 1]):
            i = surfels[place]
            position = records.dtype.type(place - starts[tile])
            _blend_surfel(buffer, records[i], boxes[i], corner, position, limits, features[i])
            if (place - starts[tile]) % CHECK_EVERY == CHECK_EVERY - 1:
                if not any_goes_on(buffer):
                    break
        for c in range(planes):
            for y in range(min(TILE, height - corner[1])):
                for x in range(min(TILE, width - corner[0])):
                    value = buffer[c * PLANE + y * TILE + x]
                    images[c, corner[1] + y, corner[0] + x] = value
    return images


@njit(cache=True, nogil=True, error_model="numpy")
def end_rays_outside(buffer: Floats, corner: tuple[int, int], size: tuple[int, int]) -> None:
    """Ends the rays of a tile that lie beyond the right or lower edge of the picture."""
    for y in range(TILE):
        for x in range(TILE):
            if corner[0] + x >= size[0] or corner[1] + y >= size[1]:
                buffer[PLANE + y * TILE + x] = 0
