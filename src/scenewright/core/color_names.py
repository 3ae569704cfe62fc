"""English words for colors, as shares, so that a color between two words belongs to both."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

COLOR_WORDS = (
    "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "beige", "black",
    "white", "gray",
)  # fmt: skip
"""The words; the eleven basic color terms of English (Berlin and Kay, 1969), and beige."""
_EXAMPLES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "red": ((200, 30, 30), (150, 20, 25), (222, 70, 62), (115, 22, 24), (190, 60, 70)),
    "orange": ((240, 130, 30), (222, 105, 20), (232, 150, 75), (205, 110, 50)),
    "yellow": ((240, 220, 40), (215, 190, 40), (248, 234, 125), (190, 175, 60)),
    "green": ((40, 150, 50), (30, 90, 40), (120, 190, 80), (90, 130, 60), (150, 215, 150),
              (55, 110, 85), (40, 170, 120), (125, 140, 55), (100, 160, 125)),
    "blue": ((40, 80, 200), (30, 50, 120), (100, 160, 230), (60, 120, 160), (25, 35, 85),
             (90, 185, 215), (70, 90, 140), (35, 140, 170), (150, 190, 220), (95, 120, 150)),
    "purple": ((120, 50, 150), (80, 40, 110), (160, 110, 190), (100, 60, 95), (120, 100, 200),
               (150, 60, 130)),
    "pink": ((240, 130, 170), (250, 180, 200), (220, 80, 140), (225, 150, 150), (200, 120, 150)),
    "brown": ((120, 75, 40), (90, 60, 40), (150, 105, 65), (70, 45, 30), (165, 120, 85),
              (130, 95, 70), (105, 55, 35)),
    "beige": ((222, 200, 168), (205, 180, 145), (232, 215, 190), (190, 170, 140), (212, 195, 160)),
    "black": ((12, 12, 12), (38, 38, 40), (30, 28, 26)),
    "white": ((248, 248, 248), (228, 227, 222), (238, 236, 228)),
    "gray": ((128, 128, 128), (165, 165, 165), (90, 90, 92), (195, 195, 193), (65, 65, 67),
             (120, 118, 112)),
}  # fmt: skip
_SPREAD = 8.0
"""Difference of colors (CIE 1976) at which a word loses most of its share to the nearest one."""
_LEVELS = 32


def color_shares(colors: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How much of a surface each word describes.

    Args:
        colors: (N, 3) uint8 sRGB of its points, at least one.

    Returns:
        (12,) shares in the order of `COLOR_WORDS`, which sum to 1.
    """
    cells = np.asarray(colors, np.int64) * _LEVELS // 256
    flat = (cells[:, 0] * _LEVELS + cells[:, 1]) * _LEVELS + cells[:, 2]
    used, counts = np.unique(flat, return_counts=True)
    shares: NDArray[np.float64] = counts @ _table()[used] / len(colors)
    shares /= shares.sum()
    return shares


def word_weights(colors: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 12) how well each word describes each of (N, 3) sRGB colors, 0 to 255; rows sum to 1."""
    shades = lab_colors(np.asarray(colors, np.float64))
    nearest = np.stack(
        [
            np.linalg.norm(
                shades[:, None] - lab_colors(np.array(_EXAMPLES[word], np.float64)), axis=2
            ).min(axis=1)
            for word in COLOR_WORDS
        ],
        axis=1,
    )
    closeness = -0.5 * (nearest / _SPREAD) ** 2
    weights: NDArray[np.float64] = np.exp(closeness - closeness.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return weights


def lab_colors(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) colors in CIE L*a*b* (D65), where distances are differences as seen.

    Args:
        rgb: (N, 3) sRGB, 0 to 255.
    """
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = linear @ to_xyz.T / to_xyz.sum(axis=1)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@functools.cache
def _table() -> NDArray[np.float64]:
    """(32768, 12) weights of the words for a grid of colors."""
    levels = (np.arange(_LEVELS) + 0.5) * 256 / _LEVELS
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    return np.concatenate([word_weights(part) for part in np.array_split(grid, 8)])
