"""Masks that were made on the images of a capture, brought to the pixels of its frames."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Frame, ShapeError

_SHAPE_TOLERANCE = 0.01
"""Relative difference of the aspect ratios of masks and frame; color and depth may differ so."""


Value = TypeVar("Value", bound=np.generic)


def needs_fitting(size: tuple[int, ...], frame: Frame, *, undistort: bool = True) -> bool:
    """Whether masks of (height, width) differ in their pixels from a frame; see `fit_to_frame`."""
    return tuple(size) != frame.camera.size or (undistort and frame.stored_pixels is not None)


def fit_to_frame(
    values: NDArray[Value], frame: Frame, *, where: str, undistort: bool = True
) -> NDArray[Value]:
    """Values of masks at the pixels of a frame, by the nearest pixel.

    Masks of another size are scaled if they have the shape of the frame, up to 1% or one pixel.
    Where the frame was undistorted on reading, so are they.

    Args:
        values: (h, w) ids or booleans of the image as it is stored.
        frame: The frame.
        where: Name in error messages.
        undistort: False if the masks were made on undistorted images.

    Returns:
        (H, W) values; 0 where the stored image shows nothing.

    Raises:
        ShapeError: The shape differs from that of the frame.
    """
    height, width = frame.camera.size
    if not has_shape_of(values.shape, frame):
        raise wrong_size(where, values.shape, frame)
    if not needs_fitting(values.shape, frame, undistort=undistort):
        return values
    stored = frame.stored_pixels if undistort else None
    rows_per_pixel, columns_per_pixel = values.shape[0] / height, values.shape[1] / width
    if stored is None:
        rows = ((np.arange(height) + 0.5) * rows_per_pixel).astype(np.int64)
        columns = ((np.arange(width) + 0.5) * columns_per_pixel).astype(np.int64)
        sampled: NDArray[Value] = values[rows][:, columns]
        return sampled
    known = np.isfinite(stored[..., 0])
    at = stored[known].astype(np.float64)
    columns = np.clip(at[:, 0] * columns_per_pixel, 0, values.shape[1] - 1).astype(np.int64)
    rows = np.clip(at[:, 1] * rows_per_pixel, 0, values.shape[0] - 1).astype(np.int64)
    result = np.zeros((height, width), values.dtype)
    result[known] = values[rows, columns]
    return result


def has_shape_of(size: tuple[int, ...], frame: Frame) -> bool:
    """Whether (height, width) has the shape of a frame, up to 1% or one pixel."""
    height, width = frame.camera.size
    if min(size) < 1:
        return False
    ratio = size[0] * width / (size[1] * height)
    if abs(np.log(ratio)) <= _SHAPE_TOLERANCE:
        return True
    scale = max(size[0] / height, size[1] / width, 1.0)
    return all(
        abs(have - scale * want) <= scale for have, want in zip(size, (height, width), strict=True)
    )


def wrong_size(where: str, size: tuple[int, ...], frame: Frame) -> ShapeError:
    """The error for masks whose (height, width) does not have the shape of their frame."""
    height, width = frame.camera.size
    return ShapeError(
        where,
        expected=f"{width} x {height} pixels, as frame '{frame.name}', or the same shape",
        got=f"{size[1]} x {size[0]}",
        do="Make the masks on the images of the capture, neither cropped nor turned.",
    )
