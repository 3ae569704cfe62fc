"""Upright boxes around regions: how well two regions share one, and how they stand to each other.

A box stands upright and is turned about the vertical axis to one of `NUM_TURNS` angles, the one
with the smallest footprint. Parts of one piece of furniture often fill one box together and end at
its faces; things that only touch do not.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

from scenewright.fusion.merging.sums import HIGH, LOW, NUM_DIRECTIONS, REACH, UNKNOWN

NUM_TURNS: Final = NUM_DIRECTIONS // 4
"""Number of angles between 0 and 90 degrees."""
BOX_NAMES: Final = ("box_long", "box_short", "box_cover")
"""Features of one region: longer and shorter side of its footprint, meters; area of its surface
relative to that of its box."""
NUM_BOX: Final = len(BOX_NAMES)
TOGETHER_NAMES: Final = (
    "box_sum", "box_growth", "box_inside", "box_gap", "box_above", "footprint_overlap",
    "common_faces", "turned", "border_on_small", "border_on_large", "shape_difference",
)  # fmt: skip
"""Features of a pair. Of the box around both: logarithm of the share that the two boxes fill, and
of its size relative to the larger one's box. Share of the smaller one's box inside the larger
one's; horizontal gap between both; height of the smaller one's bottom above the larger one's top
where their footprints overlap, otherwise -2; share of the smaller footprint above or below the
larger one; number of faces of the box around both at which both end; how much larger the smaller
one's footprint is if it is turned like the larger one; height of the border within each, 0 at its
bottom and 1 at its top; largest ratio of corresponding sides (logarithm)."""
NUM_TOGETHER: Final = len(TOGETHER_NAMES)
_SAME_FACE: Final = 0.03
"""Largest distance of two faces that are one, meters."""


@njit(cache=True, nogil=True, inline="always")
def _sides(bounds: Any, turn: int, voxel_size: float) -> Any:
    """The two sides of the footprint at a turn, meters."""
    half, quarter = NUM_DIRECTIONS // 2, NUM_DIRECTIONS // 4
    first, second = REACH + turn, REACH + turn + quarter
    return (
        max(bounds[first] + bounds[first + half], 0.0) + voxel_size,
        max(bounds[second] + bounds[second + half], 0.0) + voxel_size,
    )


@njit(cache=True, nogil=True)
def best_turn(bounds: Any, voxel_size: float) -> int:
    """The turn with the smallest footprint."""
    best, least = 0, np.inf
    for turn in range(NUM_TURNS):
        a, b = _sides(bounds, turn, voxel_size)
        if a * b < least * (1 - 1e-6):
            best, least = turn, a * b
    return best


@njit(cache=True, nogil=True)
def box_features(bounds: Any, area: float, voxel_size: float, out: Any) -> None:
    """Writes the `NUM_BOX` features of one region; see `BOX_NAMES`.

    Args:
        bounds: (NUM_BOUNDS,) bounds of the region.
        area: Area of its surface, square meters.
        voxel_size: Meters.
        out: (NUM_BOX,) float32, written.
    """
    a, b = _sides(bounds, best_turn(bounds, voxel_size), voxel_size)
    height = max(bounds[HIGH + 2] - bounds[LOW + 2], 0.0) + voxel_size
    out[0] = max(a, b)
    out[1] = min(a, b)
    out[2] = area / (2 * (a * b + a * height + b * height))


@njit(cache=True, nogil=True)
def together_features(
    small: Any, large: Any, border_height: float, voxel_size: float, out: Any
) -> None:
    """Writes the `NUM_TOGETHER` features of a pair; see `TOGETHER_NAMES`.

    Args:
        small: (NUM_BOUNDS,) bounds of the smaller region.
        large: (NUM_BOUNDS,) bounds of the larger region.
        border_height: Mean height of their border, meters; NaN = they do not touch.
        voxel_size: Meters.
        out: (NUM_TOGETHER,) float32, written.
    """
    turn_small, turn_large = best_turn(small, voxel_size), best_turn(large, voxel_size)
    a, b = _sides(small, turn_small, voxel_size)
    c, d = _sides(large, turn_large, voxel_size)
    low_small, high_small = small[LOW + 2], max(small[HIGH + 2], small[LOW + 2])
    low_large, high_large = large[LOW + 2], max(large[HIGH + 2], large[LOW + 2])
    height_small = high_small - low_small + voxel_size
    height_large = high_large - low_large + voxel_size
    turned_small, turned_large = _sides(small, turn_large, voxel_size)
    out[7] = np.log(turned_small * turned_large / (a * b))
    out[10] = max(
        abs(np.log(max(a, b) / max(c, d))),
        max(abs(np.log(min(a, b) / min(c, d))), abs(np.log(height_small / height_large))),
    )
    footprint, faces = _around_both(small, large, voxel_size)
    joint = footprint * (max(high_small, high_large) - min(low_small, low_large) + voxel_size)
    out[0] = np.log((a * b * height_small + c * d * height_large) / joint)
    out[1] = np.log(joint / (c * d * height_large))
    faces += abs(low_small - low_large) <= _SAME_FACE
    faces += abs(high_small - high_large) <= _SAME_FACE
    out[6] = faces
    common, gap = _footprints(small, large, turn_large, voxel_size)
    overlap = min(high_small, high_large) - max(low_small, low_large) + voxel_size
    out[2] = common * min(max(overlap / height_small, 0.0), 1.0)
    out[3] = gap
    out[4] = low_small - high_large if common > 0 else UNKNOWN
    out[5] = common
    if np.isnan(border_height):
        out[8] = UNKNOWN
        out[9] = UNKNOWN
    else:
        out[8] = (border_height - low_small + 0.5 * voxel_size) / height_small
        out[9] = (border_height - low_large + 0.5 * voxel_size) / height_large


@njit(cache=True, nogil=True, inline="always")
def _around_both(small: Any, large: Any, voxel_size: float) -> Any:
    """Area of the smallest footprint around both, and the number of its sides that both reach."""
    half, quarter = NUM_DIRECTIONS // 2, NUM_DIRECTIONS // 4
    least, faces = np.inf, 0
    for turn in range(NUM_TURNS):
        area, reached = 1.0, 0
        for axis in range(2):
            side = voxel_size
            for sign in range(2):
                k = REACH + turn + axis * quarter + sign * half
                side += max(small[k], large[k])
                reached += abs(small[k] - large[k]) <= _SAME_FACE
            area *= side
        if area < least * (1 - 1e-6):
            least, faces = area, reached
    return least, faces


@njit(cache=True, nogil=True, inline="always")
def _footprints(small: Any, large: Any, turn: int, voxel_size: float) -> Any:
    """Share of the smaller footprint inside the larger one, and the gap between both, meters."""
    half, quarter = NUM_DIRECTIONS // 2, NUM_DIRECTIONS // 4
    share, gap = 1.0, 0.0
    for axis in range(2):
        first = REACH + turn + axis * quarter
        second = first + half
        overlap = min(small[first], large[first]) + min(small[second], large[second]) + voxel_size
        side = small[first] + small[second] + voxel_size
        share *= min(max(overlap / side, 0.0), 1.0)
        gap += max(-overlap, 0.0) ** 2
    return share, np.sqrt(gap)
