"""Textures stored as PNG in glTF."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import FormatError
from scenewright.io.pictures import open_picture

LARGEST_TEXTURE = 2**26
"""Largest number of pixels of a texture, 8192 x 8192; larger ones are refused before decoding."""
_CHANNELS = {"RGB": 3, "RGBA": 4}


def encoded_texture(texture: NDArray[np.uint8]) -> bytes:
    """Encodes a texture as PNG, without loss.

    Raises:
        FormatError: It has more pixels than `LARGEST_TEXTURE` and could not be read back.
    """
    height, width = texture.shape[:2]
    if height * width > LARGEST_TEXTURE:
        raise FormatError(
            "texture", expected=f"at most {LARGEST_TEXTURE} pixels", got=f"{width} x {height}"
        )
    stream = io.BytesIO()
    Image.fromarray(texture).save(stream, format="PNG", compress_level=4)
    return stream.getvalue()


def decoded_texture(data: bytes) -> NDArray[np.uint8]:
    """Decodes a PNG to (H, W, 3) or (H, W, 4) uint8; raises ValueError if damaged or too large."""
    with open_picture(io.BytesIO(data), formats=("PNG",)) as image:
        width, height = image.size
        if width * height > LARGEST_TEXTURE:
            raise ValueError(f"its texture of {width} x {height} pixels is too large")
        if image.mode not in _CHANNELS:
            raise ValueError(f"its texture has the mode {image.mode}, neither RGB nor RGBA")
        return np.asarray(image).astype(np.uint8)
