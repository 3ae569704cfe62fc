"""transforms.json, as nerfstudio and the tools around it write it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.files import IMAGE_SUFFIXES, natural_key, path_inside, read_json
from scenewright.data.layouts.base import Layout, first_size, some
from scenewright.data.problems import Problem
from scenewright.data.recording import (
    DepthEncoding,
    FrameEntry,
    Intrinsics,
    PoseEncoding,
    Recording,
)

TRANSFORMS_FILE = "transforms.json"
_DISTORTION = ("k1", "k2", "k3", "k4", "p1", "p2")
_MILLIMETERS = 0.001


def _find(folder: Path) -> Path | None:
    return folder if (folder / TRANSFORMS_FILE).is_file() else None


def _intrinsics(values: dict[str, Any], size: tuple[int, int] | None) -> Intrinsics | None:
    """Intrinsics of the whole file or of one frame, or None if it does not hold any."""
    try:
        width, height = (float(values.get(k, s)) for k, s in zip("wh", size or (0, 0), strict=True))
        fx = values.get("fl_x")
        if fx is None and "camera_angle_x" in values:
            fx = width / (2 * math.tan(float(values["camera_angle_x"]) / 2))
        if fx is None or min(width, height) < 1:
            return None
        fy = values.get("fl_y", fx)
        cx, cy = values.get("cx", width / 2), values.get("cy", height / 2)
        K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], dtype=np.float64)
        return Intrinsics(K, size=(int(width), int(height)), pixel_center="half")
    except (TypeError, ValueError, OverflowError) as error:
        raise CaptureError(
            f"{TRANSFORMS_FILE} holds intrinsics that are not numbers",
            expected="numbers fl_x, fl_y, cx, cy, w, h",
            got=str(error),
        ) from error


def _image_path(root: Path, listed: object, *, source: Path) -> Path:
    path = path_inside(root, listed, source=source)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return path
    # Synthetic scenes list their pictures without suffix.
    candidates = (path.with_name(path.name + suffix) for suffix in (".png", ".jpg", ".jpeg"))
    return next((p for p in candidates if p.is_file()), path)


def _matrix(value: object, *, source: Path, name: str) -> NDArray[np.float64]:
    try:
        matrix = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        matrix = np.zeros(0)
    if matrix.shape == (3, 4):
        matrix = np.vstack([matrix, (0.0, 0.0, 0.0, 1.0)])
    if matrix.shape != (4, 4):
        raise CaptureError(
            f"{source}: the pose of {name} cannot be read",
            expected="'transform_matrix' with 4 x 4 numbers",
            got=f"shape {matrix.shape}",
            do="Export the file again.",
        )
    return matrix


def _entry(frame: object, *, root: Path, source: Path) -> FrameEntry:
    if not isinstance(frame, dict) or "file_path" not in frame:
        raise CaptureError(f"{source}: a frame has no 'file_path'", expected="one in every frame")
    image = _image_path(root, frame["file_path"], source=source)
    listed = frame.get("depth_file_path")
    depth = None if listed is None else path_inside(root, listed, source=source)
    time = frame.get("timestamp", frame.get("time"))
    has_own = "fl_x" in frame or "camera_angle_x" in frame
    return FrameEntry(
        image.stem,
        image,
        depth,
        _matrix(frame.get("transform_matrix"), source=source, name=image.name),
        time=float(time) if isinstance(time, (int, float)) else None,
        intrinsics=_intrinsics(frame, first_size([image])) if has_own else None,
    )


def _depth_encoding(values: dict[str, Any]) -> tuple[DepthEncoding, str]:
    for key in ("depth_unit_scale_factor", "integer_depth_scale"):
        if isinstance(values.get(key), (int, float)) and values[key] > 0:
            return DepthEncoding(scale=1 / values[key]), f"{key} of {TRANSFORMS_FILE}"
    return DepthEncoding(scale=1 / _MILLIMETERS), "millimetres, nerfstudio's default"


def _problems(values: dict[str, Any], entries: tuple[FrameEntry, ...]) -> list[Problem]:
    problems = []
    lens = {k: values[k] for k in _DISTORTION if isinstance(values.get(k), (int, float))}
    lens = {key: value for key, value in lens.items() if value != 0}
    if lens:
        problems.append(
            Problem(
                "warning",
                "distortion",
                "The pictures have lens distortion, which is not taken out",
                "k1, k2, p1, p2 of 0",
                ", ".join(f"{key} {value:g}" for key, value in lens.items()),
                "Undistort the pictures first where the corners have to be exact.",
            )
        )
    without = tuple(entry.name for entry in entries if entry.depth is None)
    if without and len(without) < len(entries):
        problems.append(
            Problem(
                "warning",
                "missing-depth",
                f"{len(without)} frames have no depth picture",
                "'depth_file_path' in every frame",
                f"none for {some(without)}",
                "Export depth for all frames, or remove these from the file.",
                without,
            )
        )
    return problems


def _read(root: Path) -> Recording:
    source = root / TRANSFORMS_FILE
    values = read_json(source)
    frames = values.get("frames")
    if not isinstance(frames, list):
        raise CaptureError(f"{source} lists no frames", expected="a list called 'frames'")
    listed = [_entry(frame, root=root, source=source) for frame in frames]
    entries = tuple(sorted(listed, key=lambda entry: natural_key(entry.name)))
    size = first_size(entry.image for entry in entries)
    found = _intrinsics(values, size)
    missing = CaptureError(
        f"{source} holds no intrinsics",
        expected="fl_x, fl_y, cx, cy, w, h for all frames or in each",
        do="Add the camera's values to the file.",
    )
    if found is None and entries and all(entry.intrinsics is not None for entry in entries):
        found = entries[0].intrinsics
    depth, unit = _depth_encoding(values)
    return Recording(
        layout="nerfstudio",
        root=root,
        entries=entries,
        intrinsics=missing if found is None else found,
        depth=depth,
        pose=PoseEncoding(axes="opengl"),
        notes=(f"depth unit: {unit}", "frames in the order of their names"),
        problems=tuple(_problems(values, entries)),
    )


LAYOUT = Layout(
    name="nerfstudio",
    summary="transforms.json with depth, as nerfstudio reads it",
    marks=TRANSFORMS_FILE,
    find=_find,
    read=_read,
)
