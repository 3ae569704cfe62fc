"""Preparation of pictures as published: square crops on black, resized for the image encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ConventionError, MaskSet

MARGIN = 1.2
"""Side of a crop over the longer side of the box of its object."""
_OPAQUE = 0.8 * 255
_TAPS = 8
"""Pixels per axis that a resampled pixel is made of."""

_Pixel = TypeVar("_Pixel", bound=np.generic)
FloatImage = NDArray[np.float32]
"""(H, W, 3) RGB in [0, 1]."""


@dataclass(frozen=True)
class CropBox:
    """A square of pixels, which may reach over the edges of the picture.

    Attributes:
        left: First column.
        top: First row.
        right: Column behind the last one.
        bottom: Row behind the last one.
    """

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, mask: NDArray[np.bool_], *, name: str) -> CropBox:
        """The square around the box of a mask, larger by the margin.

        Args:
            mask: (H, W).
            name: What the mask is, for messages.

        Raises:
            ConventionError: The mask is empty, or a single pixel.
        """
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            raise ConventionError(name, expected="at least one pixel", got="none")
        side = int(max(np.ptp(rows), np.ptp(columns)) * MARGIN)
        if side < 2:
            raise ConventionError(
                name,
                expected="an object of at least 3 pixels in width or height",
                got=f"{len(columns)} x {len(rows)} pixels",
                do="Remove the mask, or draw it on a larger picture.",
            )
        half = side // 2
        x, y = (float(ends[0] + ends[-1]) / 2 for ends in (columns, rows))
        return cls(round(x - half), round(y - half), round(x + half), round(y + half))

    def cut(self, pixels: NDArray[_Pixel]) -> NDArray[_Pixel]:
        """The pixels (H, W, ...) in the square; zeros beyond the edges of the picture."""
        height, width = pixels.shape[:2]
        result = np.zeros(
            (self.bottom - self.top, self.right - self.left, *pixels.shape[2:]), pixels.dtype
        )
        top, left = max(self.top, 0), max(self.left, 0)
        bottom, right = min(self.bottom, height), min(self.right, width)
        if bottom > top and right > left:
            result[top - self.top : bottom - self.top, left - self.left : right - self.left] = (
                pixels[top:bottom, left:right]
            )
        return result


def dense_mask(masks: MaskSet, index: int) -> NDArray[np.bool_]:
    """One mask of a set as (H, W) bool."""
    flat = np.zeros(masks.height * masks.width, np.bool_)
    flat[masks.pixels(index)] = True
    return flat.reshape(masks.height, masks.width)


def object_crop(
    image: NDArray[np.uint8], mask: NDArray[np.bool_], *, side: int, name: str
) -> FloatImage:
    """An object on black, as TRELLIS prepares it.

    Args:
        image: (H, W, 3) RGB.
        mask: (H, W) of the object.
        side: Pixels per side of the result.
        name: What the mask is, for messages.
    """
    box = CropBox.around(mask, name=name)
    alpha = np.where(box.cut(mask), 255, 0).astype(np.uint8)
    return _on_black(np.dstack([box.cut(image), alpha]), side)


def cutout_crop(cutout: NDArray[np.uint8], *, side: int, name: str) -> FloatImage:
    """The same from a picture (h, w, 4) RGBA of the object alone."""
    box = CropBox.around(cutout[..., 3] > _OPAQUE, name=name)
    return _on_black(box.cut(cutout), side)


def mask_picture(mask: NDArray[np.bool_], *, side: int) -> FloatImage:
    """The whole mask, white on black, which tells where in the picture the object is."""
    return _resized(np.repeat(np.where(mask, 255, 0).astype(np.uint8)[..., None], 3, 2), side)


def scene_picture(image: NDArray[np.uint8], *, side: int) -> FloatImage:
    """The whole picture, stretched to a square."""
    return _resized(image, side)


def padded_picture(image: NDArray[np.uint8], *, side: int, patch: int) -> FloatImage:
    """The whole picture, not stretched, on a white square, as VGGT takes it.

    Args:
        image: (H, W, 3) RGB.
        side: Pixels per side of the result.
        patch: Side of the network's patches; the shorter side is rounded to a multiple of it.
    """
    height, width = image.shape[:2]
    factor = side / max(height, width)
    size = [side if n == max(height, width) else max(round(n * factor / patch), 1) * patch
            for n in (width, height)]  # fmt: skip
    small = np.asarray(Image.fromarray(image).resize((size[0], size[1]), Image.Resampling.BICUBIC))
    result = np.ones((side, side, 3), np.float32)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    result[top : top + size[1], left : left + size[0]] = small.astype(np.float32) / 255
    return result


def scene_space_crops(image: NDArray[np.uint8], masks: MaskSet, *, side: int) -> list[FloatImage]:
    """The three pictures per instance of I-Scene, instance after instance.

    In the square around all objects: the instance alone, and all objects; in the square around the
    instance: the instance alone. The rest is black.

    Args:
        image: (H, W, 3) RGB.
        masks: N masks.
        side: Pixels per side of the results.
    """
    dense = [dense_mask(masks, index) for index in range(len(masks))]
    union = np.logical_or.reduce(dense)
    box = CropBox.around(union, name="The masks together")
    pixels = box.cut(image)
    whole = _lanczos(pixels * box.cut(union)[..., None], side)
    result = []
    for index, mask in enumerate(dense):
        inside = box.cut(mask)
        alone = pixels * inside[..., None]
        tight = CropBox.around(inside, name=f"Mask {masks.ids[index]}")
        result += [_lanczos(alone, side), whole]
        result.append(_lanczos(tight.cut(alone), side))
    return result


def _on_black(rgba: NDArray[np.uint8], side: int) -> FloatImage:
    """RGBA to RGB times alpha, resized and truncated to 8 bits."""
    small = Image.fromarray(rgba).resize((side, side), Image.Resampling.LANCZOS)
    pixels = np.asarray(small, np.float32) / 255
    painted = pixels[..., :3] * pixels[..., 3:]
    return (painted * 255).astype(np.uint8).astype(np.float32) / np.float32(255)


def _resized(rgb: NDArray[np.uint8], side: int) -> FloatImage:
    small = Image.fromarray(rgb).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small).astype(np.float32) / np.float32(255)


def _lanczos(pixels: NDArray[np.uint8], side: int) -> FloatImage:
    """Resamples with the 8-pixel Lanczos kernel without a low-pass filter, clipped to [0, 1].

    Only rows that are used become floats, since a square around a large picture has many pixels.
    """
    tall = _along_rows(pixels, side)
    wide = _along_rows(tall.transpose(1, 0, 2), side).transpose(1, 0, 2)
    return np.clip(wide, 0.0, 1.0)


def _along_rows(pixels: NDArray[np.uint8] | FloatImage, side: int) -> FloatImage:
    """(H, W, 3) bytes, or floats in [0, 1], to (side, W, 3) floats."""
    rows, weights = _taps(len(pixels), side)
    result = np.zeros((side, *pixels.shape[1:]), np.float32)
    for tap in range(_TAPS):
        taken = pixels[rows[:, tap]].astype(np.float32)
        if pixels.dtype == np.uint8:
            taken /= np.float32(255)
        result += weights[:, tap, None, None] * taken
    return result


def _taps(size: int, side: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(side, 8) source pixels of each result pixel, repeated at the edges, and their weights."""
    places = (np.arange(side) + 0.5) * size / side - 0.5
    first = np.floor(places).astype(np.int64)
    steps = np.arange(_TAPS) - (_TAPS // 2 - 1)
    distance = (places - first)[:, None] - steps
    weights = np.sinc(distance) * np.sinc(distance / (_TAPS // 2))
    weights /= weights.sum(1, keepdims=True)
    return np.clip(first[:, None] + steps, 0, size - 1), weights.astype(np.float32)
