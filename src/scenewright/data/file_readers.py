"""Readers of the files that captures consist of, with errors that name the file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import CaptureError, FormatError
from scenewright.data.exr import SUFFIX as EXR
from scenewright.data.exr import read_exr_depth
from scenewright.data.record3d_files import CONFIDENCE as RECORD3D_CONFIDENCE
from scenewright.data.record3d_files import DEPTH as RECORD3D_DEPTH
from scenewright.data.record3d_files import read_record3d
from scenewright.io.pictures import open_picture

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm")
ARRAY_SUFFIXES = (".npy", ".npz")
POSE_SUFFIXES = (".txt", ".npy")
DEPTH_SUFFIXES = (".png", *ARRAY_SUFFIXES, ".tif", ".tiff", EXR)

COLMAP_DEPTH = ".geometric.bin"
"""Ending of the depth maps of COLMAP's dense reconstruction."""
_SEPARATORS = str.maketrans(",;[](){}", " " * 8)
_REMAKE = "Copy or export this file again, or remove the files of this frame from the capture."


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts ``frame2`` before ``frame10``."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def list_files(folder: Path, *, suffixes: Sequence[str], ending: str = "") -> dict[str, Path]:
    """The files of a folder by stem, in natural order; hidden files are skipped.

    Raises:
        CaptureError: Two files differ only in their suffix.

    Args:
        folder: The folder; a missing folder has no files.
        suffixes: Allowed suffixes with dot, lower case.
        ending: Required ending before the suffix, not part of the stem, such as ``".color"``.
    """
    found: dict[str, Path] = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix.lower() in suffixes and path.stem.endswith(ending) and path.name[0] != ".":
            stem = path.stem.removesuffix(ending)
            if stem in found:
                names = sorted((found[stem].name, path.name))
                raise CaptureError(
                    f"{folder} has two files for one frame",
                    expected="one file per frame",
                    got=" and ".join(names),
                    do="Move the files that are not to be used out of the folder.",
                )
            found[stem] = path
    return dict(sorted(found.items(), key=lambda item: natural_key(item[0])))


def path_inside(root: Path, listed: object, *, source: Path) -> Path:
    """The path of a file that `source` lists; names that leave the capture are refused.

    Raises:
        CaptureError: The name is not text, is absolute, or contains ``..``.
    """
    text = listed.replace("\\", "/") if isinstance(listed, str) else ""
    parts = PurePosixPath(text).parts
    escapes = not parts or text.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in text
    if escapes:
        raise CaptureError(
            f"{source} lists a file outside the capture",
            expected=f"a path relative to {root}, without '..'",
            got=repr(listed),
            do="Move the file into the folder of the capture and correct the entry.",
        )
    return root.joinpath(*parts)


def read_text(path: Path) -> str:
    """The text of a file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise CaptureError(
            f"{path} is missing", do="Export the capture again, or restore the file."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise CaptureError(
            f"{path} cannot be read", expected="a text file", got=str(error), do=_REMAKE
        ) from error


def read_json_value(path: Path) -> Any:
    """The value in a JSON file."""
    try:
        return json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise CaptureError(
            f"{path} is not valid JSON", got=str(error), do="Correct or export the file again."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file."""
    value = read_json_value(path)
    if not isinstance(value, dict):
        raise CaptureError(f"{path}", expected="a JSON object", got=type(value).__name__)
    return value


def parse_numbers(text: str, *, source: str) -> NDArray[np.float64]:
    """(N,) numbers of a text, separated by spaces, commas, semicolons, brackets or line ends."""
    words = text.translate(_SEPARATORS).split()
    try:
        # "1.#QNAN" and "-1.#IND" are how one C library writes NaN.
        return np.array([float("nan") if "#" in word else float(word) for word in words])
    except ValueError as error:
        raise CaptureError(
            f"{source} contains something that is not a number",
            expected="numbers",
            got=str(error),
        ) from error


def read_matrix(path: Path, *, shapes: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """A matrix from a text file, or an array in a .npy file, of one of the given shapes.

    Raises:
        CaptureError: The file is missing, or does not contain this many numbers.
    """
    is_array = path.suffix.lower() == ".npy"
    numbers = (
        np.asarray(_load_array(path), np.float64).ravel()
        if is_array
        else parse_numbers(read_text(path), source=str(path))
    )
    for shape in shapes:
        if numbers.size == shape[0] * shape[1]:
            return numbers.reshape(shape)
    raise CaptureError(
        f"{path} does not contain the matrix",
        expected=" or ".join(f"{rows} x {columns} numbers" for rows, columns in shapes),
        got=f"{numbers.size} numbers",
        do="Write the matrix as text, one row per line, values separated by spaces.",
    )


def read_k(path: Path) -> NDArray[np.float64]:
    """(3, 3) intrinsics from a text file with a 3x3 or 4x4 matrix."""
    K = read_matrix(path, shapes=((3, 3), (4, 4)))[:3, :3].copy()
    if not np.isfinite(K).all() or K[0, 0] <= 0 or K[1, 1] <= 0 or not np.allclose(K[2], (0, 0, 1)):
        is_flipped = np.isfinite(K).all() and K[0, 0] > 0 > K[1, 1]
        is_transposed = K[0, 2] == K[1, 2] == 0 and K[2, 2] == 1 and min(K[2, 0], K[2, 1]) > 0
        raise CaptureError(
            f"{path} does not contain camera intrinsics",
            expected="fx 0 cx / 0 fy cy / 0 0 1 with positive focal lengths in pixels",
            got=" / ".join(" ".join(f"{value:g}" for value in row) for row in K),
            do="A negative fy means that y of the camera points up, as in ICL-NUIM: write "
            f"{-K[1, 1]:g} instead. 'scenewright check' then tells whether the poses have such "
            'axes too ({"axes": "opengl"} or {"axes": "unity"} in capture.json).'
            if is_flipped
            else "It is transposed, written column by column: put cx and cy into the last column."
            if is_transposed
            else "Write the 3x3 matrix K of the depth image into this file.",
        )
    return K


def _load(path: Path, read: Callable[[Image.Image], Any]) -> Any:
    """Opens an image; exceptions of Pillow become a `CaptureError`."""
    try:
        with open_picture(path) as picture:
            return read(picture)
    except FileNotFoundError as error:
        raise CaptureError(f"{path} is missing", do=_REMAKE) from error
    except FormatError as error:
        raise CaptureError(
            error.what, expected=error.expected, got=error.got, do=_REMAKE
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        size = path.stat().st_size if path.is_file() else 0
        raise CaptureError(
            f"{path} cannot be decoded",
            expected="a complete image",
            got=f"{size} bytes ({error})",
            do=_REMAKE,
        ) from error


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) in pixels, from the header."""
    if path.suffix.lower() in (*ARRAY_SUFFIXES, ".bin", EXR, RECORD3D_DEPTH):
        height, width = read_channel(path).shape
        return width, height
    size: tuple[int, int] = _load(path, lambda picture: picture.size)
    return size


def read_image(path: Path, *, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """A color image.

    Args:
        path: A JPEG or PNG file.
        size: (width, height) to resize to with area averaging; None keeps the size.

    Returns:
        (H, W, 3) uint8 RGB.
    """

    def read(picture: Image.Image) -> NDArray[np.uint8]:
        if size is not None and picture.size != size:
            # Lets the JPEG decoder halve the image as long as it stays large enough.
            picture.draft("RGB", size)
        color = _as_gray(picture) if picture.mode[0] in "IF" else picture
        color = color.convert("RGB")
        if size is not None and color.size != size:
            color = color.resize(size, Image.Resampling.BILINEAR)
        return np.array(color)

    pixels: NDArray[np.uint8] = _load(path, read)
    return pixels


def read_alpha(
    path: Path, *, mask: Path | None = None, size: tuple[int, int]
) -> NDArray[np.uint8] | None:
    """How much of each pixel of a color image shows the scene.

    Args:
        path: The image; its alpha channel counts, if it has one.
        mask: Image that is 0 where the color image shows something else, or None.
        size: (width, height) to resize to.

    Returns:
        (H, W) uint8, 0 = nothing, 255 = all, or None if every pixel shows the scene.

    Raises:
        CaptureError: A file is missing or damaged.
    """

    def read(picture: Image.Image) -> NDArray[np.uint8] | None:
        if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
            return None
        channel = picture.convert("RGBA").getchannel("A")
        return np.array(channel.resize(size, Image.Resampling.BOX))

    def read_mask(picture: Image.Image) -> NDArray[np.uint8]:
        values = np.array(picture if picture.mode in ("1", "I;16", "I") else picture.convert("L"))
        drawn = Image.fromarray(np.where(values > 0, 255, 0).astype(np.uint8))
        return np.array(drawn.resize(size, Image.Resampling.NEAREST))

    alpha: NDArray[np.uint8] | None = _load(path, read)
    if mask is not None:
        inside: NDArray[np.uint8] = _load(mask, read_mask)
        alpha = inside if alpha is None else np.minimum(alpha, inside)
    return None if alpha is None or alpha.min(initial=255) == 255 else alpha


def _as_gray(picture: Image.Image) -> Image.Image:
    """An 8-bit picture of one with 16 bits per pixel, as infrared cameras make."""
    values = np.array(picture, np.float64)
    return Image.fromarray(np.clip(values / 256, 0, 255).astype(np.uint8))


def read_stored_depth(path: Path) -> NDArray[Any]:
    """(H, W) values of a depth image as stored.

    Raises:
        CaptureError: It is missing, damaged, no depth image, or has 8 bits.
    """
    stored = read_channel(path)
    if stored.dtype.itemsize == 1:
        raise CaptureError(
            f"{path} is an 8-bit picture of depth, not depth",
            expected="one channel of 16-bit values or floats",
            got="8 bits, which tell at most 256 distances apart",
            do="Export depth as numbers: 16-bit PNG in millimeters, or .npy.",
        )
    return stored


def read_channel(path: Path) -> NDArray[Any]:
    """(H, W) values of an image or array with one channel, as stored."""
    stored: NDArray[Any]
    if path.suffix.lower() in ARRAY_SUFFIXES:
        return _load_array(path)
    if path.name.endswith(COLMAP_DEPTH):
        return _load_colmap_depth(path)
    if path.suffix.lower() == EXR:
        return read_exr_depth(path)
    if path.suffix.lower() in (RECORD3D_DEPTH, RECORD3D_CONFIDENCE):
        return read_record3d(path)
    if path.suffix.lower() not in DEPTH_SUFFIXES:
        raise CaptureError(
            f"{path} has an unsupported depth format",
            expected=f"one of {', '.join(DEPTH_SUFFIXES)}",
            got=path.suffix,
            do="Convert the depth images to 16-bit PNG in millimeters.",
        )
    stored = _load(path, np.array)
    if stored.ndim != 2 or stored.dtype.kind not in "uif":
        raise CaptureError(
            f"{path} is not a depth image",
            expected="one channel of 16-bit values",
            got=f"shape {stored.shape} of {stored.dtype}",
            do="Export depth as numbers, not as a color image.",
        )
    return stored


def _load_colmap_depth(path: Path) -> NDArray[np.float32]:
    """(H, W) float32 of a depth map of COLMAP: ``width&height&channels&``, then the values."""
    data = path.read_bytes()
    header = re.match(rb"(\d{1,6})&(\d{1,6})&1&", data)
    if header is None or len(data) - header.end() != 4 * int(header[1]) * int(header[2]):
        raise CaptureError(
            f"{path} cannot be decoded", expected="a depth map of COLMAP", do=_REMAKE
        )
    values = np.frombuffer(data, "<f4", offset=header.end())
    return values.reshape(int(header[2]), int(header[1])).astype(np.float32)


def _load_array(path: Path) -> NDArray[Any]:
    try:
        stored = np.load(path, allow_pickle=False)
        if not isinstance(stored, np.ndarray):
            with stored as arrays:
                stored = _only_array(arrays, path)
    except (
        OSError,
        ValueError,
        EOFError,
        SyntaxError,
        TokenError,
        MemoryError,
        BadZipFile,
    ) as error:
        raise CaptureError(
            f"{path} cannot be decoded", expected="a complete array", got=str(error), do=_REMAKE
        ) from error
    if not isinstance(stored, np.ndarray) or stored.dtype.kind not in "uif":
        raise CaptureError(f"{path} is not a depth image", expected="an array of numbers")
    stored = stored.squeeze()
    if stored.ndim != 2:
        raise CaptureError(
            f"{path} is not a depth image", expected="shape (H, W)", got=f"{stored.shape}"
        )
    return stored


def _only_array(arrays: NpzFile, path: Path) -> NDArray[Any]:
    """The array called depth, or the only one."""
    name = "depth" if "depth" in arrays.files else arrays.files[0] if arrays.files else ""
    if name != "depth" and len(arrays.files) != 1:
        raise CaptureError(
            f"{path} does not say which of its arrays is the depth",
            expected="an array called depth, or only one",
            got=", ".join(arrays.files) or "none",
        )
    found: NDArray[Any] = arrays[name]
    return found
