"""The backward pass: gradients of a picture become sums per surfel and tile.

The rays are walked front to back once more, as in `drawing`, so that nothing per pair of pixel and
surfel has to be stored: what lies behind a surfel is the total of the ray less what was passed
(decomposition of the gradient as in Huang et al. 2024, in its prefix form).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.rasterizer.compositing import (
    CHECK_EVERY,
    LANES,
    PLANE,
    alive_part,
    cross,
    end_rays_outside,
    note_alive,
    span_in_tile,
    take,
    tile_origin,
)
from scenewright.splats.rasterizer.intersection import FAST_MATH, meet
from scenewright.splats.rasterizer.projection_backward import SLOT_SIZE
from scenewright.splats.rasterizer.tiles import TILE

Floats = NDArray[np.floating[Any]]
NUM_GRADIENTS = 10
"""Planes of image gradients: color (3), depth sum, alpha, normal (3), median, distortion; features
follow."""
_FEATURE_DOT = 20
_FIRST_FEATURE = 21
"""Planes of a tile: transmittance, whether the ray goes on, column within the tile, total of the
ray, what was passed of it, alpha, first and second moment of m, place of the median surfel (0-8),
gradients (9-18), weight of the last surfel (19), inner product of its features with their gradients
(20), gradients of features (from 21)."""
_SUMS = 18
"""Sums per column of a tile: d zeta (3), y d zeta (3), d z (u, v, 1), screen centre (2), opacity,
normal (3), color (3); then features."""


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _slope_of_weight(buffer: Floats, p: np.uint64, color: Any, normal: Any, z: Any) -> Any:
    """Derivative of the loss by a blend weight at a pixel, but for the distortion's part."""
    s = buffer[p + np.uint64(13 * PLANE)] + buffer[p + np.uint64(12 * PLANE)] * z
    s += buffer[p + np.uint64(9 * PLANE)] * color[0]
    s += buffer[p + np.uint64(10 * PLANE)] * color[1]
    s += buffer[p + np.uint64(11 * PLANE)] * color[2]
    s += buffer[p + np.uint64(14 * PLANE)] * normal[0]
    s += buffer[p + np.uint64(15 * PLANE)] * normal[1]
    s += buffer[p + np.uint64(16 * PLANE)] * normal[2]
    return s + buffer[p + np.uint64(_FEATURE_DOT * PLANE)]


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _walk_rows(
    buffer: Floats,
    sums: Floats,
    alive: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    record: Floats,
    origin: tuple[Any, Any],
    position: Any,
    limits: Floats,
) -> None:
    """Adds what the pixels of some rows say of one surfel to the sums of their columns.

    Args:
        buffer: Planes of the tile.
        sums: Sums of the surfel, `TILE` columns each. Another array, since the compiler could not
            see that sums and planes in one do not overlap.
        alive, span, record, origin, position, limits: As in the forward pass.
    """
    near, m0, m1, two, half = limits[0], limits[1], limits[2], limits[3], limits[4]
    max_alpha, zero, one = limits[5], limits[9], limits[10]
    rules = (near, limits[6], limits[7], zero, one)
    constants = (limits[8], zero, half, one, two)
    plane = (record[6], record[7], record[8])
    ax, ay, az = cross(record, 0, 3)
    slope = cross(record, 3, 6)
    cx, cy, cz = cross(record, 6, 0)
    screen, opacity = record[9], record[11]
    normal, color = (record[12], record[13], record[14]), (record[15], record[16], record[17])
    for row in range(span[0], span[1]):
        y = origin[1] + record.dtype.type(row)
        dy = record[10] - y
        at_row = (ax + y * cx, ay + y * cy, az + y * cz, dy * dy)
        first, count = alive_part(alive, row, span)
        start, column = np.uint64(row * TILE + first), np.uint64(first)
        for lane in range(count):
            p = start + np.uint64(lane)
            q = column + np.uint64(lane)
            x = origin[0] + buffer[p + np.uint64(2 * PLANE)]
            u, v, inverse, on_plane, z, gauss, dx = meet(x, at_row, slope, plane, screen, constants)
            raw = opacity * gauss
            alpha = min(max_alpha, raw)
            passed, w, adds = take(buffer, p, alpha, z, rules)
            buffer[p + np.uint64(19 * PLANE)] = w
            z = max(z, near)
            m = m0 - m1 / z
            all_alpha, m1_all = buffer[p + np.uint64(5 * PLANE)], buffer[p + np.uint64(6 * PLANE)]
            g_depth, g_spread = buffer[p + np.uint64(12 * PLANE)], buffer[p + np.uint64(18 * PLANE)]
            s = _slope_of_weight(buffer, p, color, normal, z) + g_spread * (
                buffer[p + np.uint64(7 * PLANE)] + m * m * all_alpha - two * m * m1_all
            )
            before = buffer[p + np.uint64(4 * PLANE)] + w * s
            buffer[p + np.uint64(4 * PLANE)] = before
            behind = buffer[p + np.uint64(3 * PLANE)] - before
            d_alpha = passed * s - behind / (one - alpha)
            d_alpha = d_alpha if adds & (raw < max_alpha) else zero
            d_z = w * (g_depth + two * g_spread * (m * all_alpha - m1_all) * m1 / (z * z))
            is_median = adds & (buffer[p + np.uint64(8 * PLANE)] == position)
            d_z += buffer[p + np.uint64(17 * PLANE)] if is_median else zero
            pull = raw * d_alpha
            du = (d_z * plane[0] - pull * u) * inverse if on_plane else zero
            dv = (d_z * plane[1] - pull * v) * inverse if on_plane else zero
            d3 = -(u * du + v * dv) if on_plane else zero
            sums[q] += du
            sums[q + np.uint64(TILE)] += dv
            sums[q + np.uint64(2 * TILE)] += d3
            sums[q + np.uint64(3 * TILE)] += y * du
            sums[q + np.uint64(4 * TILE)] += y * dv
            sums[q + np.uint64(5 * TILE)] += y * d3
            sums[q + np.uint64(6 * TILE)] += d_z * u if on_plane else zero
            sums[q + np.uint64(7 * TILE)] += d_z * v if on_plane else zero
            sums[q + np.uint64(8 * TILE)] += d_z
            pull = zero if on_plane else two * pull
            sums[q + np.uint64(9 * TILE)] -= pull * dx
            sums[q + np.uint64(10 * TILE)] -= pull * dy
            sums[q + np.uint64(11 * TILE)] += gauss * d_alpha
            sums[q + np.uint64(12 * TILE)] += w * buffer[p + np.uint64(14 * PLANE)]
            sums[q + np.uint64(13 * TILE)] += w * buffer[p + np.uint64(15 * PLANE)]
            sums[q + np.uint64(14 * TILE)] += w * buffer[p + np.uint64(16 * PLANE)]
            sums[q + np.uint64(15 * TILE)] += w * buffer[p + np.uint64(9 * PLANE)]
            sums[q + np.uint64(16 * TILE)] += w * buffer[p + np.uint64(10 * PLANE)]
            sums[q + np.uint64(17 * TILE)] += w * buffer[p + np.uint64(11 * PLANE)]


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _dot_features(
    buffer: Floats,
    alive: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    features: Floats,
) -> None:
    for row in range(span[0], span[1]):
        first, count = alive_part(alive, row, span)
        start = np.uint64(row * TILE + first)
        for lane in range(count):
            buffer[start + np.uint64(_FEATURE_DOT * PLANE) + np.uint64(lane)] = 0
        for c in range(features.shape[0]):
            value, plane = features[c], np.uint64((_FIRST_FEATURE + c) * PLANE)
            for lane in range(count):
                p = start + np.uint64(lane)
                buffer[p + np.uint64(_FEATURE_DOT * PLANE)] += buffer[p + plane] * value


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _sum_features(
    buffer: Floats,
    sums: Floats,
    alive: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    num_features: int,
) -> None:
    for c in range(num_features):
        plane = np.uint64((_FIRST_FEATURE + c) * PLANE)
        for row in range(span[0], span[1]):
            first, count = alive_part(alive, row, span)
            start = np.uint64(row * TILE + first)
            column = np.uint64((_SUMS + c) * TILE + first)
            for lane in range(count):
                p = start + np.uint64(lane)
                value = buffer[p + plane] * buffer[p + np.uint64(19 * PLANE)]
                sums[column + np.uint64(lane)] += value


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _fill_slot(
    slot: Floats, sums: Floats, span: tuple[int, int, int, int], x: Any, columns: Floats
) -> None:
    """Adds up the columns of a surfel's sums and clears them; `x` is the first column from the
    anchor. Eight columns at a time are written out, since loops as short as this cost more than
    what they do."""
    zero = sums[0] * 0
    for k in range(slot.shape[0] - 3):
        total, moment = zero, zero
        for first in range(span[2], span[2] + span[3], LANES):
            v = sums[k * TILE + first : k * TILE + first + LANES]
            total += ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
            if k < 3:
                c = columns[first : first + LANES]
                moment += (v[0] * c[0] + v[1] * c[1]) + (v[2] * c[2] + v[3] * c[3])
                moment += (v[4] * c[4] + v[5] * c[5]) + (v[6] * c[6] + v[7] * c[7])
            v[:] = zero
        slot[k if k < 3 else k + 3] = total
        if k < 3:
            slot[3 + k] = moment + x * total


@njit(cache=True, nogil=True, error_model="numpy")
def _is_reached(alive: NDArray[np.bool_], span: tuple[int, int, int, int]) -> bool:
    """Whether a ray goes on anywhere in a span."""
    for row in range(span[0], span[1]):
        if alive_part(alive, row, span)[1] > 0:
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _load_tile(
    buffer: Floats,
    images: Floats,
    gradients: Floats,
    background: Floats,
    corner: tuple[int, int],
) -> None:
    """Fills the planes of a tile from the pictures and their gradients."""
    height, width = images.shape[1:]
    buffer[:] = 0
    buffer[: 2 * PLANE] = 1
    num_features = gradients.shape[0] - NUM_GRADIENTS
    for y in range(TILE):
        for x in range(TILE):
            p = y * TILE + x
            buffer[2 * PLANE + p] = x
            row, column = corner[1] + y, corner[0] + x
            if row >= height or column >= width:
                continue
            alpha = 1 - images[0, row, column]
            first, second = images[11, row, column], images[12, row, column]
            total = 2 * gradients[9, row, column] * (alpha * second - first * first)
            total += gradients[4, row, column] * alpha
            for c in range(3):
                color = images[2 + c, row, column] + images[0, row, column] * background[c]
                total += gradients[c, row, column] * color
                total += gradients[5 + c, row, column] * images[6 + c, row, column]
            total += gradients[3, row, column] * images[5, row, column]
            for c in range(num_features):
                g = gradients[NUM_GRADIENTS + c, row, column]
                total += g * images[16 + c, row, column]
                buffer[(_FIRST_FEATURE + c) * PLANE + p] = g
            buffer[3 * PLANE + p] = total
            buffer[5 * PLANE + p], buffer[6 * PLANE + p] = alpha, first
            buffer[7 * PLANE + p], buffer[8 * PLANE + p] = second, images[10, row, column]
            for c in range(NUM_GRADIENTS):
                buffer[(9 + c) * PLANE + p] = gradients[c, row, column]


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def walk_tiles(
    records: Floats,
    boxes: NDArray[np.int32],
    features: Floats,
    starts: NDArray[np.int64],
    surfels: NDArray[np.int32],
    slot_numbers: NDArray[np.int64],
    turns: NDArray[np.int64],
    across: int,
    images: Floats,
    gradients: Floats,
    background: Floats,
    limits: Floats,
) -> Floats:
    """(P, 21 + D) gradients per pair of surfel and tile, in the order of the slots' numbers.

    Args:
        records, boxes, features, starts, surfels, turns, across, limits: As for `draw_tiles`.
        slot_numbers: (P,) slot of each entry of the lists.
        images: (planes, H, W), what `draw_tiles` gave.
        gradients: (10 + D, H, W): color, depth sum, alpha, normal, median, distortion, features.
        background: (3,) color.
    """
    height, width = images.shape[1:]
    num_features = features.shape[1]
    slots = np.empty((surfels.shape[0], SLOT_SIZE + num_features), records.dtype)
    for turn in prange(turns.shape[0]):
        tile = turns[turn]
        corner = (tile % across * TILE, tile // across * TILE)
        buffer = np.empty((_FIRST_FEATURE + num_features) * PLANE, records.dtype)
        sums = np.zeros((_SUMS + num_features) * TILE, records.dtype)
        _load_tile(buffer, images, gradients, background, corner)
        end_rays_outside(buffer, corner, (width, height))
        alive = np.empty(PLANE // LANES, np.bool_)
        note_alive(buffer, alive)
        columns = buffer[2 * PLANE : 2 * PLANE + TILE]
        place = starts[tile]
        while place < starts[tile + 1]:
            i = surfels[place]
            position = records.dtype.type(place - starts[tile])
            span, origin = span_in_tile(boxes[i], corner), tile_origin(records[i], corner)
            slot = slots[slot_numbers[place]]
            place += 1
            if not _is_reached(alive, span):
                slot[:] = 0
                continue
            if num_features:
                _dot_features(buffer, alive, span, features[i])
            _walk_rows(buffer, sums, alive, span, records[i], origin, position, limits)
            if num_features:
                _sum_features(buffer, sums, alive, span, num_features)
            _fill_slot(slot, sums, span, origin[0], columns)
            if (place - starts[tile]) % CHECK_EVERY == 0 and not note_alive(buffer, alive):
                break
        for rest in range(place, starts[tile + 1]):
            slots[slot_numbers[rest]] = 0
    return slots
