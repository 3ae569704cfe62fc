"""The plane that an object stands on, from the surfaces around and below it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.completion.seen_surface import SeenSurface
from scenewright.geometry.transforms import upright_frame

_FACING_UP = 0.85
"""Smallest cosine between up and the normal of a surface that carries something."""
_LOWEST = 0.02
"""Quantile of the heights of an object that counts as its bottom."""
_AROUND = 0.35
"""Distance around the footprint in which a support is looked for, in longest sides."""
_HIDDEN = 0.6
"""Largest height of the hidden part between an object and its support, in heights of what was
seen (or in widths, if these are larger)."""
_LAYER = 0.02
"""Thickness of a support: surface within it counts as one plane, meters."""
_LEAST_POINTS = 12


def find_support(
    surface: SeenSurface,
    others: SeenSurface,
    *,
    up: NDArray[np.float64],
    layer: float = _LAYER,
) -> float | None:
    """Height of the plane below an object along `up`, meters.

    The support is the highest level surface of others that lies below the visible bottom of the
    object, within and closely around its footprint.

    Args:
        surface: What was seen of the object.
        others: Surface of everything else, with normals.
        up: (3,) unit vector against gravity.
        layer: Thickness of a support, meters; at least the noise of the surface.

    Returns:
        The height; None if nothing lies below, as for a picture on a wall.
    """
    if not len(surface) or not len(others):
        return None
    axes = upright_frame(up)
    own = surface.points @ axes
    low, high = own.min(axis=0), own.max(axis=0)
    bottom = float(np.quantile(own[:, 2], _LOWEST))
    reach = _AROUND * float((high - low).max())
    rest = others.points @ axes
    near = ((rest[:, :2] > low[:2] - reach) & (rest[:, :2] < high[:2] + reach)).all(axis=1)
    level = others.normals @ up > _FACING_UP
    deepest = bottom - _HIDDEN * max(float(high[2] - bottom), float((high - low)[:2].max()))
    slack = max(layer, 0.03 * float(high[2] - low[2]))
    heights = np.sort(
        rest[near & level & (rest[:, 2] < bottom + slack) & (rest[:, 2] > deepest), 2]
    )
    if len(heights) < _LEAST_POINTS:
        return None
    # From the top: the first layer that holds enough points.
    first = np.searchsorted(heights, heights - layer, side="left")
    counts = np.arange(len(heights)) - first + 1
    enough = np.flatnonzero(counts >= max(_LEAST_POINTS, counts.max() // 4))
    if not len(enough):
        return None
    top = int(enough[-1])
    # That layer is the upper edge of a noisy surface: its middle is where it is densest.
    lowest = np.searchsorted(heights, heights[top] - layer, side="left")
    densest = int(lowest + np.argmax(counts[lowest : top + 1]))
    return float(np.median(heights[first[densest] : densest + 1]))
