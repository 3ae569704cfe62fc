"""What one ray takes of one surfel; inlined into the loops over pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.extending import overload

MAX_ALPHA = 0.99
MIN_ALPHA = 1.0 / 255.0
MIN_TRANSMITTANCE = 1e-4
"""A ray ends before the surfel that would let less light than this pass."""
MIN_ZETA = 1e-12
"""Rays that are closer than this to parallel with a surfel are taken to be that close."""
FAST_MATH = {"contract", "reassoc", "nsz"}
"""Allows fused and reordered sums, so that loops over pixels become vector instructions; what would
assume that no value is infinite is left out."""


def exp_negative(x: Any) -> Any:
    """exp(x) for x <= 0; what is below -6 may come out as any small number."""
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
def meet(x: Any, row: Any, slope: Any, plane: Any, screen: Any, constants: Any) -> Any:
    """Where the ray of a pixel meets a surfel.

    Args:
        x: Column of the pixel.
        row: zeta at column 0 (3), and the squared distance of the row from the screen centre.
        slope: Change of zeta with the column (3).
        plane: T_w (3).
        screen: Column of the screen centre.
        constants: Smallest zeta, 0, 1/2, 1, 2.

    Returns:
        u, v, 1 / zeta_3, whether the disk counts and not the screen Gaussian, depth, weight of the
        Gaussian, and columns from the pixel to the screen centre.
    """
    tiny, zero, half, one, two = constants
    zeta = row[2] + x * slope[2]
    zeta = (tiny if zeta >= zero else -tiny) if abs(zeta) < tiny else zeta
    inverse = one / zeta
    u, v = (row[0] + x * slope[0]) * inverse, (row[1] + x * slope[1]) * inverse
    rho3 = u * u + v * v
    dx = screen - x
    rho2 = two * (dx * dx + row[3])
    on_plane = rho3 <= rho2
    z = plane[0] * u + plane[1] * v + plane[2] if on_plane else plane[2]
    gauss = exp_negative(-half * (rho3 if on_plane else rho2))
    return u, v, inverse, on_plane, z, gauss, dx
