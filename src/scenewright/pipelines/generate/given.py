"""Pictures, masks and depth as they are given: paths, arrays, or images of Pillow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import ConventionError
from scenewright.pipelines.generate.pictures_in import (
    depth_meters,
    image_labels,
    picture_path,
    picture_pixels,
    read_picture,
    read_stored_depth,
)

Given = str | os.PathLike[str] | NDArray[Any] | Image.Image
"""A path, an array, or an image of Pillow."""
_LARGEST_LABEL = np.iinfo(np.int32).max
_DEPTH = "depth"
"""Stands for the file of depth that is given as an array."""


@dataclass(frozen=True, eq=False)
class GivenPicture:
    """A picture.

    Attributes:
        path: Its file; ``picture 1`` and so on where it is none.
        folder: The folder of SceneGen's data set that it is from, or None.
        pixels: (H, W, 3) uint8 RGB.
        opaque: (H, W) what is opaque, or None if all is.
    """

    path: Path
    folder: Path | None
    pixels: NDArray[np.uint8]
    opaque: NDArray[np.bool_] | None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True, eq=False)
class GivenDepth:
    """Depth of a picture.

    Attributes:
        meters: (H, W) float32, 0 where unknown.
        is_scaled: Whether it was stored in units of the depth scale.
        is_unusual: Whether such units were in an array, where meters are usual.
    """

    meters: NDArray[np.float32]
    is_scaled: bool
    is_unusual: bool


def read_given_picture(given: Given, number: int) -> GivenPicture:
    """Reads a picture.

    Args:
        given: A path, a folder with scene.jpg, (H, W, 3) or (H, W, 4) uint8, or an image.
        number: Its position from 1, for messages.

    Raises:
        ConventionError: It is none of these.
        FormatError: It is missing or damaged, or has 16 bits.
    """
    if isinstance(given, str | os.PathLike):
        source = Path(given)
        path = picture_path(source)
        pixels, opaque = read_picture(path)
        return GivenPicture(path, source if source.is_dir() else None, pixels, opaque)
    name = f"picture {number}"
    image = given
    if isinstance(given, np.ndarray):
        if given.dtype != np.uint8 or given.ndim != 3 or given.shape[2] not in (3, 4):
            raise _wrong(name, _PICTURE, given)
        image = Image.fromarray(given)
    if not isinstance(image, Image.Image):
        raise _wrong(name, _PICTURE, given)
    pixels, opaque = picture_pixels(image, name=name)
    return GivenPicture(Path(name), None, pixels, opaque)


_PICTURE = "a path, an (H, W, 3) or (H, W, 4) uint8 array, or a PIL image"
_MASKS = (
    "the path of a label image or a folder, the name of a mask backend, an (H, W) array of labels, "
    "a PIL image, or a list of them, one per picture"
)


def split_masks(given: Any) -> tuple[tuple[str, ...], tuple[NDArray[Any] | Image.Image, ...]]:
    """Masks that are paths or names, and those that are arrays or images.

    Args:
        given: One of them, or a sequence with one per picture.

    Raises:
        ConventionError: It is neither, or both.
    """
    parts: Sequence[Any] = (given,)
    if isinstance(given, list | tuple):
        parts = given
    elif given is None:
        raise _wrong("masks", _MASKS, given)
    texts = tuple(os.fspath(part) for part in parts if isinstance(part, str | os.PathLike))
    images = tuple(part for part in parts if isinstance(part, np.ndarray | Image.Image))
    if len(texts) == len(parts) or len(images) == len(parts):
        return texts, images
    wrong = next((part for part in parts if not isinstance(part, str | os.PathLike)), parts[0])
    raise _wrong("masks", _MASKS, wrong)


def given_labels(
    given: NDArray[Any] | Image.Image, number: int
) -> tuple[NDArray[np.int32], dict[int, str]]:
    """Labels in memory; see `image_labels`.

    Args:
        given: (H, W) integers or booleans, 0 = no object; or an image.
        number: Position of its picture from 1, for messages.

    Raises:
        ConventionError: It has another shape or type, or labels below 0.
        FormatError: An image has too many colors.
    """
    name = f"masks of picture {number}"
    if isinstance(given, Image.Image):
        return image_labels(given, name=name)
    if given.ndim != 2 or given.dtype.kind not in "biu":
        raise _wrong(name, "(H, W) integers or booleans, 0 where there is no object", given)
    low, high = (int(given.min()), int(given.max())) if given.size else (0, 0)
    if low < 0 or high > _LARGEST_LABEL:
        raise ConventionError(
            name, expected=f"labels from 0 to {_LARGEST_LABEL}", got=f"{low} to {high}"
        )
    return given.astype(np.int32), {}


def given_depth(given: Given, *, size: tuple[int, int], scale: float) -> GivenDepth:
    """Depth from a path, or from (H, W): floats in meters, or integers.

    Args:
        given: One of them.
        size: Height and width of the picture.
        scale: Stored units per meter of integers.

    Raises:
        ConventionError: It is neither, or these cannot be meters.
        FormatError: It is missing, damaged, no depth, or has no reading.
        ShapeError: It has another size than the picture.
    """
    path, is_array = Path(_DEPTH), True
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        given, is_array = read_stored_depth(path), path.suffix.lower() == ".npy"
    if not isinstance(given, np.ndarray):
        raise _wrong(_DEPTH, "a path, or an (H, W) array in meters", given)
    meters = depth_meters(given, size=size, scale=scale, path=path)
    is_scaled = given.dtype.kind in "iu"
    return GivenDepth(meters, is_scaled, is_array and is_scaled)


def boxes_as_text(boxes: Any) -> tuple[str, ...]:
    """Boxes as the option ``--boxes`` takes them.

    Args:
        boxes: Each x0, y0, x1, y1.

    Raises:
        ConventionError: These are no boxes of four numbers.
    """
    expected = "a list of boxes, each of 4 numbers x0, y0, x1, y1"
    try:
        values = np.asarray(boxes if len(boxes) else np.zeros((0, 4)), np.float64)
    except (TypeError, ValueError) as error:
        raise _wrong("boxes", expected, boxes) from error
    if values.ndim != 2 or values.shape[1] != 4:
        raise _wrong("boxes", expected, boxes)
    return tuple(",".join(f"{value:.12g}" for value in box) for box in values)


def _wrong(name: str, expected: str, given: Any) -> ConventionError:
    got = type(given).__name__
    if isinstance(given, np.ndarray):
        got = f"shape {given.shape}, {given.dtype}"
    elif isinstance(given, int | float | list | tuple | dict):
        got = repr(given)[:80]
    elif given is None:
        got = "None"
    return ConventionError(name, expected=expected, got=got)
