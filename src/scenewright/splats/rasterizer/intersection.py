"""Intersection of one ray with one surfel; inlined into the loops over pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.extending import overload

MAX_ALPHA = 0.99
MIN_ALPHA = 1.0 / 255.0
MIN_TRANSMITTANCE = 1e-4
"""A ray ends before the surfel behind which the transmittance would be less."""
MIN_ZETA = 1e-12
"""Smallest magnitude of zeta_3: rays nearer to parallel with a surfel are treated as this near."""
FAST_MATH = {"contract", "reassoc", "nsz"}
"""Permits fused and reordered sums, so that loops over pixels are vectorized. Flags that assume
that no value is infinite are left out."""


def exp_negative(x: Any) -> Any:
    """exp(x) for x <= 0; below -6 the result may be any small number."""
    return math.exp(x)


@overload(exp_negative, inline="always")
def _exp_negative(x: Any) -> Callable[[Any], Any]:
    if x == types.float32:
        # Calls to the C library cannot be vectorized. exp(x) = exp(x / 16)^16, and a polynomial of
        # degree 6 is exact to float32 on [-6 / 16, 0].
        from numpy import float32

        scale, low = float32(1 / 16), float32(-0.5)
        a2, a3, a4 = float32(1 / 2), float32(1 / 6), float32(1 / 24)
        a5, a6, a7 = float32(1 / 120), float32(1 / 720), float32(1 / 5040)
        one = float32(1)

        def polynomial(x: Any) -> Any:
            t = max(x * scale, low)
            t4 = t * t
            y = t4 * (a2 + t * a3 + t4 * (a4 + t * a5 + t4 * (a6 + t * a7)))
            y = one + (t + y)
            y = y * y
            y = y * y
            y = y * y
            return y * y

        return polynomial

    def exact(x: Any) -> Any:
        return math.exp(x)

    return exact


@njit(cache=True, nogil=True, fastmath=FAST_MATH, error_model="numpy")
def intersect_ray(x: Any, row: Any, slope: Any, plane: Any, mean_x: Any, numbers: Any) -> Any:
    """Intersects the ray of a pixel with a surfel.

    Args:
        x: Column of the pixel.
        row: zeta at column 0 (3), and the squared distance of the row from the center on the
            screen.
        slope: Change of zeta with the column (3).
        plane: T_w (3).
        mean_x: Column of the center on the screen.
        numbers: Smallest zeta, 0, 1/2, 1, 2, in the type of the arrays.

    Returns:
        u, v, 1 / zeta_3, whether the disk counts and not the low-pass filter on the screen, depth,
        value of the Gaussian, and columns from the pixel to the center on the screen.
    """
    tiny, zero, half, one, two = numbers
    zeta = row[2] + x * slope[2]
    zeta = (tiny if zeta >= zero else -tiny) if abs(zeta) < tiny else zeta
    inverse = one / zeta
    u, v = (row[0] + x * slope[0]) * inverse, (row[1] + x * slope[1]) * inverse
    rho3 = u * u + v * v
    dx = mean_x - x
    rho2 = two * (dx * dx + row[3])
    on_plane = rho3 <= rho2
    z = plane[0] * u + plane[1] * v + plane[2] if on_plane else plane[2]
    gauss = exp_negative(-half * (rho3 if on_plane else rho2))
    return u, v, inverse, on_plane, z, gauss, dx
