"""The backward pass: gradients of the images become sums per pair of surfel and tile.

The surfels are composited front to back once more, as in `compositing`, so that nothing has to be
stored per pair of pixel and surfel: the part of a sum behind a surfel is the total of the ray less
the part in front (the gradient of Huang et al. 2024 in prefix form).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.rasterizer.columns import (
    BACKWARD_ALPHA,
    BACKWARD_FEATURE_DOT,
    BACKWARD_FEATURES,
    BACKWARD_GRADIENT,
    BACKWARD_IN_FRONT,
    BACKWARD_M1,
    BACKWARD_M2,
    BACKWARD_MEDIAN_INDEX,
    BACKWARD_TOTAL,
    BACKWARD_WEIGHT,
    BACKWARD_X,
    GRADIENT_ALPHA,
    GRADIENT_COLOR,
    GRADIENT_DEPTH,
    GRADIENT_DISTORTION,
    GRADIENT_MEDIAN,
    GRADIENT_NORMAL,
    IMAGE_COLOR,
    IMAGE_DEPTH,
    IMAGE_M1,
    IMAGE_M2,
    IMAGE_MEDIAN_INDEX,
    IMAGE_NORMAL,
    IMAGE_TRANSMITTANCE,
    NUM_GRADIENTS,
    NUM_PLANES,
    NUM_SUMS,
    RECORD_MEAN,
    SLOT_SIZE,
    SLOT_X_ZETA,
    SUM_COLOR,
    SUM_DEPTH,
    SUM_MEAN,
    SUM_NORMAL,
    SUM_OPACITY,
    SUM_Y_ZETA,
    SUM_ZETA,
)
from scenewright.splats.rasterizer.compositing import (
    CHECK_INTERVAL,
    LANES,
    PLANE,
    active_part,
    alpha_blend,
    end_rays_outside,
    span_in_tile,
    tile_origin,
    unpack_constants,
    unpack_record,
    update_active,
)
from scenewright.splats.rasterizer.intersection import FAST_MATH, intersect_ray
from scenewright.splats.rasterizer.tiles import TILE

Floats = NDArray[np.floating[Any]]
_COLOR = BACKWARD_GRADIENT + GRADIENT_COLOR
_DEPTH = BACKWARD_GRADIENT + GRADIENT_DEPTH
_ALPHA = BACKWARD_GRADIENT + GRADIENT_ALPHA
_NORMAL = BACKWARD_GRADIENT + GRADIENT_NORMAL
_MEDIAN = BACKWARD_GRADIENT + GRADIENT_MEDIAN
_DISTORTION = BACKWARD_GRADIENT + GRADIENT_DISTORTION
"""Planes of a tile that hold the gradients of the images."""


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _weight_gradient(buffer: Floats, p: np.uint64, color: Any, normal: Any, z: Any) -> Any:
    """Gradient of the loss by a blending weight at a pixel, except through the distortion."""
    s = buffer[p + np.uint64(_ALPHA * PLANE)] + buffer[p + np.uint64(_DEPTH * PLANE)] * z
    s += buffer[p + np.uint64(_COLOR * PLANE)] * color[0]
    s += buffer[p + np.uint64((_COLOR + 1) * PLANE)] * color[1]
    s += buffer[p + np.uint64((_COLOR + 2) * PLANE)] * color[2]
    s += buffer[p + np.uint64(_NORMAL * PLANE)] * normal[0]
    s += buffer[p + np.uint64((_NORMAL + 1) * PLANE)] * normal[1]
    s += buffer[p + np.uint64((_NORMAL + 2) * PLANE)] * normal[2]
    return s + buffer[p + np.uint64(BACKWARD_FEATURE_DOT * PLANE)]


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _rows_backward(
    buffer: Floats,
    sums: Floats,
    active: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    record: Floats,
    origin: tuple[Any, Any],
    position: Any,
    constants: Floats,
) -> None:
    """Adds the gradients of one surfel from some rows of a tile to the sums of their columns.

    Args:
        buffer: The tile, see `columns.BACKWARD_*`.
        sums: Sums of the surfel, `TILE` columns each, see `columns.SUM_*`. An array of its own: in
            one array the compiler could not see that sums and planes do not overlap.
        active, span, record, origin, position, constants: As in the forward pass.
    """
    near, m0, m1, two, _, max_alpha, zero, one, rules, numbers = unpack_constants(constants)
    plane, at_origin, slope, per_row, mean_x, opacity, normal, color = unpack_record(record)
    ax, ay, az = at_origin
    cx, cy, cz = per_row
    for row in range(span[0], span[1]):
        y = origin[1] + record.dtype.type(row)
        dy = record[RECORD_MEAN + 1] - y
        at_row = (ax + y * cx, ay + y * cy, az + y * cz, dy * dy)
        first, count = active_part(active, row, span)
        start, column = np.uint64(row * TILE + first), np.uint64(first)
        for lane in range(count):
            p = start + np.uint64(lane)
            q = column + np.uint64(lane)
            x = origin[0] + buffer[p + np.uint64(BACKWARD_X * PLANE)]
            u, v, inverse, on_plane, z, gauss, dx = intersect_ray(
                x, at_row, slope, plane, mean_x, numbers
            )
            raw = opacity * gauss
            alpha = min(max_alpha, raw)
            transmittance, w, blends = alpha_blend(buffer, p, alpha, z, rules)
            buffer[p + np.uint64(BACKWARD_WEIGHT * PLANE)] = w
            z = max(z, near)
            m = m0 - m1 / z
            all_alpha = buffer[p + np.uint64(BACKWARD_ALPHA * PLANE)]
            all_m1 = buffer[p + np.uint64(BACKWARD_M1 * PLANE)]
            g_depth = buffer[p + np.uint64(_DEPTH * PLANE)]
            g_distortion = buffer[p + np.uint64(_DISTORTION * PLANE)]
            s = _weight_gradient(buffer, p, color, normal, z) + g_distortion * (
                buffer[p + np.uint64(BACKWARD_M2 * PLANE)] + m * m * all_alpha - two * m * all_m1
            )
            in_front = buffer[p + np.uint64(BACKWARD_IN_FRONT * PLANE)] + w * s
            buffer[p + np.uint64(BACKWARD_IN_FRONT * PLANE)] = in_front
            behind = buffer[p + np.uint64(BACKWARD_TOTAL * PLANE)] - in_front
            d_alpha = transmittance * s - behind / (one - alpha)
            d_alpha = d_alpha if blends & (raw < max_alpha) else zero
            d_z = w * (g_depth + two * g_distortion * (m * all_alpha - all_m1) * m1 / (z * z))
            is_median = blends & (buffer[p + np.uint64(BACKWARD_MEDIAN_INDEX * PLANE)] == position)
            d_z += buffer[p + np.uint64(_MEDIAN * PLANE)] if is_median else zero
            d_gauss = raw * d_alpha
            du = (d_z * plane[0] - d_gauss * u) * inverse if on_plane else zero
            dv = (d_z * plane[1] - d_gauss * v) * inverse if on_plane else zero
            d3 = -(u * du + v * dv) if on_plane else zero
            sums[q + np.uint64(SUM_ZETA * TILE)] += du
            sums[q + np.uint64((SUM_ZETA + 1) * TILE)] += dv
            sums[q + np.uint64((SUM_ZETA + 2) * TILE)] += d3
            sums[q + np.uint64(SUM_Y_ZETA * TILE)] += y * du
            sums[q + np.uint64((SUM_Y_ZETA + 1) * TILE)] += y * dv
            sums[q + np.uint64((SUM_Y_ZETA + 2) * TILE)] += y * d3
            sums[q + np.uint64(SUM_DEPTH * TILE)] += d_z * u if on_plane else zero
            sums[q + np.uint64((SUM_DEPTH + 1) * TILE)] += d_z * v if on_plane else zero
            sums[q + np.uint64((SUM_DEPTH + 2) * TILE)] += d_z
            d_mean = zero if on_plane else two * d_gauss
            sums[q + np.uint64(SUM_MEAN * TILE)] -= d_mean * dx
            sums[q + np.uint64((SUM_MEAN + 1) * TILE)] -= d_mean * dy
            sums[q + np.uint64(SUM_OPACITY * TILE)] += gauss * d_alpha
            sums[q + np.uint64(SUM_NORMAL * TILE)] += w * buffer[p + np.uint64(_NORMAL * PLANE)]
            sums[q + np.uint64((SUM_NORMAL + 1) * TILE)] += (
                w * buffer[p + np.uint64((_NORMAL + 1) * PLANE)]
            )
            sums[q + np.uint64((SUM_NORMAL + 2) * TILE)] += (
                w * buffer[p + np.uint64((_NORMAL + 2) * PLANE)]
            )
            sums[q + np.uint64(SUM_COLOR * TILE)] += w * buffer[p + np.uint64(_COLOR * PLANE)]
            sums[q + np.uint64((SUM_COLOR + 1) * TILE)] += (
                w * buffer[p + np.uint64((_COLOR + 1) * PLANE)]
            )
            sums[q + np.uint64((SUM_COLOR + 2) * TILE)] += (
                w * buffer[p + np.uint64((_COLOR + 2) * PLANE)]
            )


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _dot_features(
    buffer: Floats,
    active: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    features: Floats,
) -> None:
    """Writes the inner products of a surfel's features with their gradients."""
    for row in range(span[0], span[1]):
        first, count = active_part(active, row, span)
        start = np.uint64(row * TILE + first)
        for lane in range(count):
            buffer[start + np.uint64(BACKWARD_FEATURE_DOT * PLANE) + np.uint64(lane)] = 0
        for c in range(features.shape[0]):
            value, plane = features[c], np.uint64((BACKWARD_FEATURES + c) * PLANE)
            for lane in range(count):
                p = start + np.uint64(lane)
                buffer[p + np.uint64(BACKWARD_FEATURE_DOT * PLANE)] += buffer[p + plane] * value


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _sum_features(
    buffer: Floats,
    sums: Floats,
    active: NDArray[np.bool_],
    span: tuple[int, int, int, int],
    num_features: int,
) -> None:
    """Adds the gradients of a surfel's features to the sums of the columns."""
    for c in range(num_features):
        plane = np.uint64((BACKWARD_FEATURES + c) * PLANE)
        for row in range(span[0], span[1]):
            first, count = active_part(active, row, span)
            start = np.uint64(row * TILE + first)
            column = np.uint64((NUM_SUMS + c) * TILE + first)
            for lane in range(count):
                p = start + np.uint64(lane)
                value = buffer[p + plane] * buffer[p + np.uint64(BACKWARD_WEIGHT * PLANE)]
                sums[column + np.uint64(lane)] += value


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def _fill_slot(
    slot: Floats, sums: Floats, span: tuple[int, int, int, int], x: Any, columns: Floats
) -> None:
    """Adds up the columns of a surfel's sums into its slot, and clears them.

    `x` is the first column of the tile, counted from the anchor. Eight columns at a time are
    written out, since the overhead of so short a loop would exceed its work.
    """
    zero = sums[0] * 0
    for k in range(slot.shape[0] - 3):
        total, moment = zero, zero
        for first in range(span[2], span[2] + span[3], LANES):
            v = sums[k * TILE + first : k * TILE + first + LANES]
            total += ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
            if k < SLOT_X_ZETA:
                c = columns[first : first + LANES]
                moment += (v[0] * c[0] + v[1] * c[1]) + (v[2] * c[2] + v[3] * c[3])
                moment += (v[4] * c[4] + v[5] * c[5]) + (v[6] * c[6] + v[7] * c[7])
            v[:] = zero
        slot[k if k < SLOT_X_ZETA else k + 3] = total
        if k < SLOT_X_ZETA:
            slot[SLOT_X_ZETA + k] = moment + x * total


@njit(cache=True, nogil=True, error_model="numpy")
def _has_active(active: NDArray[np.bool_], span: tuple[int, int, int, int]) -> bool:
    """Whether any ray of a span has not ended."""
    for row in range(span[0], span[1]):
        if active_part(active, row, span)[1] > 0:
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
    """Fills the planes of a tile from the images and their gradients."""
    height, width = images.shape[1:]
    buffer[:] = 0
    buffer[: BACKWARD_X * PLANE] = 1  # transmittance, and active rays
    num_features = gradients.shape[0] - NUM_GRADIENTS
    for y in range(TILE):
        for x in range(TILE):
            p = y * TILE + x
            buffer[BACKWARD_X * PLANE + p] = x
            row, column = corner[1] + y, corner[0] + x
            if row >= height or column >= width:
                continue
            alpha = 1 - images[IMAGE_TRANSMITTANCE, row, column]
            first, second = images[IMAGE_M1, row, column], images[IMAGE_M2, row, column]
            total = (
                2 * gradients[GRADIENT_DISTORTION, row, column] * (alpha * second - first * first)
            )
            total += gradients[GRADIENT_ALPHA, row, column] * alpha
            for c in range(3):
                color = images[IMAGE_COLOR + c, row, column]
                color += images[IMAGE_TRANSMITTANCE, row, column] * background[c]
                total += gradients[GRADIENT_COLOR + c, row, column] * color
                normal = images[IMAGE_NORMAL + c, row, column]
                total += gradients[GRADIENT_NORMAL + c, row, column] * normal
            total += gradients[GRADIENT_DEPTH, row, column] * images[IMAGE_DEPTH, row, column]
            for c in range(num_features):
                g = gradients[NUM_GRADIENTS + c, row, column]
                total += g * images[NUM_PLANES + c, row, column]
                buffer[(BACKWARD_FEATURES + c) * PLANE + p] = g
            buffer[BACKWARD_TOTAL * PLANE + p] = total
            buffer[BACKWARD_ALPHA * PLANE + p] = alpha
            buffer[BACKWARD_M1 * PLANE + p] = first
            buffer[BACKWARD_M2 * PLANE + p] = second
            index = images[IMAGE_MEDIAN_INDEX, row, column]
            buffer[BACKWARD_MEDIAN_INDEX * PLANE + p] = index
            for c in range(NUM_GRADIENTS):
                buffer[(BACKWARD_GRADIENT + c) * PLANE + p] = gradients[c, row, column]


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def composite_tiles_backward(
    records: Floats,
    boxes: NDArray[np.int32],
    features: Floats,
    starts: NDArray[np.int64],
    surfels: NDArray[np.int32],
    slot_numbers: NDArray[np.int64],
    schedule: NDArray[np.int64],
    across: int,
    images: Floats,
    gradients: Floats,
    background: Floats,
    constants: Floats,
) -> Floats:
    """(P, 21 + D) gradients per pair of surfel and tile, in the order of the slot numbers.

    Args:
        records, boxes, features, starts, surfels, schedule, across, constants: As for
            `composite_tiles`.
        slot_numbers: (P,) slot of each entry of the lists.
        images: (planes, H, W), the result of `composite_tiles`.
        gradients: (10 + D, H, W), see `columns.GRADIENT_*`.
        background: (3,) color.
    """
    height, width = images.shape[1:]
    num_features = features.shape[1]
    slots = np.empty((surfels.shape[0], SLOT_SIZE + num_features), records.dtype)
    for turn in prange(schedule.shape[0]):
        tile = schedule[turn]
        corner = (tile % across * TILE, tile // across * TILE)
        buffer = np.empty((BACKWARD_FEATURES + num_features) * PLANE, records.dtype)
        sums = np.zeros((NUM_SUMS + num_features) * TILE, records.dtype)
        _load_tile(buffer, images, gradients, background, corner)
        end_rays_outside(buffer, corner, (width, height))
        active = np.empty(PLANE // LANES, np.bool_)
        update_active(buffer, active)
        columns = buffer[BACKWARD_X * PLANE : BACKWARD_X * PLANE + TILE]
        entry = starts[tile]
        while entry < starts[tile + 1]:
            i = surfels[entry]
            position = records.dtype.type(entry - starts[tile])
            span, origin = span_in_tile(boxes[i], corner), tile_origin(records[i], corner)
            slot = slots[slot_numbers[entry]]
            entry += 1
            if not _has_active(active, span):
                slot[:] = 0
                continue
            if num_features:
                _dot_features(buffer, active, span, features[i])
            _rows_backward(buffer, sums, active, span, records[i], origin, position, constants)
            if num_features:
                _sum_features(buffer, sums, active, span, num_features)
            _fill_slot(slot, sums, span, origin[0], columns)
            if (entry - starts[tile]) % CHECK_INTERVAL == 0 and not update_active(buffer, active):
                break
        for rest in range(entry, starts[tile + 1]):
            slots[slot_numbers[rest]] = 0
    return slots
