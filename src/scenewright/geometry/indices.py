"""Integers from floating-point numbers in kernels, where nothing checks an index.

The conversion of NaN, infinity or a number beyond the integers has no defined result, and an
index made of it reads or writes anywhere in memory. Kernels therefore make indices with these
functions alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, inline="always")
def cell_index(value: Any, count: Any) -> Any:
    """The cell [i, i + 1) of `count` cells that holds a number, or -1 if none does.

    Args:
        value: Any number, also NaN or infinite.
        count: Number of cells.
    """
    if value >= 0 and value < count:
        return np.int64(value)
    return np.int64(-1)


@njit(cache=True, nogil=True, inline="always")
def clamped_index(value: Any, first: Any, last: Any) -> Any:
    """The largest integer not above a number, clamped to [first, last]; `first` for NaN.

    Args:
        value: Any number, also NaN or infinite.
        first: Smallest result.
        last: Largest result, at least `first`.
    """
    if not value > first:
        return np.int64(first)
    if value >= last:
        return np.int64(last)
    return np.int64(np.floor(value))
