"""Grids of point prompts over an image and over crops of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_OVERLAP = 512 / 1500
"""Overlap of neighboring crops as a share of the shorter side, as published with Segment
Anything."""


def point_grid(num_per_side: int, *, height: int, width: int) -> NDArray[np.float32]:
    """(num_per_side squared, 2) x and y in pixels, at the centers of equal cells, row by row."""
    steps = (np.arange(num_per_side) + 0.5) / num_per_side
    x, y = np.meshgrid(steps * width, steps * height)
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def crop_windows(height: int, width: int, *, layers: int) -> list[tuple[int, int, int, int]]:
    """The whole image, and for each layer i its 4^i overlapping crops.

    Args:
        height: Pixels.
        width: Pixels.
        layers: Number of layers; 0 gives the whole image only.

    Returns:
        (x, y, x, y) bounds in pixels; the right and lower bounds are exclusive.
    """
    windows = [(0, 0, width, height)]
    for layer in range(1, layers + 1):
        count = 2**layer
        overlap = int(_OVERLAP * min(height, width) * 2 / count)
        rows, columns = _spans(height, count, overlap), _spans(width, count, overlap)
        windows += [(x, y, x_end, y_end) for y, y_end in rows for x, x_end in columns]
    return windows


def _spans(length: int, count: int, overlap: int) -> list[tuple[int, int]]:
    size = math.ceil((overlap * (count - 1) + length) / count)
    firsts = [i * (size - overlap) for i in range(count)]
    return [(first, min(first + size, length)) for first in firsts]


def is_cut(
    mask: NDArray[np.bool_], window: tuple[int, int, int, int], size: tuple[int, int]
) -> bool:
    """Whether a mask of a crop reaches an edge of the crop that is not an edge of the image.

    Args:
        mask: (h, w) bool, the crop.
        window: (x, y, x, y) bounds of the crop, pixels.
        size: (height, width) of the image, pixels.
    """
    x, y, x_end, y_end = window
    height, width = size
    return bool(
        (x > 0 and mask[:, 0].any())
        or (y > 0 and mask[0].any())
        or (x_end < width and mask[:, -1].any())
        or (y_end < height and mask[-1].any())
    )
