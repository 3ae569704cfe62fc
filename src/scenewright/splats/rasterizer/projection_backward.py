"""Backward pass of the projection: gradients of records become gradients of surfels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.splats.rasterizer.columns import (
    SLOT_COLOR,
    SLOT_DEPTH,
    SLOT_MEAN,
    SLOT_NORMAL,
    SLOT_OPACITY,
    SLOT_SIZE,
    SLOT_X_ZETA,
    SLOT_Y_ZETA,
    SLOT_ZETA,
)
from scenewright.splats.rasterizer.harmonics import MAX_COEFFICIENTS, basis_gradient, basis_into
from scenewright.splats.rasterizer.projection import (
    CHUNK,
    LOW_PASS_CUTOFF,
    center_into,
    direction,
    facing_of,
    plane_into,
    rotation_into,
)

Floats = NDArray[np.floating[Any]]


@njit(cache=True, nogil=True, error_model="numpy")
def _plane_gradient_into(
    dT: NDArray[np.float64], g: NDArray[np.float64], T: NDArray[np.float64]
) -> None:
    """Gradient of T (3, 3) from a slot, through the intersection of ray and plane only."""
    for a in range(3):
        b, c = (a + 1) % 3, (a + 2) % 3
        zeta_b, zeta_c = g[SLOT_ZETA + b], g[SLOT_ZETA + c]
        x_zeta_b, x_zeta_c = g[SLOT_X_ZETA + b], g[SLOT_X_ZETA + c]
        y_zeta_b, y_zeta_c = g[SLOT_Y_ZETA + b], g[SLOT_Y_ZETA + c]
        dT[0, a] = (T[1, b] * zeta_c - T[1, c] * zeta_b) - (T[2, b] * y_zeta_c - T[2, c] * y_zeta_b)
        dT[1, a] = (zeta_b * T[0, c] - zeta_c * T[0, b]) - (x_zeta_b * T[2, c] - x_zeta_c * T[2, b])
        dT[2, a] = (T[0, b] * y_zeta_c - T[0, c] * y_zeta_b) - (
            T[1, b] * x_zeta_c - T[1, c] * x_zeta_b
        )
        dT[2, a] += g[SLOT_DEPTH + a]


@njit(cache=True, nogil=True, error_model="numpy")
def _add_center_gradient(
    dT: NDArray[np.float64], T: NDArray[np.float64], dmx: float, dmy: float
) -> None:
    """Adds the gradient of T through the center of the low-pass filter on the screen."""
    w = T[2]
    d = LOW_PASS_CUTOFF * (w[0] * w[0] + w[1] * w[1]) - w[2] * w[2]
    e = 0.0
    for k in range(3):
        f = (LOW_PASS_CUTOFF if k < 2 else -1.0) / d
        e -= f * (dmx * T[0, k] * w[k] + dmy * T[1, k] * w[k]) / d
    for k in range(3):
        g = LOW_PASS_CUTOFF if k < 2 else -1.0
        f = g / d
        dT[0, k] += dmx * f * w[k]
        dT[1, k] += dmy * f * w[k]
        dT[2, k] += dmx * f * T[0, k] + dmy * f * T[1, k] + 2.0 * e * g * w[k]


@njit(cache=True, nogil=True, error_model="numpy")
def _quaternion_gradient_into(
    out: Floats, work: NDArray[np.float64], quat: Floats, dR: NDArray[np.float64]
) -> None:
    """Gradient of a quaternion of any length from that of its rotation matrix."""
    length = 0.0
    for k in range(4):
        length += float(quat[k]) ** 2
    length = math.sqrt(max(length, 1e-40))
    w, x, y, z = quat[0] / length, quat[1] / length, quat[2] / length, quat[3] / length
    q, g = work[0], work[1]
    q[0], q[1], q[2], q[3] = w, x, y, z
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
    work: NDArray[np.float64],
    g: NDArray[np.float64],
    mean: Floats,
    sh: Floats,
    origin: NDArray[np.float64],
    degree: int,
    bits: int,
) -> None:
    """Writes the gradient of the harmonics; adds the gradient through the direction to `d_mean`."""
    basis, weights = work[0], work[1]
    weights[:] = 0.0
    x, y, z, length = direction(mean, origin)
    basis_into(basis, x, y, z, degree)
    for c in range(3):
        if bits & (1 << c):
            continue
        for k in range((degree + 1) ** 2):
            d_sh[k, c] = basis[k] * g[SLOT_COLOR + c]
            weights[k] += sh[k, c] * g[SLOT_COLOR + c]
    gx, gy, gz = basis_gradient(weights, x, y, z, degree)
    inner = x * gx + y * gy + z * gz
    d_mean[0] += (gx - x * inner) / length
    d_mean[1] += (gy - y * inner) / length
    d_mean[2] += (gz - z * inner) / length


@njit(cache=True, nogil=True, error_model="numpy")
def _geometry_gradient(
    d_mean: NDArray[np.float64],
    d_quat: Floats,
    d_scale: Floats,
    work: NDArray[np.float64],
    g: NDArray[np.float64],
    mean: Floats,
    quat: Floats,
    scales: Floats,
    K: NDArray[np.float64],
    cam: NDArray[np.float64],
) -> tuple[float, float]:
    """Writes the gradients of one surfel's mean, quaternion and scales from its slot.

    Returns:
        Gradient of the projected center through the ray-splat intersection, 1 / pixels.
    """
    R, T, dT, dR, center = work[:3, :3], work[3:6, :3], work[6:9, :3], work[9:12, :3], work[12, :3]
    center_into(center, mean, cam)
    rotation_into(R, quat[0], quat[1], quat[2], quat[3])
    ax, ay = plane_into(T, R, center, scales, K, cam)
    _plane_gradient_into(dT, g, T)
    sx, sy = dT[0, 2] * T[2, 2], dT[1, 2] * T[2, 2]
    _add_center_gradient(dT, T, g[SLOT_MEAN], g[SLOT_MEAN + 1])
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
                dR[a, k] = scales[k] * value
        if k < 2:
            d_scale[k] = inner
    sign = 1.0 if facing_of(R, center, cam) < 0.0 else -1.0
    for a in range(3):
        dR[a, 2] = sign * (
            cam[0, a] * g[SLOT_NORMAL]
            + cam[1, a] * g[SLOT_NORMAL + 1]
            + cam[2, a] * g[SLOT_NORMAL + 2]
        )
    _quaternion_gradient_into(d_quat, work[13:15], quat, dR)
    return sx, sy


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def project_surfels_backward(
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
    """Gradients of means, quaternions, scales, opacities, harmonics; and the screen statistic.

    Args:
        means, quats, scales, sh, K, cam, origin, size, degree: As for `project_surfels`.
        first_slot: (N + 1,) first slot of each surfel.
        slots: (P, 21) gradients per surfel and tile.
        clamped: From `project_surfels`.
    """
    n = means.shape[0]
    d_means, d_quats = np.zeros_like(means), np.zeros_like(quats)
    d_scales, d_sh = np.zeros_like(scales), np.zeros_like(sh)
    d_opacities = np.zeros(n, means.dtype)
    screen = np.zeros(n, means.dtype)
    for chunk in prange((n + CHUNK - 1) // CHUNK):
        work, colors = np.empty((15, 4)), np.empty((2, MAX_COEFFICIENTS))
        g, d_mean = np.empty(SLOT_SIZE), np.empty(3)
        for i in range(chunk * CHUNK, min(n, (chunk + 1) * CHUNK)):
            if first_slot[i] == first_slot[i + 1]:
                continue
            g[:] = 0.0
            for slot in range(first_slot[i], first_slot[i + 1]):
                for k in range(SLOT_SIZE):
                    g[k] += slots[slot, k]
            sx, sy = _geometry_gradient(
                d_mean, d_quats[i], d_scales[i], work, g, means[i], quats[i], scales[i], K, cam
            )
            screen[i] = 0.5 * math.sqrt((sx * size[0]) ** 2 + (sy * size[1]) ** 2)
            _color_gradient(d_sh[i], d_mean, colors, g, means[i], sh[i], origin, degree, clamped[i])
            for a in range(3):
                d_means[i, a] = d_mean[a]
            d_opacities[i] = g[SLOT_OPACITY]
    return d_means, d_quats, d_scales, d_opacities, d_sh, screen
