"""Pictures of single objects and of their masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ConventionError, ShapeError
from scenewright.data.generation.folders import CUTOUT_SIZE


def cut_out(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], *, size: int = CUTOUT_SIZE
) -> NDArray[np.uint8]:
    """An object alone: its bounding box, resized and centered on a transparent square.

    Color and alpha are resized separately, so that the colors around the object are those of the
    image.

    Args:
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) pixels of the object.
        size: Side of the square, which is the longer side of the bounding box afterwards.

    Returns:
        (size, size, 4) uint8 RGBA.

    Raises:
        ShapeError: Image and mask differ in size.
        ConventionError: The mask is empty.
    """
    if image.shape[:2] != mask.shape:
        raise ShapeError("Mask", expected=f"shape {image.shape[:2]}", got=f"{mask.shape}")
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise ConventionError("Mask", expected="at least one pixel", got="an empty mask")
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = mask[window].shape
    scale = size / max(height, width)
    fitted = (max(int(width * scale), 1), max(int(height * scale), 1))
    alpha = mask[window].astype(np.uint8) * 255
    resized = np.dstack([_resized(image[window], fitted), _resized(alpha, fitted)])
    canvas = np.zeros((size, size, 4), np.uint8)
    top, left = (size - fitted[1]) // 2, (size - fitted[0]) // 2
    canvas[top : top + fitted[1], left : left + fitted[0]] = resized
    return canvas


def mask_image(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 picture of a mask, white on black."""
    return np.repeat(mask.astype(np.uint8)[:, :, None] * 255, 3, axis=2)


def _resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    return np.array(picture.resize(size, Image.Resampling.BILINEAR))
