"""Colors of instances, the same in every picture and page of a scene."""

from __future__ import annotations

import colorsys

import numpy as np

from scenewright.core.color_names import lab_colors
from scenewright.core.instance import InstanceTable

Color = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

NO_INSTANCE = (176, 176, 174)
"""Color of what belongs to no instance."""
_GOLDEN = 0.618033988749895
_NUM_OTHERS = 36
"""Number of other colors that an instance may take."""
_REACH = 0.15
"""Largest distance of the boxes of neighbors, as a share of the diagonal of the scene."""
_MOST_NEIGHBORS = 10
"""Number of nearest neighbors that count; no color differs much from those of a whole crowd."""
_TOUCHING, _FAR = 45.0, 20.0
"""Smallest difference (CIE 1976) of the colors of instances that touch, and of neighbors at
`_REACH`; 2.3 is just noticeable."""


def instance_color(instance_id: int) -> Color:
    """The color of an instance of which only the id is known; gray for 0."""
    if instance_id == 0:
        return NO_INSTANCE
    hue = (instance_id * _GOLDEN) % 1.0
    saturation = (0.62, 0.48, 0.78)[instance_id % 3]
    value = (0.93, 0.80, 0.68)[(instance_id // 3) % 3]
    r, g, b = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)


def instance_colors(table: InstanceTable) -> dict[int, Color]:
    """A color per id, clearly different for instances that touch or are near each other.

    An instance takes the color of its id (`instance_color`), unless a neighbor with a lower id has
    a similar one; then it takes the first of a list of others that differs enough from those of
    all neighbors, or else the one that differs most.

    Args:
        table: The instances of a scene; boxes tell which are near each other.

    Returns:
        The color of each id, and gray for 0.
    """
    result: dict[int, Color] = {0: NO_INSTANCE}
    if not len(table):
        return result
    order = np.argsort(table.id, kind="stable")
    half = np.einsum("nij,nj->ni", np.abs(table.rotation), table.size)[order] / 2
    low, high = table.center[order] - half, table.center[order] + half
    colors = np.zeros((len(order), 3))
    reach = _REACH * float(np.linalg.norm(high.max(axis=0) - low.min(axis=0)))
    for k, i in enumerate(table.id[order].tolist()):
        apart = np.maximum(np.maximum(low[:k] - high[k], low[k] - high[:k]), 0)
        share = np.linalg.norm(apart, axis=1) / reach
        near = np.argsort(share, kind="stable")[:_MOST_NEIGHBORS]
        near = near[share[near] <= 1]
        needed = _TOUCHING + (_FAR - _TOUCHING) * share[near]
        candidates = [instance_color(i + step) for step in range(_NUM_OTHERS + 1)]
        shades = lab_colors(np.array(candidates, np.float64))
        differences = np.linalg.norm(shades[:, None] - colors[near], axis=2) / needed
        worst = differences.min(axis=1, initial=np.inf)
        chosen = int(np.argmax(worst >= 1)) if (worst >= 1).any() else int(worst.argmax())
        colors[k] = shades[chosen]
        result[i] = candidates[chosen]
    return result
