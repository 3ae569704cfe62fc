"""View-dependent color: real spherical harmonics up to degree 3."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

C0 = 0.28209479177387814
C1 = 0.4886025119029199
C2 = (1.0925484305920792, 0.31539156525252005, 0.5462742152960396)
C3 = (
    0.5900435899266435,
    2.890611442640554,
    0.4570457994644658,
    0.3731763325901154,
    1.445305721320277,
)
MAX_COEFFICIENTS = 16


@njit(cache=True, nogil=True, error_model="numpy")
def basis_into(values: NDArray[np.float64], x: float, y: float, z: float, degree: int) -> None:
    """Writes the harmonics of a unit direction, in the order and with the signs of 3D Gaussian
    splatting."""
    values[0] = C0
    if degree < 1:
        return
    values[1] = -C1 * y
    values[2] = C1 * z
    values[3] = -C1 * x
    if degree < 2:
        return
    xx, yy, zz = x * x, y * y, z * z
    values[4] = C2[0] * x * y
    values[5] = -C2[0] * y * z
    values[6] = C2[1] * (2.0 * zz - xx - yy)
    values[7] = -C2[0] * x * z
    values[8] = C2[2] * (xx - yy)
    if degree < 3:
        return
    values[9] = -C3[0] * y * (3.0 * xx - yy)
    values[10] = C3[1] * x * y * z
    values[11] = -C3[2] * y * (4.0 * zz - xx - yy)
    values[12] = C3[3] * z * (2.0 * zz - 3.0 * xx - 3.0 * yy)
    values[13] = -C3[2] * x * (4.0 * zz - xx - yy)
    values[14] = C3[4] * z * (xx - yy)
    values[15] = -C3[0] * x * (xx - 3.0 * yy)


@njit(cache=True, nogil=True, error_model="numpy")
def basis_gradient(
    weights: NDArray[np.float64], x: float, y: float, z: float, degree: int
) -> tuple[float, float, float]:
    """Gradient of ``sum(weights * basis)`` with respect to an unconstrained direction."""
    gx, gy, gz = 0.0, 0.0, 0.0
    if degree < 1:
        return gx, gy, gz
    w = weights
    gx -= C1 * w[3]
    gy -= C1 * w[1]
    gz += C1 * w[2]
    if degree < 2:
        return gx, gy, gz
    gx += C2[0] * (y * w[4] - z * w[7]) + 2.0 * x * (C2[2] * w[8] - C2[1] * w[6])
    gy += C2[0] * (x * w[4] - z * w[5]) - 2.0 * y * (C2[1] * w[6] + C2[2] * w[8])
    gz += 4.0 * C2[1] * z * w[6] - C2[0] * (y * w[5] + x * w[7])
    if degree < 3:
        return gx, gy, gz
    xx, yy, zz = x * x, y * y, z * z
    gx += C3[1] * y * z * w[10] - 6.0 * C3[0] * x * y * w[9] + 2.0 * C3[2] * x * y * w[11]
    gx += C3[2] * (3.0 * xx + yy - 4.0 * zz) * w[13] - 6.0 * C3[3] * x * z * w[12]
    gx += 2.0 * C3[4] * x * z * w[14] - 3.0 * C3[0] * (xx - yy) * w[15]
    gy += C3[1] * x * z * w[10] - 3.0 * C3[0] * (xx - yy) * w[9] + 2.0 * C3[2] * x * y * w[13]
    gy += C3[2] * (xx + 3.0 * yy - 4.0 * zz) * w[11] - 6.0 * C3[3] * y * z * w[12]
    gy += 6.0 * C3[0] * x * y * w[15] - 2.0 * C3[4] * y * z * w[14]
    gz += C3[1] * x * y * w[10] - 8.0 * C3[2] * z * (y * w[11] + x * w[13])
    gz += 3.0 * C3[3] * (2.0 * zz - xx - yy) * w[12] + C3[4] * (xx - yy) * w[14]
    return gx, gy, gz


def degree_of(sh: NDArray[Any]) -> int:
    """Degree of (N, K, 3) coefficients; K is 1, 4, 9 or 16."""
    coefficients: int = sh.shape[1]
    return (1, 4, 9, 16).index(coefficients)
