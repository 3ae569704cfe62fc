"""What the decision about a pair of regions, and about a whole object, is based on.

The features are lengths in meters, shares and cosines, computed from the sums alone. They do not
depend on the order of the two regions, and hardly on the size of the voxels.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from scenewright.fusion.merging.appearance import (
    APPEARANCE_NAMES,
    NUM_APPEARANCE,
    NUM_TEXTURE,
    TEXTURE_NAMES,
    appearance_features,
    texture_features,
)
from scenewright.fusion.merging.boxes import (
    BOX_NAMES,
    NUM_BOX,
    NUM_TOGETHER,
    TOGETHER_NAMES,
    box_features,
    together_features,
)
from scenewright.fusion.merging.sums import (
    ABOVE,
    AFFINITY,
    AFFINITY_WEIGHT,
    AGREEMENT,
    APART,
    COLOR,
    COLOR_SQUARE,
    CONTACTS,
    CONVEX,
    COUNT,
    FRAMES,
    HIGH,
    LOW,
    MOMENT,
    NORMAL,
    PLACE,
    PLACE_MOMENT,
    POSITION,
    SEEN,
    SHARED,
    STEP_CHROMA,
    STEP_COLOR,
    STEP_NORMAL,
    SUPPORT,
    TOGETHER,
    TOUCH,
    UNKNOWN,
)

SHAPE_NAMES: Final = (
    "area", "thickness", "width", "length", "flatness", "up", "low", "high", "height",
    "color_spread", "support", "agreement", "seen", "frames", "edge_share",
    *TEXTURE_NAMES, *BOX_NAMES,
)  # fmt: skip
"""Features of one region; an object has these and those of `OBJECT_NAMES`."""
NUM_SHAPE: Final = len(SHAPE_NAMES)
LINK_NAMES: Final = (
    "touch", "touch_share", "touch_of_smaller", "border_length", "border_width",
    "border_length_share", "step_color", "step_chroma", "step_normal", "convex", "above",
    "border_up", "mean_lightness", "mean_chroma", "color_sigmas", "cosine", "offset_near",
    "offset_far", "joint_thickness", "joint_excess", "joint_fill", "joint_size", "size_ratio",
    "gap_above", "overlap_height", "distance", "together", "apart", "odds", "shared", "affinity",
    "affinity_weight", "same_level_low", "same_level_high",
    *APPEARANCE_NAMES, *TOGETHER_NAMES,
)  # fmt: skip
"""Features of a pair, after those of its smaller and of its larger region."""
SCENE_NAMES: Final = ("scene_height", "torn_share", "trust")
PAIR_NAMES: Final = (
    *(f"small_{name}" for name in SHAPE_NAMES),
    *(f"large_{name}" for name in SHAPE_NAMES),
    *LINK_NAMES,
    *SCENE_NAMES,
)
"""Names of the features of a pair, in the order of `pair_features`."""
NUM_PAIR: Final = len(PAIR_NAMES)
_TEXTURE: Final = SHAPE_NAMES.index(TEXTURE_NAMES[0])
_BOX: Final = SHAPE_NAMES.index(BOX_NAMES[0])
_APPEARANCE: Final = LINK_NAMES.index(APPEARANCE_NAMES[0])
_TOGETHER: Final = LINK_NAMES.index(TOGETHER_NAMES[0])
_SCENE: Final = len(LINK_NAMES)


@njit(cache=True, nogil=True)
def eigenvalues(xx: float, xy: float, xz: float, yy: float, yz: float, zz: float) -> Any:
    """Eigenvalues of a symmetric 3 x 3 matrix, ascending (Smith, CACM 1961)."""
    mean = (xx + yy + zz) / 3
    off = xy * xy + xz * xz + yz * yz
    spread = (xx - mean) ** 2 + (yy - mean) ** 2 + (zz - mean) ** 2 + 2 * off
    if spread <= 1e-18:
        return mean, mean, mean
    p = np.sqrt(spread / 6)
    a, b, c = (xx - mean) / p, (yy - mean) / p, (zz - mean) / p
    d, e, f = xy / p, xz / p, yz / p
    half = 0.5 * (a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e))
    angle = np.arccos(min(1.0, max(-1.0, half))) / 3
    high = mean + 2 * p * np.cos(angle)
    low = mean + 2 * p * np.cos(angle + 2 * np.pi / 3)
    return low, 3 * mean - high - low, high


@njit(cache=True, nogil=True, inline="always")
def _spreads(sums: Any, count: float) -> Any:
    """Standard deviations along the principal axes, ascending, from position sums."""
    n = max(count, 1.0)
    x, y, z = sums[POSITION] / n, sums[POSITION + 1] / n, sums[POSITION + 2] / n
    low, middle, high = eigenvalues(
        sums[MOMENT] / n - x * x, sums[MOMENT + 1] / n - x * y, sums[MOMENT + 2] / n - x * z,
        sums[MOMENT + 3] / n - y * y, sums[MOMENT + 4] / n - y * z, sums[MOMENT + 5] / n - z * z,
    )  # fmt: skip
    return np.sqrt(max(low, 0.0)), np.sqrt(max(middle, 0.0)), np.sqrt(max(high, 0.0))


@njit(cache=True, nogil=True)
def shape_features(sums: Any, bounds: Any, scene: Any, voxel_size: float, out: Any) -> None:
    """Writes the `NUM_SHAPE` features of one region; see `SHAPE_NAMES`."""
    n = max(sums[COUNT], 1.0)
    thickness, width, length = _spreads(sums, n)
    normal = np.sqrt(sums[NORMAL] ** 2 + sums[NORMAL + 1] ** 2 + sums[NORMAL + 2] ** 2)
    variance = 0.0
    for axis in range(3):
        mean = sums[COLOR + axis] / n
        variance += max(sums[COLOR_SQUARE + axis] / n - mean * mean, 0.0)
    out[0] = np.log(n * voxel_size**2)
    out[1] = thickness
    out[2] = width
    out[3] = length
    out[4] = normal / n
    out[5] = sums[NORMAL + 2] / max(normal, 1e-9)
    out[6] = bounds[LOW + 2] - scene[0]
    out[7] = scene[1] - bounds[HIGH + 2]
    out[8] = bounds[HIGH + 2] - bounds[LOW + 2]
    out[9] = np.sqrt(variance)
    out[10] = sums[SUPPORT] / n
    out[11] = sums[AGREEMENT] / n
    out[12] = sums[SEEN] / n
    out[13] = np.log1p(bounds[FRAMES])
    out[14] = sums[CONTACTS] / n
    texture_features(sums, out[_TEXTURE : _TEXTURE + NUM_TEXTURE])
    box_features(bounds, n * voxel_size**2, voxel_size, out[_BOX : _BOX + NUM_BOX])


@njit(cache=True, nogil=True)
def pair_features(
    sums: Any, bounds: Any, i: int, j: int, link: Any, scene: Any, voxel_size: float, out: Any
) -> None:
    """Writes the `NUM_PAIR` features of a pair of regions; see `PAIR_NAMES`.

    Args:
        sums: (R, NUM_SUMS) sums of all regions.
        bounds: (R, NUM_BOUNDS).
        i: The first region of the pair, in the order of `link`.
        j: The second one.
        link: (NUM_PAIR_SUMS,) sums of the pair.
        scene: (4,) see `RegionGraph.scene`.
        voxel_size: Meters.
        out: (NUM_PAIR,) float32, written.
    """
    small, large = (i, j) if sums[i, COUNT] <= sums[j, COUNT] else (j, i)
    shape_features(sums[small], bounds[small], scene, voxel_size, out[:NUM_SHAPE])
    shape_features(sums[large], bounds[large], scene, voxel_size, out[NUM_SHAPE : 2 * NUM_SHAPE])
    rest = out[2 * NUM_SHAPE :]
    sign = 1.0 if small == i else -1.0
    _border(sums, small, link, sign, voxel_size, out, rest)
    _appearance(sums, small, large, rest)
    _geometry(sums, bounds, small, large, voxel_size, out, rest)
    _evidence(sums, small, link, rest)
    rest[32] = abs(bounds[small, LOW + 2] - bounds[large, LOW + 2])
    rest[33] = abs(bounds[small, HIGH + 2] - bounds[large, HIGH + 2])
    end = _APPEARANCE + NUM_APPEARANCE
    appearance_features(sums[small], sums[large], link, rest[_APPEARANCE:end])
    height = link[PLACE + 2] / link[TOUCH] if link[TOUCH] > 0 else np.nan
    end = _TOGETHER + NUM_TOGETHER
    together_features(bounds[small], bounds[large], height, voxel_size, rest[_TOGETHER:end])
    rest[_SCENE] = scene[1] - scene[0]
    rest[_SCENE + 1] = scene[2]
    rest[_SCENE + 2] = scene[3]


@njit(cache=True, nogil=True)
def _border(
    sums: Any, small: int, link: Any, sign: float, voxel_size: float, out: Any, rest: Any
) -> None:
    """How the two touch: length, color and normals across the border, which one is above."""
    touch = link[TOUCH]
    n = max(touch, 1.0)
    count = max(sums[small, COUNT], 1.0)
    rest[0] = np.log1p(touch)
    rest[1] = touch / max(sums[small, CONTACTS], 1.0)
    rest[2] = touch / count
    x, y, z = link[PLACE] / n, link[PLACE + 1] / n, link[PLACE + 2] / n
    _, middle, high = eigenvalues(
        link[PLACE_MOMENT] / n - x * x, link[PLACE_MOMENT + 1] / n - x * y,
        link[PLACE_MOMENT + 2] / n - x * z, link[PLACE_MOMENT + 3] / n - y * y,
        link[PLACE_MOMENT + 4] / n - y * z, link[PLACE_MOMENT + 5] / n - z * z,
    )  # fmt: skip
    rest[3] = np.sqrt(max(high, 0.0))
    rest[4] = np.sqrt(max(middle, 0.0))
    rest[5] = rest[3] / max(out[3], voxel_size)
    if touch > 0:
        rest[6] = link[STEP_COLOR] / n
        rest[7] = link[STEP_CHROMA] / n
        rest[8] = link[STEP_NORMAL] / n
        rest[9] = link[CONVEX] / n
        rest[10] = -sign * link[ABOVE] / n
        rest[11] = np.sqrt(max(link[PLACE_MOMENT + 5] / n - z * z, 0.0))
    else:
        for column in range(6, 12):
            rest[column] = UNKNOWN


@njit(cache=True, nogil=True)
def _appearance(sums: Any, small: int, large: int, rest: Any) -> None:
    """How much the mean colors differ."""
    n, m = max(sums[small, COUNT], 1.0), max(sums[large, COUNT], 1.0)
    chroma, sigmas, lightness = 0.0, 0.0, 0.0
    for axis in range(3):
        first, second = sums[small, COLOR + axis] / n, sums[large, COLOR + axis] / m
        difference = first - second
        if axis == 0:
            lightness = abs(difference)
        else:
            chroma += difference * difference
        spread = max(sums[small, COLOR_SQUARE + axis] / n - first * first, 0.0)
        spread += max(sums[large, COLOR_SQUARE + axis] / m - second * second, 0.0)
        sigmas += difference * difference / (spread + 4e-4)
    rest[12] = lightness
    rest[13] = np.sqrt(chroma)
    rest[14] = np.sqrt(sigmas)


@njit(cache=True, nogil=True)
def _geometry(
    sums: Any, bounds: Any, small: int, large: int, voxel_size: float, out: Any, rest: Any
) -> None:
    """Planes, extents and positions of the two, and of both together."""
    n, m = max(sums[small, COUNT], 1.0), max(sums[large, COUNT], 1.0)
    near, far, cosine, apart = 0.0, 0.0, 0.0, 0.0
    joint, fill = 0.0, 1.0
    length_small = length_large = 0.0
    for axis in range(3):
        a, b = sums[small, NORMAL + axis], sums[large, NORMAL + axis]
        length_small += a * a
        length_large += b * b
        cosine += a * b
    length_small, length_large = np.sqrt(length_small), np.sqrt(length_large)
    for axis in range(3):
        step = sums[large, POSITION + axis] / m - sums[small, POSITION + axis] / n
        near += step * sums[small, NORMAL + axis] / max(length_small, 1e-9)
        far += step * sums[large, NORMAL + axis] / max(length_large, 1e-9)
        apart += step * step
        low = min(bounds[small, LOW + axis], bounds[large, LOW + axis])
        high = max(bounds[small, HIGH + axis], bounds[large, HIGH + axis])
        side_small = bounds[small, HIGH + axis] - bounds[small, LOW + axis] + voxel_size
        side_large = bounds[large, HIGH + axis] - bounds[large, LOW + axis] + voxel_size
        joint = max(joint, high - low)
        fill *= max(side_small, side_large) / (high - low + voxel_size)
    rest[15] = cosine / max(length_small * length_large, 1e-9)
    rest[16] = min(abs(near), abs(far))
    rest[17] = max(abs(near), abs(far))
    both = sums[small, :NORMAL] + sums[large, :NORMAL]
    thickness, _, _ = _spreads(both, n + m)
    rest[18] = thickness
    rest[19] = thickness - max(out[1], out[NUM_SHAPE + 1])
    rest[20] = fill
    rest[21] = joint
    rest[22] = np.log(m / n)
    rest[23] = bounds[small, LOW + 2] - bounds[large, HIGH + 2]
    overlap = min(bounds[small, HIGH + 2], bounds[large, HIGH + 2]) - max(
        bounds[small, LOW + 2], bounds[large, LOW + 2]
    )
    rest[24] = overlap / (bounds[small, HIGH + 2] - bounds[small, LOW + 2] + voxel_size)
    rest[25] = np.sqrt(apart)


@njit(cache=True, nogil=True)
def _evidence(sums: Any, small: int, link: Any, rest: Any) -> None:
    """What masks and network said about the two."""
    together, apart = link[TOGETHER], link[APART]
    rest[26] = together
    rest[27] = apart
    rest[28] = (together + 0.5) / (together + apart + 1)
    rest[29] = link[SHARED] / max(sums[small, COUNT], 1.0)
    weight = link[AFFINITY_WEIGHT]
    rest[30] = link[AFFINITY] / weight if weight > 0 else UNKNOWN
    rest[31] = weight


@njit(cache=True, nogil=True)
def all_pair_features(
    sums: Any, bounds: Any, pairs: Any, pair_sums: Any, scene: Any, voxel_size: float
) -> NDArray[np.float32]:
    """(P, NUM_PAIR) float32 features of all pairs of a graph; see `RegionGraph`."""
    result = np.empty((pairs.shape[0], NUM_PAIR), np.float32)
    for row in range(pairs.shape[0]):
        i, j = pairs[row, 0], pairs[row, 1]
        pair_features(sums, bounds, i, j, pair_sums[row], scene, voxel_size, result[row])
    return result
