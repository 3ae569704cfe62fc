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

from scenewright.splats.rasterizer.intersection import (
    FAST_MATH,
    MAX_ALPHA,
    MIN_ALPHA,
    MIN_TRANSMITTANCE,
    MIN_ZETA,
    meet,
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
"""Surfels after which a tile looks which of its rays have ended."""


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def take(buffer: Floats, p: np.uint64, alpha: Any, z: Any, rules: Any) -> Any:
    """Lets the ray of a pixel take a surfel, or end there.

    Returns:
        Transmittance in front of the surfel, its blend weight, and whether it was taken.
    """
    near, min_alpha, min_pass, zero, one = rules
    passed = buffer[p]
    goes_on = buffer[p + np.uint64(PLANE)]
    takes = (alpha >= min_alpha) & (z >= near) & (goes_on > zero)
    ends = takes & (passed * (one - alpha) < min_pass)
    adds = takes & (not ends)
    w = alpha * passed if adds else zero
    buffer[p] = passed - w
    # A choice between old and new would become a masked store, slow on many processors.
    buffer[p + np.uint64(PLANE)] = goes_on - (one if ends else zero)
    return passed, w, adds


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def blend_rows(
    buffer: Floats,
    alive: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    record: Floats,
    origin: tuple[Any, Any],
    position: Any,
    limits: Floats,
) -> None:
    """Blends one surfel into some rows of a tile.

    Args:
        buffer: (planes * 256,) sums of the tile.
        alive: (32,) see `note_alive`.
        span: First row, row after the last, first column, number of columns, a multiple of 8. A
            number known when compiling would be unrolled, which keeps the compiler from making
            vectors.
        record: (20,) of the surfel.
        origin: Column and row of the tile's first pixel, counted from the surfel's anchor.
        position: Place in the tile's list, as a float.
        limits: near, the two constants of m(z), 2, 1/2, largest and smallest alpha, smallest
            transmittance and zeta, 0 and 1: constants in the type of the arrays.
    """
    near, m0, m1, two, half = limits[0], limits[1], limits[2], limits[3], limits[4]
    max_alpha, zero, one = limits[5], limits[9], limits[10]
    rules = (near, limits[6], limits[7], zero, one)
    constants = (limits[8], zero, half, one, two)
    plane = (record[6], record[7], record[8])
    # zeta = (x T_w - T_x) x (y T_w - T_y) is linear in x and y: T_w x T_w is zero.
    ax, ay, az = cross(record, 0, 3)
    slope = cross(record, 3, 6)
    cx, cy, cz = cross(record, 6, 0)
    screen, opacity = record[9], record[11]
    nx, ny, nz = record[12], record[13], record[14]
    red, green, blue = record[15], record[16], record[17]
    for row in range(span[0], span[1]):
        first, count = alive_part(alive, row, span)
        y = origin[1] + record.dtype.type(row)
        dy = record[10] - y
        at_row = (ax + y * cx, ay + y * cy, az + y * cz, dy * dy)
        start = np.uint64(row * TILE + first)
        for lane in range(count):
            p = start + np.uint64(lane)
            x = origin[0] + buffer[p + np.uint64(15 * PLANE)]
            _, _, _, _, z, gauss, _ = meet(x, at_row, slope, plane, screen, constants)
            alpha = min(max_alpha, opacity * gauss)
            passed, w, adds = take(buffer, p, alpha, z, rules)
            buffer[p + np.uint64(14 * PLANE)] = w
            buffer[p + np.uint64(2 * PLANE)] += w * red
            buffer[p + np.uint64(3 * PLANE)] += w * green
            buffer[p + np.uint64(4 * PLANE)] += w * blue
            z = max(z, near)
            buffer[p + np.uint64(5 * PLANE)] += w * z
            buffer[p + np.uint64(6 * PLANE)] += w * nx
            buffer[p + np.uint64(7 * PLANE)] += w * ny
            buffer[p + np.uint64(8 * PLANE)] += w * nz
            # Sums and products instead of choices, as in `take`.
            is_median = one if adds & (passed > half) else zero
            median, place = buffer[p + np.uint64(9 * PLANE)], buffer[p + np.uint64(10 * PLANE)]
            buffer[p + np.uint64(9 * PLANE)] = median + is_median * (z - median)
            buffer[p + np.uint64(10 * PLANE)] = place + is_median * (position - place)
            m = m0 - m1 / z
            first, second = buffer[p + np.uint64(11 * PLANE)], buffer[p + np.uint64(12 * PLANE)]
            spread = m * m * (one - passed) + second - two * m * first
            buffer[p + np.uint64(11 * PLANE)] = first + w * m
            buffer[p + np.uint64(12 * PLANE)] = second + w * m * m
            buffer[p + np.uint64(13 * PLANE)] += w * spread


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _blend_features(
    buffer: Floats,
    alive: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    features: Floats,
) -> None:
    for c in range(features.shape[0]):
        value, plane = features[c], np.uint64((NUM_PLANES + c) * PLANE)
        for row in range(span[0], span[1]):
            first, count = alive_part(alive, row, span)
            start = np.uint64(row * TILE + first)
            for lane in range(count):
                p = start + np.uint64(lane)
                buffer[p + plane] += buffer[p + np.uint64(14 * PLANE)] * value


@njit(cache=True, nogil=True, error_model="numpy")
def cross(record: Floats, a: int, b: int) -> tuple[Any, Any, Any]:
    """Cross product of two vectors that begin at columns of a record."""
    return (
        record[a + 1] * record[b + 2] - record[a + 2] * record[b + 1],
        record[a + 2] * record[b] - record[a] * record[b + 2],
        record[a] * record[b + 1] - record[a + 1] * record[b],
    )


@njit(cache=True, nogil=True, error_model="numpy")
def span_in_tile(box: NDArray[np.int32], corner: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of a box that lies in a tile, as `blend_rows` takes it."""
    left = max(box[0] - corner[0], 0) // LANES * LANES
    count = (min(box[1] - corner[0], TILE) - left + LANES - 1) // LANES * LANES
    return max(box[2] - corner[1], 0), min(box[3] - corner[1], TILE), left, count


@njit(cache=True, nogil=True, error_model="numpy")
def tile_origin(record: Floats, corner: tuple[int, int]) -> tuple[Any, Any]:
    """Column and row of a tile's first pixel, counted from the surfel's anchor."""
    kind = record.dtype.type
    return kind(corner[0]) - record[18], kind(corner[1]) - record[19]


@njit(cache=True, nogil=True, error_model="numpy")
def note_alive(buffer: Floats, alive: NDArray[np.bool_]) -> bool:
    """Notes for each half of a row (32 of eight pixels) whether a ray goes on; whether any does."""
    found = False
    for half in range(PLANE // LANES):
        most = buffer[PLANE + half * LANES]
        for lane in range(1, LANES):
            most = max(most, buffer[PLANE + half * LANES + lane])
        alive[half] = most > 0
        found = found or alive[half]
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def alive_part(
    alive: NDArray[np.bool_], row: int, span: tuple[int, int, int, int]
) -> tuple[int, int]:
    """First column and number of columns of a row of a span that are worth going through."""
    first, count = span[2], span[3]
    if first == 0 and not alive[2 * row]:
        first, count = LANES, count - LANES
    if first + count == TILE and not alive[2 * row + 1]:
        count -= LANES
    return first, count


@njit(cache=True, nogil=True, error_model="numpy")
def clear_tile(buffer: Floats) -> None:
    """Sets a tile's buffer to rays that have met nothing."""
    buffer[:] = 0
    buffer[: 2 * PLANE] = 1
    buffer[10 * PLANE : 11 * PLANE] = -1
    for p in range(PLANE):
        buffer[15 * PLANE + p] = p % TILE


def kernel_limits(dtype: Any, *, near: float, far: float) -> Floats:
    """The constants that the loops over pixels need, in one type; see `blend_rows`."""
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
        alive = np.empty(PLANE // LANES, np.bool_)
        clear_tile(buffer)
        end_rays_outside(buffer, corner, size)
        note_alive(buffer, alive)
        for place in range(starts[tile], starts[tile + 1]):
            i = surfels[place]
            position = records.dtype.type(place - starts[tile])
            span, origin = span_in_tile(boxes[i], corner), tile_origin(records[i], corner)
            blend_rows(buffer, alive, span, records[i], origin, position, limits)
            if features.shape[1]:
                _blend_features(buffer, alive, span, features[i])
            if (place - starts[tile]) % CHECK_EVERY == CHECK_EVERY - 1:
                if not note_alive(buffer, alive):
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
