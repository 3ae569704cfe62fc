"""Display colors and amounts of light, which glTF stores in vertex colors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FULL = 65535
"""All light, in 16 bits."""


def linear_from_srgb(colors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Display values in [0, 1] to amounts of light in [0, 1] (IEC 61966-2-1)."""
    values = np.asarray(colors, np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: NDArray[np.floating]) -> NDArray[np.float64]:
    """The inverse of `linear_from_srgb`; values outside [0, 1] are clipped."""
    values = np.clip(np.asarray(light, np.float64), 0.0, 1.0)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


def linear_table() -> NDArray[np.uint16]:
    """(256,) amounts of light, 65535 = all, of the 256 display values."""
    # 16 bits hold all 256 display values apart; in 8 bits the dark ones would fall together.
    table: NDArray[np.uint16] = np.rint(
        linear_from_srgb(np.arange(256, dtype=np.float64) / 255) * FULL
    ).astype(np.uint16)
    return table
