"""The forward pass: surfels are composited into the tiles of an image, front to back.

Within a tile the outer loop runs over surfels, so that only the rows of a surfel's bounding box are
touched, and the inner one over eight neighboring pixels at once. All values per pixel of a tile are
kept in one flat buffer, plane after plane (see `columns`), which lets the compiler see that they do
not overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.rasterizer.columns import (
    CONSTANT_HALF,
    CONSTANT_M_OFFSET,
    CONSTANT_M_SCALE,
    CONSTANT_MAX_ALPHA,
    CONSTANT_MIN_ALPHA,
    CONSTANT_MIN_TRANSMITTANCE,
    CONSTANT_MIN_ZETA,
    CONSTANT_NEAR,
    CONSTANT_ONE,
    CONSTANT_TWO,
    CONSTANT_ZERO,
    IMAGE_ACTIVE,
    IMAGE_COLOR,
    IMAGE_DEPTH,
    IMAGE_DISTORTION,
    IMAGE_M1,
    IMAGE_M2,
    IMAGE_MEDIAN,
    IMAGE_MEDIAN_INDEX,
    IMAGE_NORMAL,
    IMAGE_TRANSMITTANCE,
    IMAGE_WEIGHT,
    IMAGE_X,
    NUM_PLANES,
    RECORD_ANCHOR,
    RECORD_COLOR,
    RECORD_MEAN,
    RECORD_NORMAL,
    RECORD_OPACITY,
    RECORD_TW,
    RECORD_TX,
    RECORD_TY,
)
from scenewright.splats.rasterizer.intersection import (
    FAST_MATH,
    MAX_ALPHA,
    MIN_ALPHA,
    MIN_TRANSMITTANCE,
    MIN_ZETA,
    intersect_ray,
)
from scenewright.splats.rasterizer.tiles import TILE

Floats = NDArray[np.floating[Any]]
LANES = 8
"""Pixels that the inner loop handles at once."""
PLANE = TILE * TILE
"""Pixels of a tile, so the size of one plane of its buffer."""
CHECK_INTERVAL = 8
"""Surfels after which a tile checks which of its rays have ended."""


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def alpha_blend(buffer: Floats, p: np.uint64, alpha: Any, z: Any, rules: Any) -> Any:
    """Blends a surfel into a pixel by its alpha, or ends the ray of the pixel there.

    Returns:
        Transmittance in front of the surfel, its blending weight, and whether it was blended.
    """
    near, min_alpha, min_transmittance, zero, one = rules
    transmittance = buffer[p + np.uint64(IMAGE_TRANSMITTANCE * PLANE)]
    active = buffer[p + np.uint64(IMAGE_ACTIVE * PLANE)]
    hits = (alpha >= min_alpha) & (z >= near) & (active > zero)
    ends = hits & (transmittance * (one - alpha) < min_transmittance)
    blends = hits & (not ends)
    w = alpha * transmittance if blends else zero
    buffer[p + np.uint64(IMAGE_TRANSMITTANCE * PLANE)] = transmittance - w
    # Selecting the old or the new value would become a masked store, slow on many CPUs.
    buffer[p + np.uint64(IMAGE_ACTIVE * PLANE)] = active - (one if ends else zero)
    return transmittance, w, blends


@njit(cache=True, nogil=True, error_model="numpy")
def unpack_constants(constants: Floats) -> Any:
    """The `kernel_constants` in local variables, and grouped for `alpha_blend` and `intersect_ray`.

    The order of the loads decides in which order the compiler sums up, here and below.
    """
    near = constants[CONSTANT_NEAR]
    m0, m1 = constants[CONSTANT_M_OFFSET], constants[CONSTANT_M_SCALE]
    two, half = constants[CONSTANT_TWO], constants[CONSTANT_HALF]
    max_alpha, zero = constants[CONSTANT_MAX_ALPHA], constants[CONSTANT_ZERO]
    one, min_alpha = constants[CONSTANT_ONE], constants[CONSTANT_MIN_ALPHA]
    rules = (near, min_alpha, constants[CONSTANT_MIN_TRANSMITTANCE], zero, one)
    numbers = (constants[CONSTANT_MIN_ZETA], zero, half, one, two)
    return near, m0, m1, two, half, max_alpha, zero, one, rules, numbers


@njit(cache=True, nogil=True, error_model="numpy")
def unpack_record(record: Floats) -> Any:
    """A record in local variables.

    Returns:
        T_w (3); zeta at the anchor, its change per column and its change per row (3 each); column
        of the center on the screen; opacity; normal (3); color (3).
    """
    plane = (record[RECORD_TW], record[RECORD_TW + 1], record[RECORD_TW + 2])
    # zeta = (x T_w - T_x) x (y T_w - T_y) is linear in x and y: T_w x T_w is zero.
    at_origin = cross(record, RECORD_TX, RECORD_TY)
    slope = cross(record, RECORD_TY, RECORD_TW)
    per_row = cross(record, RECORD_TW, RECORD_TX)
    mean_x, opacity = record[RECORD_MEAN], record[RECORD_OPACITY]
    normal = (record[RECORD_NORMAL], record[RECORD_NORMAL + 1], record[RECORD_NORMAL + 2])
    color = (record[RECORD_COLOR], record[RECORD_COLOR + 1], record[RECORD_COLOR + 2])
    return plane, at_origin, slope, per_row, mean_x, opacity, normal, color


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def composite_rows(
    buffer: Floats,
    active: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    record: Floats,
    origin: tuple[Any, Any],
    position: Any,
    constants: Floats,
) -> None:
    """Composites one surfel into some rows of a tile.

    Args:
        buffer: (planes * 256,) the tile, see `columns.IMAGE_*`.
        active: (32,) see `update_active`.
        span: First row, row after the last, first column, number of columns, a multiple of 8. A
            number known at compile time would be unrolled, which prevents vectorization.
        record: (20,) the surfel, see `columns.RECORD_*`.
        origin: Column and row of the tile's first pixel, counted from the surfel's anchor.
        position: Position of the surfel in the tile's list, as a float.
        constants: (11,) see `kernel_constants`.
    """
    near, m0, m1, two, half, max_alpha, zero, one, rules, numbers = unpack_constants(constants)
    plane, at_origin, slope, per_row, mean_x, opacity, normal, color = unpack_record(record)
    ax, ay, az = at_origin
    cx, cy, cz = per_row
    nx, ny, nz = normal
    red, green, blue = color
    for row in range(span[0], span[1]):
        first, count = active_part(active, row, span)
        y = origin[1] + record.dtype.type(row)
        dy = record[RECORD_MEAN + 1] - y
        at_row = (ax + y * cx, ay + y * cy, az + y * cz, dy * dy)
        start = np.uint64(row * TILE + first)
        for lane in range(count):
            p = start + np.uint64(lane)
            x = origin[0] + buffer[p + np.uint64(IMAGE_X * PLANE)]
            _, _, _, _, z, gauss, _ = intersect_ray(x, at_row, slope, plane, mean_x, numbers)
            alpha = min(max_alpha, opacity * gauss)
            transmittance, w, blends = alpha_blend(buffer, p, alpha, z, rules)
            buffer[p + np.uint64(IMAGE_WEIGHT * PLANE)] = w
            buffer[p + np.uint64(IMAGE_COLOR * PLANE)] += w * red
            buffer[p + np.uint64((IMAGE_COLOR + 1) * PLANE)] += w * green
            buffer[p + np.uint64((IMAGE_COLOR + 2) * PLANE)] += w * blue
            z = max(z, near)
            buffer[p + np.uint64(IMAGE_DEPTH * PLANE)] += w * z
            buffer[p + np.uint64(IMAGE_NORMAL * PLANE)] += w * nx
            buffer[p + np.uint64((IMAGE_NORMAL + 1) * PLANE)] += w * ny
            buffer[p + np.uint64((IMAGE_NORMAL + 2) * PLANE)] += w * nz
            # Sums and products instead of selections, as in `alpha_blend`.
            is_median = one if blends & (transmittance > half) else zero
            median = buffer[p + np.uint64(IMAGE_MEDIAN * PLANE)]
            index = buffer[p + np.uint64(IMAGE_MEDIAN_INDEX * PLANE)]
            buffer[p + np.uint64(IMAGE_MEDIAN * PLANE)] = median + is_median * (z - median)
            buffer[p + np.uint64(IMAGE_MEDIAN_INDEX * PLANE)] = index + is_median * (
                position - index
            )
            m = m0 - m1 / z
            first = buffer[p + np.uint64(IMAGE_M1 * PLANE)]
            second = buffer[p + np.uint64(IMAGE_M2 * PLANE)]
            spread = m * m * (one - transmittance) + second - two * m * first
            buffer[p + np.uint64(IMAGE_M1 * PLANE)] = first + w * m
            buffer[p + np.uint64(IMAGE_M2 * PLANE)] = second + w * m * m
            buffer[p + np.uint64(IMAGE_DISTORTION * PLANE)] += w * spread


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _composite_features(
    buffer: Floats,
    active: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    features: Floats,
) -> None:
    for c in range(features.shape[0]):
        value, plane = features[c], np.uint64((NUM_PLANES + c) * PLANE)
        for row in range(span[0], span[1]):
            first, count = active_part(active, row, span)
            start = np.uint64(row * TILE + first)
            for lane in range(count):
                p = start + np.uint64(lane)
                buffer[p + plane] += buffer[p + np.uint64(IMAGE_WEIGHT * PLANE)] * value


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
    """The part of a bounding box that lies in a tile, as `composite_rows` takes it."""
    left = max(box[0] - corner[0], 0) // LANES * LANES
    count = (min(box[1] - corner[0], TILE) - left + LANES - 1) // LANES * LANES
    return max(box[2] - corner[1], 0), min(box[3] - corner[1], TILE), left, count


@njit(cache=True, nogil=True, error_model="numpy")
def tile_origin(record: Floats, corner: tuple[int, int]) -> tuple[Any, Any]:
    """Column and row of a tile's first pixel, counted from the surfel's anchor."""
    kind = record.dtype.type
    return kind(corner[0]) - record[RECORD_ANCHOR], kind(corner[1]) - record[RECORD_ANCHOR + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def update_active(buffer: Floats, active: NDArray[np.bool_]) -> bool:
    """Writes for each half of a row (32 of eight pixels) whether any of its rays has not ended.

    Returns:
        Whether any ray of the tile has not ended.
    """
    found = False
    for half in range(PLANE // LANES):
        most = buffer[IMAGE_ACTIVE * PLANE + half * LANES]
        for lane in range(1, LANES):
            most = max(most, buffer[IMAGE_ACTIVE * PLANE + half * LANES + lane])
        active[half] = most > 0
        found = found or active[half]
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def active_part(
    active: NDArray[np.bool_], row: int, span: tuple[int, int, int, int]
) -> tuple[int, int]:
    """First column and number of columns of a row of a span that may have active rays."""
    first, count = span[2], span[3]
    if first == 0 and not active[2 * row]:
        first, count = LANES, count - LANES
    if first + count == TILE and not active[2 * row + 1]:
        count -= LANES
    return first, count


@njit(cache=True, nogil=True, error_model="numpy")
def clear_tile(buffer: Floats) -> None:
    """Sets a tile's buffer to rays that have met no surfel."""
    buffer[:] = 0
    buffer[IMAGE_TRANSMITTANCE * PLANE : (IMAGE_TRANSMITTANCE + 1) * PLANE] = 1
    buffer[IMAGE_ACTIVE * PLANE : (IMAGE_ACTIVE + 1) * PLANE] = 1
    buffer[IMAGE_MEDIAN_INDEX * PLANE : (IMAGE_MEDIAN_INDEX + 1) * PLANE] = -1
    for p in range(PLANE):
        buffer[IMAGE_X * PLANE + p] = p % TILE


def kernel_constants(dtype: Any, *, near: float, far: float) -> Floats:
    """(11,) constants of the loops over pixels, in the order of `columns.CONSTANT_*`."""
    scale = far / (far - near)
    values = (near, scale, scale * near, 2.0, 0.5, MAX_ALPHA, MIN_ALPHA, MIN_TRANSMITTANCE)
    return np.array((*values, MIN_ZETA, 0.0, 1.0), dtype)


@njit(cache=True, nogil=True, parallel=True)
def composite_tiles(
    records: Floats,
    boxes: NDArray[np.int32],
    features: Floats,
    starts: NDArray[np.int64],
    surfels: NDArray[np.int32],
    schedule: NDArray[np.int64],
    across: int,
    size: tuple[int, int],
    constants: Floats,
) -> Floats:
    """(planes, H, W) values per pixel: the planes of `columns.IMAGE_*`, then the features.

    Args:
        records: (N, 20) projected surfels.
        boxes: (N, 4) their bounding boxes.
        features: (N, D).
        starts, surfels, schedule, across: See `TileLists`.
        size: Width and height, pixels.
        constants: See `kernel_constants`.
    """
    width, height = size
    planes = NUM_PLANES + features.shape[1]
    images = np.empty((planes, height, width), records.dtype)
    for turn in prange(schedule.shape[0]):
        tile = schedule[turn]
        corner = (tile % across * TILE, tile // across * TILE)
        buffer = np.empty(planes * PLANE, records.dtype)
        active = np.empty(PLANE // LANES, np.bool_)
        clear_tile(buffer)
        end_rays_outside(buffer, corner, size)
        update_active(buffer, active)
        for entry in range(starts[tile], starts[tile + 1]):
            i = surfels[entry]
            position = records.dtype.type(entry - starts[tile])
            span, origin = span_in_tile(boxes[i], corner), tile_origin(records[i], corner)
            composite_rows(buffer, active, span, records[i], origin, position, constants)
            if features.shape[1]:
                _composite_features(buffer, active, span, features[i])
            if (entry - starts[tile]) % CHECK_INTERVAL == CHECK_INTERVAL - 1:
                if not update_active(buffer, active):
                    break
        for c in range(planes):
            for y in range(min(TILE, height - corner[1])):
                for x in range(min(TILE, width - corner[0])):
                    value = buffer[c * PLANE + y * TILE + x]
                    images[c, corner[1] + y, corner[0] + x] = value
    return images


@njit(cache=True, nogil=True, error_model="numpy")
def end_rays_outside(buffer: Floats, corner: tuple[int, int], size: tuple[int, int]) -> None:
    """Ends the rays of a tile that lie beyond the right or lower edge of the image."""
    for y in range(TILE):
        for x in range(TILE):
            if corner[0] + x >= size[0] or corner[1] + y >= size[1]:
                buffer[IMAGE_ACTIVE * PLANE + y * TILE + x] = 0
