"""Crops of masks: three per mask, padded to squares so that nothing is distorted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scenewright.core import MaskSet, ShapeError

GROWTHS = (0.0, 0.1, 0.2)
"""Share of its width and height by which each crop grows the box of a mask on each side."""
_WHITE = 255


def mask_crops(
    image: NDArray[np.uint8], masks: MaskSet, *, keep_background: bool = True
) -> Iterator[NDArray[np.uint8]]:
    """Yields `len(GROWTHS)` square crops around each mask, mask by mask.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: Masks of the same size as the image.
        keep_background: False paints the pixels outside of the mask white.

    Yields:
        (S, S, 3) uint8 squares of different sizes.

    Raises:
        ShapeError: Image and masks differ in size.
    """
    if image.shape[:2] != (masks.height, masks.width):
        raise ShapeError(
            "masks to encode",
            expected=f"{image.shape[1]} x {image.shape[0]}, as the image",
            got=f"{masks.width} x {masks.height}",
        )
    for index, box in enumerate(masks.boxes().astype(int)):
        visible = image
        if not keep_background:
            visible = np.full_like(image, _WHITE)
            pixels = masks.pixels(index)
            visible.reshape(-1, 3)[pixels] = image.reshape(-1, 3)[pixels]
        for growth in GROWTHS:
            x, y, x_end, y_end = grow_box(box, growth, height=masks.height, width=masks.width)
            yield pad_to_square(visible[y:y_end, x:x_end])


def grow_box(
    box: NDArray[np.integer], share: float, *, height: int, width: int
) -> tuple[int, int, int, int]:
    """Grows a box on each side and clips it to the image.

    Args:
        box: (4,) x, y, x, y in pixels.
        share: Share of the width and height to add on each side, rounded down to pixels.
        height: Of the image, pixels.
        width: Of the image, pixels.

    Returns:
        The bounds x, y, x, y in pixels.
    """
    x, y, x_end, y_end = (int(value) for value in box)
    more_x, more_y = int((x_end - x) * share), int((y_end - y) * share)
    return (
        max(x - more_x, 0),
        max(y - more_y, 0),
        min(x_end + more_x, width),
        min(y_end + more_y, height),
    )


def pad_to_square(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An (H, W, 3) image in the middle of a white square as large as its longer side."""
    height, width = image.shape[:2]
    side = max(height, width)
    square = np.full((side, side, 3), _WHITE, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = image
    return square
