"""Reading the pictures, the label images and the depth that a scene is generated from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from scenewright.core import ConventionError, FormatError, ShapeError
from scenewright.io import reading
from scenewright.io.pictures import open_picture

SCENE = "scene"
"""Name without suffix of the picture in a folder of SceneGen's data set."""
_SUFFIXES = (".jpg", ".jpeg", ".png")
_OPAQUE = 0.8 * 255
_POSSIBLE_M, _LIKELY_M = (0.02, 200.0), (0.2, 20.0)
"""Ranges of the median depth of a picture: of anything, and of most rooms and tables."""
_FACTORS = (1000.0, 0.001, 10.0, 0.1, 100.0, 0.01)
"""By which a depth scale is often wrong, the usual ones first."""
_MOST_COLORS = 256
"""Label images with more colors are photographs, or were saved as JPEG."""
_LOSSY = ("JPEG", "MPO", "JPEG2000")
_INTEGER_MODES = ("1", "L", "P", "I;16", "I;16B", "I")


def picture_path(given: Path) -> Path:
    """The file of a picture, which may be given as a folder of SceneGen's data set.

    Raises:
        FormatError: The folder has no such file.
    """
    if not given.is_dir():
        return given
    for suffix in _SUFFIXES:
        path = given / f"{SCENE}{suffix}"
        if path.is_file():
            return path
    raise FormatError(f"{given}", expected="a picture, or a folder with scene.jpg", got="neither")


def read_picture(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """Reads a picture of 8 bits, upright; see `picture_pixels`.

    Raises:
        FormatError: It is missing, damaged, or has 16 bits.
    """
    with _opened(path, "picture") as stored:
        return picture_pixels(stored, name=f"{path}")


def picture_pixels(
    stored: Image.Image, *, name: str
) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """The pixels of a picture of 8 bits, upright.

    Args:
        stored: The picture.
        name: For messages.

    Returns:
        (H, W, 3) RGB, and (H, W) what is opaque, or None if all is. What is not opaque is white.

    Raises:
        FormatError: It has 16 bits.
    """
    if stored.mode in ("I;16", "I;16B", "I", "F"):
        raise FormatError(
            name, expected="a picture of 8 bits per color", got=f"mode {stored.mode}",
            do="Convert it to 8 bits first.",
        )  # fmt: skip
    image = ImageOps.exif_transpose(stored)
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB")), None
    rgba = image.convert("RGBA")
    alpha = np.asarray(rgba)[..., 3]
    paper = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    rgb = np.asarray(Image.alpha_composite(paper, rgba).convert("RGB"))
    opaque: NDArray[np.bool_] = alpha > _OPAQUE
    return rgb, None if opaque.all() else opaque


def read_labels(path: Path) -> tuple[NDArray[np.int32], dict[int, str]]:
    """Reads a label image; see `image_labels`.

    Raises:
        FormatError: It is missing, damaged, stored with loss, or has too many colors.
    """
    with _opened(path, "label image") as image:
        if image.format in _LOSSY:
            raise FormatError(
                f"{path}", expected="a label image that is stored without loss",
                got=f"a {image.format}, which changes the labels", do="Save masks as PNG.",
            )  # fmt: skip
        return image_labels(image, name=f"{path}")


def image_labels(image: Image.Image, *, name: str) -> tuple[NDArray[np.int32], dict[int, str]]:
    """The labels of an image: gray, with a palette, with colors, or of 16 bits.

    Gray values and palette indices are the labels. Each different color is a label; they are
    numbered from 1 by red, then green, then blue. Black, 0 and transparent pixels are no object.

    Args:
        image: The image.
        name: For messages.

    Returns:
        (H, W) int32 labels, 0 = none; and the color of each label, as text, where there are colors.

    Raises:
        FormatError: It has too many colors, or is no label image.
    """
    if image.mode in _INTEGER_MODES:
        return np.asarray(image).astype(np.int32), {}
    if image.mode in ("LA", "PA"):
        values = np.asarray(image)
        return np.where(values[..., 1] < _OPAQUE, 0, values[..., 0]).astype(np.int32), {}
    if image.mode in ("RGB", "RGBA", "CMYK", "YCbCr"):
        return _labels_of_colors(name, np.asarray(image.convert("RGBA")))
    raise FormatError(
        name, expected="a gray, palette, color or 16-bit label image", got=f"mode {image.mode}"
    )


def read_cutout(path: Path) -> NDArray[np.uint8]:
    """Reads a picture (h, w, 4) RGBA of a single object."""
    with _opened(path, "cut-out") as image:
        return np.asarray(image.convert("RGBA"))


def read_stored_depth(path: Path) -> NDArray[Any]:
    """Reads depth as it is stored; see `depth_meters`.

    Args:
        path: A 16-bit PNG, or an array (.npy).

    Raises:
        FormatError: It is missing, damaged, or no depth image.
    """
    if path.suffix.lower() == ".npy":
        with reading(path, "depth array"):
            stored = np.load(path, allow_pickle=False)
            if not isinstance(stored, np.ndarray):
                raise ValueError("several arrays")
            return stored
    with _opened(path, "depth image") as image:
        if image.mode not in ("I;16", "I;16B", "I", "F"):
            raise FormatError(f"{path}", expected="a 16-bit depth image", got=f"mode {image.mode}")
        return np.asarray(image)


def depth_meters(
    stored: NDArray[Any], *, size: tuple[int, int], scale: float, path: Path
) -> NDArray[np.float32]:
    """Depth in meters from stored values: integers of a unit, or floats in meters.

    Args:
        stored: (H, W), or (H, W, 1).
        size: Height and width of the picture.
        scale: Stored units per meter of integers.
        path: Where they are from, for messages.

    Returns:
        (H, W) float32, 0 where unknown.

    Raises:
        ConventionError: `scale` is not above 0, or these cannot be meters.
        FormatError: These are no numbers, or there is no reading.
        ShapeError: They have another size than the picture.
    """
    if not (scale > 0 and np.isfinite(scale)):
        raise ConventionError("depth scale", expected="above 0", got=f"{scale:g}")
    if stored.ndim == 3 and stored.shape[2] == 1:
        stored = stored[..., 0]
    if stored.ndim != 2 or stored.dtype.kind not in "fiu":
        got = f"shape {stored.shape}, {stored.dtype}"
        raise FormatError(f"{path}", expected="(H, W) numbers", got=got)
    check_size(path, stored.shape, size)
    is_whole = stored.dtype.kind != "f"
    depth = stored.astype(np.float32) / np.float32(scale if is_whole else 1)
    usable = np.isfinite(depth) & (depth > 0)
    if not usable.any():
        raise FormatError(
            f"{path}", expected="depth above 0 in some pixels", got="none",
            do="Check the file and --depth-scale, or leave --depth out.",
        )  # fmt: skip
    _check_unit(path, float(np.median(depth[usable])), scale if is_whole else None)
    return np.where(usable, depth, 0).astype(np.float32)


def _check_unit(path: Path, median: float, scale: float | None) -> None:
    """Refuses depth that is too near or too far for a scene of objects; `scale` of integers."""
    low, high = _POSSIBLE_M
    if low <= median <= high:
        return
    fits = [factor for factor in _FACTORS if _LIKELY_M[0] <= median / factor <= _LIKELY_M[1]]
    if scale is None:
        do = "Store meters, or integers and give --depth-scale (depth_scale)."
        if fits:
            do = f"Divide it by {fits[0]:g}, if that is its unit."
    else:
        do = "Give --depth-scale (depth_scale), the stored units per meter."
        if fits:
            do = f"Give --depth-scale {scale * fits[0]:g} (depth_scale), if that is its unit."
    raise ConventionError(
        f"{path}", expected=f"depth with a median of {low:g} to {high:g} m",
        got=f"{median:.4g} m", do=do,
    )  # fmt: skip


def check_size(path: Path, found: tuple[int, ...], wanted: tuple[int, int]) -> None:
    """Refuses masks and depth of another size than the picture.

    Raises:
        ShapeError: The sizes differ.
    """
    if tuple(found[:2]) != wanted:
        do = "Resize it without interpolation (nearest neighbor)."
        if (found[1], found[0]) == wanted:
            do = "Turn it as well: the picture is turned upright as its EXIF data say."
        raise ShapeError(
            f"{path}",
            expected=f"{wanted[1]} x {wanted[0]} pixels, as the picture",
            got=f"{found[1]} x {found[0]}",
            do=do,
        )


def _labels_of_colors(
    name: str, rgba: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], dict[int, str]]:
    wide = rgba.astype(np.int32)
    packed = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    packed[wide[..., 3] < _OPAQUE] = 0
    values, rows = np.unique(packed, return_inverse=True)
    if len(values) > _MOST_COLORS:
        raise FormatError(
            name,
            expected=f"at most {_MOST_COLORS} colors, one per object",
            got=str(len(values)),
            do="Save masks as PNG; JPEG changes the colors, and smoothed edges add some.",
        )
    has_black = bool(values[0] == 0)
    labels = rows.reshape(packed.shape).astype(np.int32) + (0 if has_black else 1)
    first = 0 if has_black else 1
    names = {number + first: f"#{value:06x}" for number, value in enumerate(values)}
    names.pop(0, None)
    return labels, names


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[Image.Image]:
    """Opens an image; a damaged file raises `FormatError`."""
    with reading(path, kind), warnings.catch_warnings():
        # Photographs may be large.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with open_picture(path) as image:
            image.load()
            yield image
