"""Files with the intrinsics of a capture, as many programs write them beside the images."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import parse_numbers, read_json, read_k, read_text
from scenewright.data.problems import Problem

Size = tuple[int, int]

DEFAULT_CAMERA = "default-camera"
"""Code of the problem of a capture without intrinsics, whose camera is assumed."""
_DEPTH_FILES = (
    "intrinsics.txt", "intrinsic_depth.txt", "intrinsics_depth.txt", "camera-intrinsics.txt",
    "intrinsic/intrinsic_depth.txt", "depth_intrinsics.txt", "intrinsic.txt", "K.txt",
)  # fmt: skip
"""Matrices of the depth images."""
_COLOR_FILES = (
    "intrinsic_color.txt", "intrinsics_color.txt", "intrinsic/intrinsic_color.txt",
    "color_intrinsics.txt",
)  # fmt: skip
"""Matrices of the color images."""
_INFO_FILES = ("info.txt", "_info.txt", "_info_.txt")
"""Key-value lists of BundleFusion, the .sens exporter and 3RScan."""
_JSON_PATTERNS = ("intrinsic*.json", "camera*.json", "*_intrinsics.json", "cam_params.json")
_INFO_KEYS = ("m_calibrationDepthIntrinsic", "m_calibrationColorIntrinsic")
_FOCAL_NAMES = (("fx", "fy"), ("fl_x", "fl_y"), ("f_x", "f_y"), ("focal_x", "focal_y"))
_CENTER_NAMES = (("cx", "cy"), ("ppx", "ppy"), ("c_x", "c_y"), ("principal_x", "principal_y"))
_LEAST_UNITS = 100.0
"""Units per meter from which on a number called scale is that of depth."""
_SIZE_NAMES = (("width", "height"), ("w", "h"))
_MATRIX_NAMES = ("intrinsic_matrix", "camera_matrix", "K", "k", "intrinsics")


@dataclass(frozen=True, eq=False)
class FoundCamera:
    """Intrinsics, and where they were found.

    Attributes:
        intrinsics: The intrinsics.
        path: Their file.
        depth_scale: Stored depth units per meter, if the file states them.
    """

    intrinsics: Intrinsics
    path: Path
    depth_scale: float | None = None


def find_camera(root: Path, *, depth: Size | None, color: Size | None) -> FoundCamera | None:
    """The intrinsics that a folder describes, or None if it describes none.

    Args:
        root: The folder.
        depth: (width, height) of the depth images, which matrices of depth belong to.
        color: The same of the color images.

    Raises:
        CaptureError: A file that should hold them cannot be read; a default must not replace it.
    """
    for names, size in ((_DEPTH_FILES, depth), (_COLOR_FILES, color)):
        for name in names:
            if (root / name).is_file():
                size = size if names is _COLOR_FILES else None
                return FoundCamera(read_matrix_file(root / name, size=size), root / name)
    for name in _INFO_FILES:
        if (root / name).is_file():
            return _read_info(root / name)
    for path in _matching(root, _JSON_PATTERNS):
        values = read_json(path)
        found = camera_of(values, path, size=color or depth)
        if found is not None:
            return FoundCamera(found, path, _scale_of(values))
    return None


def files_without_camera(root: Path) -> list[str]:
    """Names of files that are called like those with intrinsics, for errors."""
    return [path.name for path in _matching(root, _JSON_PATTERNS)]


def read_matrix_file(path: Path, *, size: Size | None) -> Intrinsics:
    """Intrinsics from a text file with 3 x 3 or 4 x 4 numbers, or with fx, fy, cx, cy.

    Args:
        path: The file.
        size: (width, height) of the images that they belong to; None stands for the depth images.
    """
    if not re.search(r"[A-Za-z]{2}", text := read_text(path)):
        numbers = parse_numbers(text, source=str(path))
        if numbers.size == 4:
            return Intrinsics(_matrix(*numbers.tolist()), size=size)
    return Intrinsics(read_k(path), size=size)


def camera_of(values: dict[str, Any], path: Path, *, size: Size | None) -> Intrinsics | None:
    """Intrinsics of a JSON object, or None if it has none.

    Matrices of nine numbers in one list are written column by column, as Open3D does.

    Args:
        values: The object; a camera may be in a part of it.
        path: Its file, for messages.
        size: (width, height) of the images if the object does not state it.

    Raises:
        CaptureError: The numbers are no intrinsics.
    """
    for part in (values, *(v for v in values.values() if isinstance(v, dict))):
        try:
            K = _matrix_in(part)
            if K is not None:
                stated = _pair_in(part, _SIZE_NAMES) or _pair_in(values, _SIZE_NAMES)
                whole = None if stated is None else (int(stated[0]), int(stated[1]))
                return Intrinsics(K, size=whole or size)
        except (TypeError, ValueError, OverflowError) as error:
            raise CaptureError(
                f"{path} contains intrinsics that are not numbers",
                expected="numbers fx, fy, cx, cy or a matrix of 3 x 3",
                got=str(error),
            ) from error
    return None


def default_camera(root: Path, *, text: str, files: str) -> Problem:
    """The warning of a capture whose folder holds no intrinsics.

    Args:
        root: The folder.
        text: The camera that is assumed.
        files: Names of files that would be read.
    """
    return Problem(
        "warning",
        DEFAULT_CAMERA,
        f"{root} holds no intrinsics, so those of another camera are assumed: {text}",
        f"the intrinsics of the camera, in {files}",
        "none of these files",
        "Write the 3 x 3 matrix K of the depth images into the file, or put "
        '{"intrinsics": [fx, fy, cx, cy]} into capture.json, unless this is that camera.',
    )


def read_yaml_camera(path: Path) -> Intrinsics:
    """Intrinsics of a calibration file of OpenCV, ROS or RTAB-Map.

    Raises:
        CaptureError: It holds no camera matrix.
    """
    text = read_text(path)
    matrix = re.search(r"camera_matrix:.*?data:\s*\[([^\]]*)\]", text, re.DOTALL)
    numbers = parse_numbers(matrix[1], source=str(path)) if matrix else np.zeros(0)
    if numbers.size != 9:
        raise CaptureError(
            f"{path} contains no camera matrix", expected="camera_matrix with nine numbers"
        )
    sizes = [re.search(rf"image_{side}:\s*(\d+)", text) for side in ("width", "height")]
    size = (int(sizes[0][1]), int(sizes[1][1])) if sizes[0] and sizes[1] else None
    return Intrinsics(numbers.reshape(3, 3), size=size)


def _matching(root: Path, patterns: Iterable[str]) -> list[Path]:
    found = [p for pattern in patterns for p in sorted(root.glob(pattern)) if p.name[0] != "."]
    return list(dict.fromkeys(found))


def _matrix(fx: float, fy: float, cx: float, cy: float) -> NDArray[np.float64]:
    return np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])


def _matrix_in(part: dict[str, Any]) -> NDArray[np.float64] | None:
    for name in _MATRIX_NAMES:
        if isinstance(part.get(name), list):
            K = np.array(part[name], np.float64)
            if K.shape == (9,):
                K = K.reshape(3, 3)
                K = K.T if abs(K[2, 0]) + abs(K[2, 1]) > 0 else K
            if K.shape in ((3, 3), (4, 4)):
                return K[:3, :3].copy()
    focal, center = _pair_in(part, _FOCAL_NAMES), _pair_in(part, _CENTER_NAMES)
    return None if focal is None or center is None else _matrix(*focal, *center)


def _pair_in(part: dict[str, Any], names: Iterable[tuple[str, str]]) -> tuple[float, float] | None:
    for first, second in names:
        if first in part and second in part:
            return float(part[first]), float(part[second])
    return None


def _scale_of(values: dict[str, Any]) -> float | None:
    for part in (values, *(v for v in values.values() if isinstance(v, dict))):
        value = part.get("depth_scale")
        if isinstance(value, int | float) and value > 0:
            # RealSense writes meters per unit, Open3D units per meter.
            return float(value) if value >= 1 else 1 / float(value)
        value = part.get("scale")
        if isinstance(value, int | float) and value >= _LEAST_UNITS:
            return float(value)
    return None


def _read_info(path: Path) -> FoundCamera:
    values = {
        key.strip(): value.strip()
        for key, separator, value in (line.partition("=") for line in read_text(path).splitlines())
        if separator
    }
    for kind, key in zip(("depth", "color"), _INFO_KEYS, strict=True):
        numbers = parse_numbers(values.get(key, ""), source=f"{path}, {key}")
        if numbers.size in (9, 16) and numbers[0] > 1:
            side = 3 if numbers.size == 9 else 4
            K = numbers.reshape(side, side)[:3, :3].copy()
            sides = [values.get(f"m_{kind}{name}", "0") for name in ("Width", "Height")]
            size = (int(float(sides[0])), int(float(sides[1])))
            scale = float(values.get("m_depthShift", "0"))
            found = Intrinsics(K, size=size if min(size) > 0 else None)
            return FoundCamera(found, path, scale if scale >= 1 else None)
    raise CaptureError(
        f"{path} contains no intrinsics",
        expected=f"{_INFO_KEYS[0]} or {_INFO_KEYS[1]} with 16 numbers",
        do="Write the 3 x 3 matrix of the depth images into intrinsics.txt.",
    )
