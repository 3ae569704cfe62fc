"""Depth and confidence of Record3D: numbers compressed with LZFSE, without a header."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, require
from scenewright.io.pictures import PIXEL_LIMIT

DEPTH, CONFIDENCE = ".depth", ".conf"
METADATA = "metadata"
"""File of the recording, one folder above; it says how large the depth images are."""
_TYPES: dict[str, type[np.generic]] = {DEPTH: np.float32, CONFIDENCE: np.uint8}
_SIZES = {192 * 256: (192, 256), 480 * 640: (480, 640), 720 * 960: (720, 960)}
"""(width, height) by the number of values, of recordings whose metadata lacks them: LiDAR and the
two sizes of the front camera, all of them upright."""


def read_record3d(path: Path) -> NDArray[Any]:
    """(H, W) float32 meters of a ``.depth`` file, or uint8 levels 0 to 2 of a ``.conf`` file.

    Raises:
        CaptureError: The file is missing, damaged, or of an unknown size.
        MissingExtraError: The package lzfse is not installed.
    """
    library = require("lzfse", extra="record3d")
    if not path.is_file():
        raise CaptureError(f"{path} is missing", do="Unpack the recording again.")
    try:
        values = np.frombuffer(library.decompress(path.read_bytes()), _TYPES[path.suffix.lower()])
    except (library.error, MemoryError, ValueError) as error:
        raise CaptureError(
            f"{path} cannot be decoded",
            expected="numbers compressed with LZFSE",
            got=f"{error}" or "a file that ends too early",
            do="Unpack the recording again, or remove the files of this frame from the capture.",
        ) from error
    size = _stated_size(path.parent.parent / METADATA) or _SIZES.get(values.size)
    if size is None or size[0] * size[1] != values.size:
        stated = "an unknown size" if size is None else f"{size[0]} x {size[1]} pixels"
        raise CaptureError(
            f"{path}",
            expected=f"depth of {stated}, by {METADATA}",
            got=f"{values.size} values",
            do="Unpack the recording again.",
        )
    return values.reshape(size[1], size[0])


def _stated_size(metadata: Path) -> tuple[int, int] | None:
    """(width, height) of the depth images, or None if the file does not say it.

    It is searched, not parsed: it lists the poses of all frames, and each frame needs two numbers.
    """
    if not metadata.is_file():
        return None
    text = metadata.read_text(encoding="utf-8", errors="replace")
    found = [re.search(rf'"{key}"\s*:\s*(\d{{1,5}})\b', text) for key in ("dw", "dh")]
    if found[0] is None or found[1] is None:
        return None
    width, height = int(found[0][1]), int(found[1][1])
    return (width, height) if 0 < width * height <= PIXEL_LIMIT else None
