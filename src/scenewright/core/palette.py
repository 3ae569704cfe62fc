"""One color per instance id, the same in every picture and page."""

from __future__ import annotations

import colorsys

NO_INSTANCE = (176, 176, 174)
"""Color of what belongs to no instance."""
_GOLDEN = 0.618033988749895


def instance_color(instance_id: int) -> tuple[int, int, int]:
    """A color for an id, well separated from the colors of nearby ids; gray for 0.

    Returns:
        Red, green and blue, 0 to 255.
    """
    if instance_id == 0:
        return NO_INSTANCE
    hue = (instance_id * _GOLDEN) % 1.0
    saturation = (0.62, 0.48, 0.78)[instance_id % 3]
    value = (0.93, 0.80, 0.68)[(instance_id // 3) % 3]
    r, g, b = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)
