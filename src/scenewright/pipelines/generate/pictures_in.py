"""Reading the pictures, the label images and the depth that a scene is generated from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
_MOST_COLORS = 256
"""Label images with more colors are photographs, or were saved as JPEG."""
_INTEGER_MODES = ("L", "P", "I;16", "I;16B", "I")


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
    """Reads a picture of 8 bits, upright.

    Returns:
        (H, W, 3) RGB, and (H, W) what is opaque, or None if all is. What is not opaque is white.

    Raises:
        FormatError: It is missing, damaged, or has 16 bits.
    """
    with _opened(path, "picture") as stored:
        if stored.mode in ("I;16", "I;16B", "I", "F"):
            raise FormatError(
                f"{path}", expected="a picture of 8 bits per color", got=f"mode {stored.mode}",
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
    """Reads a label image: gray, with a palette, with colors, or of 16 bits.

    Gray values and palette indices are the labels. Each different color is a label; they are
    numbered from 1 by red, then green, then blue. Black, 0 and transparent pixels are no object.

    Returns:
        (H, W) int32 labels, 0 = none; and the color of each label, as text, where there are colors.

    Raises:
        FormatError: It is missing, damaged, or has too many colors.
    """
    with _opened(path, "label image") as image:
        if image.mode == "1":
            return np.asarray(image).astype(np.int32), {}
        if image.mode in _INTEGER_MODES:
            return np.asarray(image).astype(np.int32), {}
        if image.mode in ("RGB", "RGBA", "LA", "CMYK", "YCbCr"):
            return _labels_of_colors(path, np.asarray(image.convert("RGBA")))
        raise FormatError(
            f"{path}", expected="a gray, palette, color or 16-bit label image",
            got=f"mode {image.mode}",
        )  # fmt: skip


def read_cutout(path: Path) -> NDArray[np.uint8]:
    """Reads a picture (h, w, 4) RGBA of a single object."""
    with _opened(path, "cut-out") as image:
        return np.asarray(image.convert("RGBA"))


def read_depth(path: Path, *, size: tuple[int, int], scale: float) -> NDArray[np.float32]:
    """Reads depth in meters.

    Args:
        path: A 16-bit PNG, or an array (.npy) in meters.
        size: Height and width of the picture.
        scale: Stored units per meter of a PNG.

    Returns:
        (H, W) float32 meters, 0 where unknown.

    Raises:
        ConventionError: `scale` is not above 0.
        FormatError: It is missing, damaged, no depth, or has no reading.
        ShapeError: It has another size than the picture.
    """
    if not scale > 0:
        raise ConventionError("depth scale", expected="above 0", got=f"{scale:g}")
    if path.suffix == ".npy":
        with reading(path, "depth array"):
            depth = np.load(path, allow_pickle=False)
        if depth.ndim != 2 or depth.dtype.kind not in "fiu":
            raise FormatError(f"{path}", expected="(H, W) numbers", got=f"{depth.shape}")
        depth = depth.astype(np.float32)
    else:
        with _opened(path, "depth image") as image:
            if image.mode not in ("I;16", "I;16B", "I"):
                raise FormatError(
                    f"{path}", expected="a 16-bit depth image", got=f"mode {image.mode}"
                )
            depth = np.asarray(image).astype(np.float32) / np.float32(scale)
    check_size(path, depth.shape, size)
    usable = np.isfinite(depth) & (depth > 0)
    if not usable.any():
        raise FormatError(
            f"{path}", expected="depth above 0 in some pixels", got="none",
            do="Check the file and --depth-scale, or leave --depth out.",
        )  # fmt: skip
    return np.where(usable, depth, 0).astype(np.float32)


def check_size(path: Path, found: tuple[int, ...], wanted: tuple[int, int]) -> None:
    """Refuses masks and depth of another size than the picture.

    Raises:
        ShapeError: The sizes differ.
    """
    if tuple(found[:2]) != wanted:
        raise ShapeError(
            f"{path}",
            expected=f"{wanted[1]} x {wanted[0]} pixels, as the picture",
            got=f"{found[1]} x {found[0]}",
            do="Resize it without interpolation (nearest neighbor).",
        )


def _labels_of_colors(
    path: Path, rgba: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], dict[int, str]]:
    wide = rgba.astype(np.int32)
    packed = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    packed[wide[..., 3] < _OPAQUE] = 0
    values, rows = np.unique(packed, return_inverse=True)
    if len(values) > _MOST_COLORS:
        raise FormatError(
            f"{path}",
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
