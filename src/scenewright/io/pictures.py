"""Opening pictures that others made.

Pillow tries every format that it knows, among them some that start other programs (PostScript runs
Ghostscript) and rarely used decoders. Pictures are therefore opened here alone, in the formats that
cameras and tools write, and only if their header promises a size that fits into memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image

from scenewright.core import FormatError

PICTURE_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "PPM")
"""Formats that are decoded, as Pillow names them."""
PIXEL_LIMIT = 1 << 27
"""Largest number of pixels, whatever the limit of Pillow is set to."""


@contextmanager
def open_picture(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    formats: tuple[str, ...] = PICTURE_FORMATS,
    name: str | os.PathLike[str] = "",
) -> Iterator[Image.Image]:
    """Opens a picture; its pixels are decoded when they are used.

    Args:
        source: The file, or a stream with its bytes.
        formats: Formats that are accepted, among `PICTURE_FORMATS`.
        name: Name of a stream, for messages.

    Raises:
        FormatError: It has too many pixels.
        OSError: It is missing, damaged, or of another format.
    """
    label = name or (source if isinstance(source, str | os.PathLike) else "picture")
    try:
        picture = Image.open(source, formats=formats)
    except Image.DecompressionBombError as error:
        raise _too_large(label, str(error)) from error
    with picture:
        width, height = picture.size
        if width * height > PIXEL_LIMIT:
            raise _too_large(label, f"{width} x {height} pixels")
        yield picture


def _too_large(label: object, got: str) -> FormatError:
    return FormatError(
        f"{label} is too large",
        expected=f"at most {PIXEL_LIMIT / 1e6:.0f} million pixels",
        got=got,
        do="Make it smaller.",
    )
