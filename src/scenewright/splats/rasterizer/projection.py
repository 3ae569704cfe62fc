"""Projection of surfels: their planes in pixels, bounding boxes, normals and colors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from scenewright.geometry.indices import clamped_index
from scenewright.splats.rasterizer.columns import (
    RECORD_ANCHOR,
    RECORD_COLOR,
    RECORD_MEAN,
    RECORD_NORMAL,
    RECORD_OPACITY,
    RECORD_SIZE,
    RECORD_TX,
)
from scenewright.splats.rasterizer.harmonics import MAX_COEFFICIENTS, basis_into
from scenewright.splats.rasterizer.intersection import MIN_ALPHA

Floats = NDArray[np.floating[Any]]

LOW_PASS_CUTOFF = 9.0
"""Square of the three sigma at which the ellipse is bounded; the center of that bounding box is the
center of the low-pass filter on the screen."""
_REACH = 2.0 * math.log(255.0)
"""Squared distance, in sigmas, beyond which even an opaque surfel is invisible."""
_FARTHEST = 1e6
"""Distance from the image, pixels, beyond which a surfel is culled by its center alone."""
CHUNK = 1024
"""Surfels that a thread handles at a time."""
_MARGIN = 1e-3
"""Pixels that bounding boxes are enlarged by, for rounding."""


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
    """Center and half extent of the ellipse u^2 + v^2 <= c2 along one screen axis."""
    d = c2 * (depth[0] * depth[0] + depth[1] * depth[1]) - depth[2] * depth[2]
    f, f2 = c2 / d, -1.0 / d
    center = f * (row[0] * depth[0] + row[1] * depth[1]) + f2 * row[2] * depth[2]
    half2 = center * center - f * (row[0] * row[0] + row[1] * row[1]) - f2 * row[2] * row[2]
    return center, math.sqrt(max(half2, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def plane_into(
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
    """Writes the pixels [x0, x1) x [y0, y1) that may show a surfel.

    Returns:
        Center of the low-pass filter on the screen.
    """
    c2 = 2.0 * math.log(255.0 * opacity)
    radius = math.sqrt(0.5 * c2)
    mx = my = 0.0
    for axis in range(2):
        mu, _ = _half_range(LOW_PASS_CUTOFF, T[axis], T[2])
        center, half = _half_range(c2, T[axis], T[2])
        low = min(center - half, mu - radius) + anchor[axis] - _MARGIN
        high = max(center + half, mu + radius) + anchor[axis] + _MARGIN
        limit = size[axis]
        box[2 * axis] = clamped_index(np.ceil(low), 0, limit)
        box[2 * axis + 1] = clamped_index(np.floor(high) + 1.0, 0, limit)
        if axis == 0:
            mx = mu
        else:
            my = mu
    return mx, my


@njit(cache=True, nogil=True, error_model="numpy")
def center_into(center: NDArray[np.float64], mean: Floats, cam: NDArray[np.float64]) -> None:
    """Writes the center of a surfel in the camera frame."""
    for a in range(3):
        center[a] = cam[a, 3]
        for b in range(3):
            center[a] += cam[a, b] * mean[b]


@njit(cache=True, nogil=True, error_model="numpy")
def facing_of(
    R: NDArray[np.float64], center: NDArray[np.float64], cam: NDArray[np.float64]
) -> float:
    """Inner product of normal and center in the camera frame; negative = toward the camera."""
    value = 0.0
    for a in range(3):
        value += center[a] * (cam[a, 0] * R[0, 2] + cam[a, 1] * R[1, 2] + cam[a, 2] * R[2, 2])
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _project_one(
    record: Floats,
    box: NDArray[np.int32],
    work: NDArray[np.float64],
    mean: Floats,
    quat: Floats,
    scales: Floats,
    opacity: float,
    K: NDArray[np.float64],
    cam: NDArray[np.float64],
    size: tuple[int, int],
    near: float,
) -> bool:
    """Fills record and bounding box of one surfel except its color; False if it is not visible."""
    R, T, center = work[:3], work[3:6], work[6]
    center_into(center, mean, cam)
    if not center[2] > near or not opacity > MIN_ALPHA:
        return False
    rotation_into(R, quat[0], quat[1], quat[2], quat[3])
    anchor = plane_into(T, R, center, scales, K, cam)
    if _REACH * (T[2, 0] ** 2 + T[2, 1] ** 2) >= T[2, 2] ** 2:
        return False
    facing = facing_of(R, center, cam)
    if facing == 0.0 or max(abs(anchor[0]), abs(anchor[1])) > _FARTHEST:
        return False
    mx, my = _box_into(box, T, min(float(opacity), 1.0), anchor, size)
    if box[0] >= box[1] or box[2] >= box[3]:
        box[:] = 0
        return False
    for a in range(3):
        for k in range(3):
            record[RECORD_TX + 3 * a + k] = T[a, k]
        normal = cam[a, 0] * R[0, 2] + cam[a, 1] * R[1, 2] + cam[a, 2] * R[2, 2]
        record[RECORD_NORMAL + a] = normal if facing < 0.0 else -normal
    record[RECORD_MEAN], record[RECORD_MEAN + 1] = mx, my
    record[RECORD_OPACITY] = opacity
    record[RECORD_ANCHOR], record[RECORD_ANCHOR + 1] = anchor
    return True


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
    """Records (N, 20), boxes (N, 4) as x0, x1, y0, y1, and bits of clamped color channels (N,).

    Args:
        means, quats, scales, opacities, sh: The surfels, see `SurfelArrays`.
        K: fx, fy, and the principal point with pixel centers at integers.
        cam: (3, 4) cam_from_world.
        origin: (3,) camera center.
        size: Width and height, pixels.
        near: Surfels whose center is at this depth or nearer are culled.
        degree: Highest degree of the spherical harmonics that is used.
    """
    n = means.shape[0]
    records = np.empty((n, RECORD_SIZE), means.dtype)
    boxes = np.zeros((n, 4), np.int32)
    clamped = np.zeros(n, np.uint8)
    for chunk in prange((n + CHUNK - 1) // CHUNK):
        work, basis = np.empty((7, 3)), np.empty(MAX_COEFFICIENTS)
        for i in range(chunk * CHUNK, min(n, (chunk + 1) * CHUNK)):
            if _project_one(
                records[i], boxes[i], work, means[i], quats[i], scales[i], opacities[i],
                K, cam, size, near,
            ):  # fmt: skip
                clamped[i] = _color_into(records[i], basis, means[i], sh[i], origin, degree)
    return records, boxes, clamped


@njit(cache=True, nogil=True, error_model="numpy")
def direction(mean: Floats, origin: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Unit vector from the camera to a surfel, and its distance."""
    x, y, z = mean[0] - origin[0], mean[1] - origin[1], mean[2] - origin[2]
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length, length


@njit(cache=True, nogil=True, error_model="numpy")
def _color_into(
    record: Floats,
    basis: NDArray[np.float64],
    mean: Floats,
    sh: Floats,
    origin: NDArray[np.float64],
    degree: int,
) -> int:
    """Writes the color of a surfel; returns the bits of the channels that were clamped at 0."""
    x, y, z, _ = direction(mean, origin)
    basis_into(basis, x, y, z, degree)
    bits = 0
    for c in range(3):
        value = 0.5
        for k in range((degree + 1) ** 2):
            value += basis[k] * sh[k, c]
        if value < 0.0:
            value = 0.0
            bits |= 1 << c
        record[RECORD_COLOR + c] = value
    return bits
