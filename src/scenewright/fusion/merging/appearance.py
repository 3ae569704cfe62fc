"""Color and texture of regions, and how a border compares with what lies inside both sides.

A step of color or normal across a border says little by itself: on a print or under noise, such
steps are everywhere. Here it is divided by the steps between the voxels inside the two regions.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

from scenewright.fusion.merging.sums import (
    COUNT,
    EDGE,
    INNER,
    INNER_COLOR,
    INNER_NORMAL,
    NUM_GRAYS,
    NUM_HUES,
    PALETTE,
    STEP_COLOR,
    STEP_NORMAL,
    TEXTURE,
    TEXTURE_SQUARE,
    TEXTURED,
    TOUCH,
    UNKNOWN,
)

TEXTURE_NAMES: Final = ("texture", "texture_spread", "inner_color", "inner_bend")
"""Features of one region: mean and standard deviation of the contrast within voxels, mean steps
of color and normal between neighboring voxels."""
NUM_TEXTURE: Final = len(TEXTURE_NAMES)
APPEARANCE_NAMES: Final = (
    "texture_ratio", "texture_sigmas", "palette_overlap", "edge_color", "edge_chroma",
    "edge_coherence", "edge_to_plain", "edge_to_rough", "edge_bend",
)  # fmt: skip
"""Features of a pair: ratio and distance of the two textures; common share of the histograms of
color; length of the mean step of color across the border, with and without lightness, and its
share of the mean length of the steps; the mean length relative to the steps inside the plainer and
inside the rougher side; the steps of the normals relative to those inside both sides."""
NUM_APPEARANCE: Final = len(APPEARANCE_NAMES)
_LEAST_STEP: Final = 0.01
"""Added to steps of color before they are divided; smaller ones are noise."""
_LEAST_TEXTURE: Final = 0.005
"""The same for contrasts ..."""
_LEAST_BEND: Final = 0.01
"""... and for 1 - cosine of two normals."""


@njit(cache=True, nogil=True)
def texture_features(sums: Any, out: Any) -> None:
    """Writes the `NUM_TEXTURE` features of one region; see `TEXTURE_NAMES`."""
    number = sums[TEXTURED]
    if number > 0:
        mean = sums[TEXTURE] / number
        out[0] = mean
        out[1] = np.sqrt(max(sums[TEXTURE_SQUARE] / number - mean * mean, 0.0))
    else:
        out[0] = UNKNOWN
        out[1] = UNKNOWN
    inner = sums[INNER]
    out[2] = sums[INNER_COLOR] / inner if inner > 0 else UNKNOWN
    out[3] = 1 - sums[INNER_NORMAL] / inner if inner > 0 else UNKNOWN


@njit(cache=True, nogil=True)
def appearance_features(small: Any, large: Any, link: Any, out: Any) -> None:
    """Writes the `NUM_APPEARANCE` features of a pair; see `APPEARANCE_NAMES`.

    Args:
        small: (NUM_SUMS,) sums of the smaller region.
        large: (NUM_SUMS,) sums of the larger region.
        link: (NUM_PAIR_SUMS,) sums of the pair.
        out: (NUM_APPEARANCE,) float32, written.
    """
    out[:] = UNKNOWN
    if small[TEXTURED] > 0 and large[TEXTURED] > 0:
        first, second = small[TEXTURE] / small[TEXTURED], large[TEXTURE] / large[TEXTURED]
        spread = max(small[TEXTURE_SQUARE] / small[TEXTURED] - first * first, 0.0)
        spread += max(large[TEXTURE_SQUARE] / large[TEXTURED] - second * second, 0.0)
        out[0] = abs(np.log((first + _LEAST_TEXTURE) / (second + _LEAST_TEXTURE)))
        out[1] = abs(first - second) / np.sqrt(spread + _LEAST_TEXTURE**2)
    common = 0.0
    for column in range(PALETTE, PALETTE + NUM_GRAYS + NUM_HUES):
        common += min(
            small[column] / max(small[COUNT], 1.0), large[column] / max(large[COUNT], 1.0)
        )
    out[2] = common
    touch = link[TOUCH]
    if touch <= 0:
        return
    chroma = link[EDGE + 1] ** 2 + link[EDGE + 2] ** 2
    out[3] = np.sqrt(chroma + link[EDGE] ** 2) / touch
    out[4] = np.sqrt(chroma) / touch
    out[5] = out[3] / (link[STEP_COLOR] / touch + _LEAST_STEP)
    _relative_steps(small, large, link, out)


@njit(cache=True, nogil=True, inline="always")
def _relative_steps(small: Any, large: Any, link: Any, out: Any) -> None:
    """Steps across the border relative to those inside; UNKNOWN if nothing lies inside."""
    plain, rough, total, same = np.inf, 0.0, 0.0, 0.0
    for side in (small, large):
        if side[INNER] > 0:
            plain = min(plain, side[INNER_COLOR] / side[INNER])
            rough = max(rough, side[INNER_COLOR] / side[INNER])
            total += side[INNER]
            same += side[INNER_NORMAL]
    if total <= 0:
        return
    step = link[STEP_COLOR] / link[TOUCH] + _LEAST_STEP
    out[6] = np.log(step / (plain + _LEAST_STEP))
    out[7] = np.log(step / (rough + _LEAST_STEP))
    bend = max(1 - link[STEP_NORMAL] / link[TOUCH], 0.0) + _LEAST_BEND
    out[8] = np.log(bend / (max(1 - same / total, 0.0) + _LEAST_BEND))
