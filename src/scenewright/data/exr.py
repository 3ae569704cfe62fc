"""Depth in OpenEXR files, as Blender and renderers write it; read by the OpenEXR package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError, require
from scenewright.io.pictures import PIXEL_LIMIT

SUFFIX = ".exr"
_CHANNELS = ("Z", "depth", "Depth", "V", "Y", "R")
"""Names of the channel with depth, in order; with a single channel its name does not matter."""


def read_exr_depth(path: Path) -> NDArray[np.float32]:
    """(H, W) float32 values of the depth channel of an EXR file, as stored.

    Raises:
        CaptureError: The file is missing, damaged, too large, or has no such channel.
        MissingExtraError: The package OpenEXR is not installed.
    """
    library = require("OpenEXR", extra="exr")
    if not path.is_file():
        raise CaptureError(f"{path} is missing", do="Export the capture again.")
    try:
        header = library.File(str(path), header_only=True).header()
        low, high = header["dataWindow"]
        width, height = (int(b) - int(a) + 1 for a, b in zip(low, high, strict=True))
        if not 0 < width * height <= PIXEL_LIMIT:
            raise CaptureError(
                f"{path}", expected=f"at most {PIXEL_LIMIT / 1e6:.0f} million pixels",
                got=f"{width} x {height}",
            )  # fmt: skip
        with library.File(str(path), separate_channels=True) as file:
            channels = {name: np.asarray(part.pixels) for name, part in file.channels().items()}
    except CaptureError:
        raise
    except Exception as error:
        # The package raises RuntimeError and others, by the kind of damage.
        raise CaptureError(
            f"{path} cannot be decoded", expected="an EXR file with a depth channel",
            got=f"{error}" or type(error).__name__,
            do="Export this file again, or remove the files of this frame from the capture.",
        ) from error  # fmt: skip
    return _depth_of(path, channels)


def _depth_of(path: Path, channels: dict[str, NDArray[np.floating]]) -> NDArray[np.float32]:
    """The channel with depth; every background that is infinite becomes 0."""
    named = next((name for name in _CHANNELS if name in channels), None)
    name = next(iter(channels)) if len(channels) == 1 else named
    colors = {"R", "G", "B"} <= channels.keys()
    if name is None or (colors and name == "R" and not _is_gray(channels)):
        raise CaptureError(
            f"{path} does not say which of its channels is the depth",
            expected=f"one channel, or one called {', '.join(_CHANNELS[:4])}",
            got=", ".join(channels) or "none",
        )
    values = np.array(channels[name], np.float32)
    values[~np.isfinite(values)] = 0
    return values


def _is_gray(channels: dict[str, NDArray[np.floating]]) -> bool:
    """Whether red, green and blue are the same, as Blender writes a depth pass."""
    red = channels["R"]
    return all(np.array_equal(red, channels[name], equal_nan=True) for name in "GB")
