"""Id maps: which mask or instance each pixel belongs to, as 16-bit PNG."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import FormatError, ShapeError
from scenewright.io._common import reading
from scenewright.io.atomic import atomic_folder, write_bytes
from scenewright.io.pictures import open_picture

ID_MAPS = "id_maps"
"""Folder of the id maps in a run."""
LARGEST_ID = 65535
_INTEGER_MODES = ("1", "L", "P", "I;16", "I;16B", "I")


def write_id_map(path: str | os.PathLike[str], id_map: NDArray[np.integer]) -> None:
    """Writes one id map as a single-channel 16-bit PNG.

    Args:
        path: The `.png` file.
        id_map: (H, W) integers from 0 (nothing) to 65535.

    Raises:
        ShapeError: The map is not an (H, W) array of integers.
        FormatError: An id is out of range.
    """
    write_bytes(path, _encoded(path, id_map))


def write_id_maps(
    folder: str | os.PathLike[str],
    id_maps: Iterable[tuple[str, NDArray[np.integer]]],
    *,
    overwrite: bool = False,
) -> None:
    """Writes a folder with one 16-bit PNG per frame.

    Args:
        folder: Written atomically.
        id_maps: Frame name and (H, W) integers per frame. May be a generator: only one map is in
            memory at a time.
        overwrite: Whether an existing folder may be replaced.
    """
    with atomic_folder(folder, overwrite=overwrite) as inside:
        for name, id_map in id_maps:
            if not name or Path(name).name != name or name in (".", ".."):
                raise FormatError(
                    f"Cannot write {folder}", expected="plain file names", got=repr(name)
                )
            target = inside / f"{name}.png"
            target.write_bytes(_encoded(target, id_map))


def read_id_map(path: str | os.PathLike[str]) -> NDArray[np.int32]:
    """Reads a single-channel PNG of 8 or 16 bits.

    Returns:
        (H, W) int32, 0 = nothing. In an image with a palette, the ids are the palette indices. In
        an image with three equal channels, as some programs save gray ones, they are its grays.

    Raises:
        FormatError: The file is missing, damaged, or a color image.
    """
    with reading(path, "PNG id map"), open_picture(path) as image:
        pixels = np.asarray(image)
        if image.mode == "RGB" and (pixels == pixels[..., :1]).all():
            return pixels[..., 0].astype(np.int32)
        if image.mode not in _INTEGER_MODES:
            raise FormatError(
                f"{path}",
                expected="one channel of integers",
                got=f"an image of mode {image.mode}",
                do="Colors cannot be converted back to ids; save the ids themselves.",
            )
        return pixels.astype(np.int32)


def _encoded(path: str | os.PathLike[str], id_map: NDArray[np.integer]) -> bytes:
    ids = np.asarray(id_map)
    if ids.ndim != 2 or ids.dtype.kind not in "iu" or not ids.size:
        got = f"{ids.shape} {ids.dtype}"
        raise ShapeError(f"id map for {path}", expected="(H, W) integers", got=got)
    if ids.min() < 0 or ids.max() > LARGEST_ID:
        raise FormatError(
            f"Cannot write {path}",
            expected=f"ids from 0 to {LARGEST_ID}, the range of a 16-bit PNG",
            got=f"{ids.min()} to {ids.max()}",
        )
    stream = io.BytesIO()
    # A low level is enough: id maps compress well, and there is one per frame.
    Image.fromarray(ids.astype(np.uint16)).save(stream, format="PNG", compress_level=3)
    return stream.getvalue()
