"""Surfels seen by a camera: their planes in pixels, boxes on the screen, normals and colors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.rasterizer.harmonics import MAX_COEFFICIENTS, basis_gradient, basis_into

Floats = NDArray[np.floating[Any]]

RECORD_SIZE = 20
"""Columns of a record: T_x, T_y, T_w (0-8), centre of the screen Gaussian (9, 10), opacity (11),
normal (12-14), color (15-17), anchor (18, 19). Pixels count from the anchor, the pixel nearest to
the projected centre: near there float32 is exact enough however large the picture is."""
SLOT_SIZE = 21
"""Columns of a slot of gradients: sums over pixels of d zeta (0-2), x d zeta (3-5), y d zeta (6-8),
d z (u, v, 1) (9-11), gradient of the screen centre (12, 13), opacity (14), normal (15-17), color
(18-20)."""
MIN_ALPHA = 1.0 / 255.0
_LOW_PASS_CUTOFF = 9.0
"""The screen Gaussian stands at the centre of the box of the ellipse at three sigma, squared."""
_REACH = 2.0 * math.log(255.0)
"""Squared distance in sigmas beyond which even an opaque surfel is invisible."""
_MARGIN = 1e-3
"""Pixels that boxes are wider by, for rounding."""


@njit(cache=True, nogil=True, error_model="numpy")
def rotation_into(R: NDArray[np.float64], w: float, x: float, y: float, z: float) -> float:
    """Writes the rotation of a quaternion of any length; returns that length."""
    length = math.sqrt(w * w + x * x + y * y + z * z)
    s = 1.0 / max(length, 1e-20)
    w, x, y, z = w * s, x * s, y * s, z * s
    R[0, 0] = 1.0 - 2.0 * (y * y + z * z)
    R[0, 1] = 2.0 * (x * y - w * z)
    R[0, 2] = 2.0 * (x * z + w * y)
    R[1, 0] = 2.0 * (x * y + w * z)
    R[1, 1] = 1.0 - 2.0 * (x * x + z * z)
    R[1, 2] = 2.0 * (y * z - w * x)
    R[2, 0] = 2.0 * (x * z - w * y)
    R[2, 1] = 2.0 * (y * z + w * x)
    R[2, 2] = 1.0 - 2.0 * (x * x + y * y)
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def _half_range(
    c2: float, row: NDArray[np.float64], depth: NDArray[np.float64]
) -> tuple[float, float]:
    """Centre and half size of the box of the ellipse u^2 + v^2 <= c2 along one screen axis."""
    d = c2 * (depth[0] * depth[0] + depth[1] * depth[1]) - depth[2] * depth[2]
    f, f2 = c2 / d, -1.0 / d
    center = f * (row[0] * depth[0] + row[1] * depth[1]) + f2 * row[2] * depth[2]
    half2 = center * center - f * (row[0] * row[0] + row[1] * row[1]) - f2 * row[2] * row[2]
    return center, math.sqrt(max(half2, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _plane_into(
    T: NDArray[np.float64],
    R: NDArray[np.float64],
    center: NDArray[np.float64],
    scales: Floats,
    K: NDArray[np.float64],
    cam: NDArray[np.float64],
) -> tuple[float, float]:
    """Writes T (3, 3), rows T_x, T_y, T_w over (u, v, 1); returns the anchor pixel.

    `K` holds fx, fy, cx - 1/2, cy - 1/2; `cam` is cam_from_world, (3, 4).
    """
    z = center[2]
    ax = math.floor(K[0] * center[0] / z + K[2] + 0.5)
    ay = math.floor(K[1] * center[1] / z + K[3] + 0.5)
    for k in range(3):
        px, py, pz = center[0], center[1], center[2]
        if k < 2:
            s = float(scales[k])
            px = s * (cam[0, 0] * R[0, k] + cam[0, 1] * R[1, k] + cam[0, 2] * R[2, k])
            py = s * (cam[1, 0] * R[0, k] + cam[1, 1] * R[1, k] + cam[1, 2] * R[2, k])
            pz = s * (cam[2, 0] * R[0, k] + cam[2, 1] * R[1, k] + cam[2, 2] * R[2, k])
        T[0, k] = K[0] * px + (K[2] - ax) * pz
        T[1, k] = K[1] * py + (K[3] - ay) * pz
        T[2, k] = pz
    return ax, ay


@njit(cache=True, nogil=True, error_model="numpy")
def _box_into(
    box: NDArray[np.int32],
    T: NDArray[np.float64],
    opacity: float,
    anchor: tuple[float, float],
    size: tuple[int, int],
) -> tuple[float, float]:
    """Writes the pixels [x0, x1) x [y0, y1) that may show a surfel; returns its screen centre."""
    c2 = 2.0 * math.log(255.0 * opacity)
    radius = math.sqrt(0.5 * c2)
    mx = my = 0.0
    for axis in range(2):
        mu, _ = _half_range(_LOW_PASS_CUTOFF, T[axis], T[2])
        center, half = _half_range(c2, T[axis], T[2])
        low = min(center - half, mu - radius) + anchor[axis] - _MARGIN
        high = max(center + half, mu + radius) + anchor[axis] + _MARGIN
        limit = size[axis]
        box[2 * axis] = int(min(max(math.ceil(low), 0.0), limit))
        box[2 * axis + 1] = int(min(max(math.floor(high) + 1.0, 0.0), limit))
        if axis == 0:
            mx = mu
        else:
            my = mu
    return mx, my


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def project_surfels(
    means: Floats,
    quats: Floats,
    scales: Floats,
    opacities: Floats,
    sh: Floats,
    K: NDArray[np.float64],
    cam: NDArray[np.float64],
    origin: NDArray[np.float64],
    size: tuple[int, int],
    near: float,
    degree: int,
) -> tuple[Floats, NDArray[np.int32], NDArray[np.uint8]]:
    """Records (N, 20), boxes (N, 4) as x0, x1, y0, y1, and clamped color channels as bits (N,).

    Args:
        means, quats, scales, opacities, sh: Of the surfels.
        K: fx, fy, and the principal point with pixel centres at integers.
        cam: (3, 4) cam_from_world.
        origin: (3,) camera centre.
        size: Width and height, pixels.
        near: Centres at this depth or nearer are dropped.
        degree: Highest degree of the harmonics that is used.
    """
    n = means.shape[0]
    records = np.empty((n, RECORD_SIZE), means.dtype)
    boxes = np.zeros((n, 4), np.int32)
    clamped = np.zeros(n, np.uint8)
    for i in prange(n):
        center = np.empty(3)
        for a in range(3):
            center[a] = cam[a, 3]
            for b in range(3):
                center[a] += cam[a, b] * means[i, b]
        if not center[2] > near or not opacities[i] > MIN_ALPHA:
            continue
        R = np.empty((3, 3))
        rotation_into(R, quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3])
        T = np.empty((3, 3))
        anchor = _plane_into(T, R, center, scales[i], K, cam)
        if _REACH * (T[2, 0] ** 2 + T[2, 1] ** 2) >= T[2, 2] ** 2 or abs(anchor[0]) > 1e6:
            continue
        facing = 0.0
        normal = np.empty(3)
        for a in range(3):
            normal[a] = cam[a, 0] * R[0, 2] + cam[a, 1] * R[1, 2] + cam[a, 2] * R[2, 2]
            facing += normal[a] * center[a]
        if facing == 0.0:
            continue
        mx, my = _box_into(boxes[i], T, min(float(opacities[i]), 1.0), anchor, size)
        if boxes[i, 0] >= boxes[i, 1] or boxes[i, 2] >= boxes[i, 3]:
            boxes[i] = 0
            continue
        record = records[i]
        for a in range(3):
            for k in range(3):
                record[3 * a + k] = T[a, k]
            record[12 + a] = normal[a] if facing < 0.0 else -normal[a]
        record[9], record[10], record[11] = mx, my, opacities[i]
        record[18], record[19] = anchor
        clamped[i] = _color_into(record, means[i], sh[i], origin, degree)
    return records, boxes, clamped


@njit(cache=True, nogil=True, error_model="numpy")
def _direction(mean: Floats, origin: NDArray[np.float64]) -> tuple[float, float, float, float]:
    x, y, z = mean[0] - origin[0], mean[1] - origin[1], mean[2] - origin[2]
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length, length


@njit(cache=True, nogil=True, error_model="numpy")
def _color_into(
    record: Floats, mean: Floats, sh: Floats, origin: NDArray[np.float64], degree: int
) -> int:
    basis = np.empty(MAX_COEFFICIENTS)
    x, y, z, _ = _direction(mean, origin)
    basis_into(basis, x, y, z, degree)
    bits = 0
    for c in range(3):
        value = 0.5
        for k in range((degree + 1) ** 2):
            value += basis[k] * sh[k, c]
        if value < 0.0:
            value = 0.0
            bits |= 1 << c
        record[15 + c] = value
    return bits


@njit(cache=True, nogil=True, error_model="numpy")
def _plane_gradient_into(
    dT: NDArray[np.float64], g: NDArray[np.float64], T: NDArray[np.float64]
) -> None:
    """Gradient of T (3, 3) from a slot, through the intersection of ray and plane only."""
    for a in range(3):
        b, c = (a + 1) % 3, (a + 2) % 3
        dT[0, a] = (T[1, b] * g[c] - T[1, c] * g[b]) - (T[2, b] * g[6 + c] - T[2, c] * g[6 + b])
        dT[1, a] = (g[b] * T[0, c] - g[c] * T[0, b]) - (g[3 + b] * T[2, c] - g[3 + c] * T[2, b])
        dT[2, a] = (T[0, b] * g[6 + c] - T[0, c] * g[6 + b]) - (
            T[1, b] * g[3 + c] - T[1, c] * g[3 + b]
        )
        dT[2, a] += g[9 + a]


@njit(cache=True, nogil=True, error_model="numpy")
def _add_center_gradient(
    dT: NDArray[np.float64], T: NDArray[np.float64], dmx: float, dmy: float
) -> None:
    """Adds the gradient of T through the centre of the screen Gaussian."""
    w = T[2]
    d = _LOW_PASS_CUTOFF * (w[0] * w[0] + w[1] * w[1]) - w[2] * w[2]
    e = 0.0
    for k in range(3):
        f = (_LOW_PASS_CUTOFF if k < 2 else -1.0) / d
        e -= f * (dmx * T[0, k] * w[k] + dmy * T[1, k] * w[k]) / d
    for k in range(3):
        g = _LOW_PASS_CUTOFF if k < 2 else -1.0
        f = g / d
        dT[0, k] += dmx * f * w[k]
        dT[1, k] += dmy * f * w[k]
        dT[2, k] += dmx * f * T[0, k] + dmy * f * T[1, k] + 2.0 * e * g * w[k]


@njit(cache=True, nogil=True, error_model="numpy")
def _quaternion_gradient_into(out: Floats, quat: Floats, dR: NDArray[np.float64]) -> None:
    """Gradient of a quaternion of any length from that of its rotation matrix."""
    length = 0.0
    for k in range(4):
        length += float(quat[k]) ** 2
    length = math.sqrt(max(length, 1e-40))
    w, x, y, z = quat[0] / length, quat[1] / length, quat[2] / length, quat[3] / length
    q = np.array([w, x, y, z])
    g = np.empty(4)
    g[0] = x * (dR[2, 1] - dR[1, 2]) + y * (dR[0, 2] - dR[2, 0]) + z * (dR[1, 0] - dR[0, 1])
    g[1] = -2.0 * x * (dR[1, 1] + dR[2, 2]) + y * (dR[0, 1] + dR[1, 0])
    g[1] += z * (dR[0, 2] + dR[2, 0]) + w * (dR[2, 1] - dR[1, 2])
    g[2] = x * (dR[0, 1] + dR[1, 0]) - 2.0 * y * (dR[0, 0] + dR[2, 2])
    g[2] += z * (dR[1, 2] + dR[2, 1]) + w * (dR[0, 2] - dR[2, 0])
    g[3] = x * (dR[0, 2] + dR[2, 0]) + y * (dR[1, 2] + dR[2, 1])
    g[3] += w * (dR[1, 0] - dR[0, 1]) - 2.0 * z * (dR[0, 0] + dR[1, 1])
    inner = 0.0
    for k in range(4):
        inner += q[k] * g[k]
    for k in range(4):
        out[k] = 2.0 * (g[k] - q[k] * inner) / length


@njit(cache=True, nogil=True, error_model="numpy")
def _color_gradient(
    d_sh: Floats,
    d_mean: NDArray[np.float64],
    g: NDArray[np.float64],
    mean: Floats,
    sh: Floats,
    origin: NDArray[np.float64],
    degree: int,
    bits: int,
) -> None:
    """Writes the gradient of the harmonics; adds that of the direction to the mean's."""
    basis = np.empty(MAX_COEFFICIENTS)
    weights = np.zeros(MAX_COEFFICIENTS)
    x, y, z, length = _direction(mean, origin)
    basis_into(basis, x, y, z, degree)
    for c in range(3):
        if bits & (1 << c):
            continue
        for k in range((degree + 1) ** 2):
            d_sh[k, c] = basis[k] * g[18 + c]
            weights[k] += sh[k, c] * g[18 + c]
    gx, gy, gz = basis_gradient(weights, x, y, z, degree)
    inner = x * gx + y * gy + z * gz
    d_mean[0] += (gx - x * inner) / length
    d_mean[1] += (gy - y * inner) / length
    d_mean[2] += (gz - z * inner) / length


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def project_gradients(
    means: Floats,
    quats: Floats,
    scales: Floats,
    sh: Floats,
    K: NDArray[np.float64],
    cam: NDArray[np.float64],
    origin: NDArray[np.float64],
    size: tuple[int, int],
    degree: int,
    first_slot: NDArray[np.int64],
    slots: Floats,
    clamped: NDArray[np.uint8],
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Gradients of means, quaternions, scales, opacities and harmonics; and the screen statistic.

    Args:
        means, quats, scales, sh, K, cam, origin, size, degree: As for `project_surfels`.
        first_slot: (N + 1,) where the slots of a surfel begin.
        slots: (P, 21) gradients per surfel and tile.
        clamped: What `project_surfels` gave.
    """
    n = means.shape[0]
    d_means, d_quats = np.zeros_like(means), np.zeros_like(quats)
    d_scales, d_sh = np.zeros_like(scales), np.zeros_like(sh)
    d_opacities = np.zeros(n, means.dtype)
    screen = np.zeros(n, means.dtype)
    for i in prange(n):
        if first_slot[i] == first_slot[i + 1]:
            continue
        g = np.zeros(SLOT_SIZE)
        for slot in range(first_slot[i], first_slot[i + 1]):
            for k in range(SLOT_SIZE):
                g[k] += slots[slot, k]
        R, T, dT, center = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3)), np.empty(3)
        for a in range(3):
            center[a] = cam[a, 3]
            for b in range(3):
                center[a] += cam[a, b] * means[i, b]
        rotation_into(R, quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3])
        ax, ay = _plane_into(T, R, center, scales[i], K, cam)
        _plane_gradient_into(dT, g, T)
        sx, sy = dT[0, 2] * T[2, 2] * size[0] * 0.5, dT[1, 2] * T[2, 2] * size[1] * 0.5
        screen[i] = math.sqrt(sx * sx + sy * sy)
        _add_center_gradient(dT, T, g[12], g[13])
        dR, d_mean = np.zeros((3, 3)), np.zeros(3)
        for k in range(3):
            px, py = K[0] * dT[0, k], K[1] * dT[1, k]
            pz = (K[2] - ax) * dT[0, k] + (K[3] - ay) * dT[1, k] + dT[2, k]
            inner = 0.0
            for a in range(3):
                value = cam[0, a] * px + cam[1, a] * py + cam[2, a] * pz
                if k == 2:
                    d_mean[a] = value
                else:
                    inner += R[a, k] * value
                    dR[a, k] = scales[i, k] * value
            if k < 2:
                d_scales[i, k] = inner
        facing = 0.0
        for a in range(3):
            facing += center[a] * (cam[a, 0] * R[0, 2] + cam[a, 1] * R[1, 2] + cam[a, 2] * R[2, 2])
        sign = 1.0 if facing < 0.0 else -1.0
        for a in range(3):
            dR[a, 2] = sign * (cam[0, a] * g[15] + cam[1, a] * g[16] + cam[2, a] * g[17])
        _quaternion_gradient_into(d_quats[i], quats[i], dR)
        _color_gradient(d_sh[i], d_mean, g, means[i], sh[i], origin, degree, clamped[i])
        for a in range(3):
            d_means[i, a] = d_mean[a]
        d_opacities[i] = g[14]
    return d_means, d_quats, d_scales, d_opacities, d_sh, screen
