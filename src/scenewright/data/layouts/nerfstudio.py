"""transforms.json, as nerfstudio and related tools write it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import (
    DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    natural_key,
    path_inside,
    read_json,
)
from scenewright.data.layouts.base import Layout, first_size, frame_names
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.problems import Problem, list_some
from scenewright.data.recording import FrameEntry, Recording

TRANSFORMS_FILE = "transforms.json"
_DISTORTION = ("k1", "k2", "k3", "k4", "k5", "k6", "p1", "p2")
_SHARED = (*_DISTORTION, "camera_model", "is_fisheye", "w", "h", "cx", "cy")
"""Values that a frame with its own focal length inherits from the file."""
_PERSPECTIVE = (
    "OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "FULL_OPENCV", "PERSPECTIVE",
)  # fmt: skip
_FISHEYE = ("OPENCV_FISHEYE", "FISHEYE")
_NO_LENS = ("latlong", "equirectangular", "ftheta_p0")
_NGP = ("aabb_scale", "scale", "offset")
"""Placement of the scene in the unit cube of instant-ngp; it does not apply to the poses."""
_MILLIMETERS = 0.001


_SPLITS = tuple(f"transforms_{split}.json" for split in ("train", "val", "test"))
"""Files of captures whose frames are divided for training and testing; all of them are read."""
_HELD_OUT = ("transforms_val.json", "transforms_test.json")
"""Files of frames that are kept for validation and tests."""
_TEST_LISTS = ("val_filenames", "test_filenames")
"""Lists of images in transforms.json that are kept for validation and tests."""
_DEPTH_KEYS = ("depth_file_path", "depth_path")


def _sources(folder: Path) -> list[Path]:
    """The files with frames: transforms.json, or those of all splits."""
    if (folder / TRANSFORMS_FILE).is_file():
        return [folder / TRANSFORMS_FILE]
    return [folder / name for name in _SPLITS if (folder / name).is_file()]


def _find(folder: Path) -> Path | None:
    return folder if _sources(folder) else None


def _lens(values: dict[str, Any]) -> tuple[str, tuple[float, ...]]:
    """Model and coefficients of the lens, with the names of COLMAP.

    Raises:
        CaptureError: The camera model is not supported, or a coefficient is ambiguous.
    """
    name = values.get("camera_model")
    unsupported = next((key for key in _NO_LENS if values.get(key)), None)
    if unsupported is not None or name not in (None, *_PERSPECTIVE, *_FISHEYE):
        raise CaptureError(
            f"{TRANSFORMS_FILE} has an unsupported camera model",
            expected=f"a camera_model among {', '.join((*_PERSPECTIVE, *_FISHEYE))}",
            got=unsupported or str(name),
            do="Export undistorted images.",
        )
    number = {key: float(values.get(key) or 0) for key in _DISTORTION}
    is_fisheye = bool(values.get("is_fisheye")) or name in _FISHEYE
    keys = ("p1", "p2") if is_fisheye else ("k4", "k5", "k6")
    ambiguous = [f"{key} {number[key]:g}" for key in keys if number[key] and name != "FULL_OPENCV"]
    if ambiguous:
        raise CaptureError(
            f"{TRANSFORMS_FILE} has a lens coefficient that tools interpret differently",
            expected="k1 to k4 of a fisheye, or k1, k2, k3, p1, p2 of another lens",
            got=", ".join(ambiguous),
            do="Export undistorted images.",
        )
    if is_fisheye:
        return "OPENCV_FISHEYE", tuple(number[f"k{i}"] for i in (1, 2, 3, 4))
    brown = tuple(number[key] for key in ("k1", "k2", "p1", "p2"))
    more = tuple(number[f"k{i}"] for i in (3, 4, 5, 6))
    return ("FULL_OPENCV", (*brown, *more)) if any(more) else ("OPENCV", brown)


def _intrinsics(values: dict[str, Any], size: tuple[int, int] | None) -> Intrinsics | None:
    """Intrinsics of the whole file or of one frame, or None if there are none."""
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
        model, coefficients = _lens(values)
        return Intrinsics(
            K,
            size=(int(width), int(height)),
            pixel_center="half",
            model=model,
            coefficients=coefficients,
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise CaptureError(
            f"{TRANSFORMS_FILE} contains intrinsics that are not numbers",
            expected="numbers fl_x, fl_y, cx, cy, w, h, k1, k2, k3, p1, p2",
            got=str(error),
        ) from error


def _listed_path(root: Path, listed: object, *, source: Path) -> Path:
    """The path of a listed file, inside of the folder or in a folder beside it, ``../images``."""
    text = listed.replace("\\", "/") if isinstance(listed, str) else ""
    if text.startswith("../") and len(PurePosixPath(text).parts) > 2:
        return path_inside(root.resolve().parent, text.removeprefix("../"), source=source)
    return path_inside(root, listed, source=source)


def _image_path(
    root: Path, listed: object, *, source: Path, suffixes: Sequence[str] = IMAGE_SUFFIXES
) -> Path:
    path = _listed_path(root, listed, source=source)
    if path.suffix.lower() in suffixes:
        return path
    # Synthetic scenes list names without suffix.
    candidates = (path.with_name(path.name + suffix) for suffix in (".png", ".jpg", *suffixes))
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


def _entry(frame: object, *, root: Path, source: Path, shared: dict[str, Any]) -> FrameEntry:
    if not isinstance(frame, dict) or "file_path" not in frame:
        raise CaptureError(f"{source}: a frame has no 'file_path'", expected="one in every frame")
    image = _image_path(root, frame["file_path"], source=source)
    listed = next((frame[key] for key in _DEPTH_KEYS if frame.get(key) is not None), None)
    depth = (
        None
        if listed is None
        else _image_path(root, listed, source=source, suffixes=DEPTH_SUFFIXES)
    )
    mask = frame.get("mask_path")
    time = frame.get("timestamp", frame.get("time"))
    has_intrinsics = "fl_x" in frame or "camera_angle_x" in frame
    return FrameEntry(
        image.stem,
        image,
        depth,
        _matrix(frame.get("transform_matrix"), source=source, name=image.name),
        time=float(time) if isinstance(time, (int, float)) else None,
        intrinsics=_intrinsics({**shared, **frame}, first_size([image]))
        if has_intrinsics
        else None,
        mask=None if mask is None else _listed_path(root, mask, source=source),
    )


def _relative(path: Path, root: Path) -> str:
    """The path of an image from the folder, without the step out of it."""
    base = root if path.is_relative_to(root) else root.resolve().parent
    return path.relative_to(base).as_posix()


def _depth_encoding(values: dict[str, Any]) -> tuple[DepthEncoding, str]:
    for key in ("depth_unit_scale_factor", "integer_depth_scale"):
        if isinstance(values.get(key), (int, float)) and values[key] > 0:
            return DepthEncoding(scale=1 / values[key]), f"{key} of {TRANSFORMS_FILE}"
    return DepthEncoding(scale=1 / _MILLIMETERS), "millimeters, the default of nerfstudio"


def _points_file(values: dict[str, Any], *, root: Path, source: Path) -> Path | None:
    listed = values.get("ply_file_path")
    path = None if listed is None else path_inside(root, listed, source=source)
    return path if path is not None and path.is_file() else None


def _ngp_notes(values: dict[str, Any]) -> list[str]:
    keys = [key for key in _NGP if key in values]
    return [f"{', '.join(keys)} of instant-ngp: ignored, not part of the poses"] if keys else []


def _problems(entries: tuple[FrameEntry, ...]) -> list[Problem]:
    problems = []
    without = tuple(entry.name for entry in entries if entry.depth is None)
    if without and len(without) < len(entries):
        problems.append(
            Problem(
                "warning",
                "missing-depth",
                f"{len(without)} frames have no depth image",
                "'depth_file_path' in every frame",
                f"none for {list_some(without)}",
                "Export depth for all frames, or remove these from the file.",
                without,
            )
        )
    return problems


@dataclass(frozen=True, eq=False)
class _File:
    """A file: its path, values and frames, and the intrinsics of frames that state none."""

    source: Path
    values: dict[str, Any]
    entries: list[FrameEntry]
    intrinsics: Intrinsics | None


def _read_file(source: Path, root: Path) -> _File:
    values = read_json(source)
    frames = values.get("frames")
    if not isinstance(frames, list):
        raise CaptureError(f"{source} lists no frames", expected="a list called 'frames'")
    shared = {key: values[key] for key in _SHARED if key in values}
    listed = [_entry(frame, root=root, source=source, shared=shared) for frame in frames]
    return _File(source, values, listed, _intrinsics(values, first_size(e.image for e in listed)))


def _read(root: Path) -> Recording:
    files = [_read_file(source, root) for source in _sources(root)]
    source, values, found = _sources(root)[0], files[0].values, files[0].intrinsics
    # The cameras of the other files may differ.
    listed = files[0].entries + [
        entry if entry.intrinsics is not None else replace(entry, intrinsics=file.intrinsics)
        for file in files[1:]
        for entry in file.entries
    ]
    names = frame_names([_relative(e.image, root) for e in listed if e.image])
    listed = [replace(entry, name=name) for entry, name in zip(listed, names, strict=True)]
    entries, lost = _with_images(listed)
    tests = _test_paths(files, root)
    missing = CaptureError(
        f"{source} contains no intrinsics",
        expected="fl_x, fl_y, cx, cy, w, h for all frames or in each",
        do="Add the intrinsics to the file.",
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
        points=_points_file(values, root=root, source=source),
        notes=(
            *((f"frames of {', '.join(s.name for s in _sources(root))}",) if files[1:] else ()),
            f"depth unit: {unit}",
            "frames sorted by name",
            *_ngp_notes(values),
        ),
        problems=(*lost, *_problems(entries)),
        test_frames=frozenset(e.name for e in entries if e.image in tests),
    )


def _with_images(listed: list[FrameEntry]) -> tuple[tuple[FrameEntry, ...], list[Problem]]:
    """The frames in the order of their names, without those whose image is missing.

    If all are missing, they stay, so that the error names their paths.
    """
    entries = tuple(sorted(listed, key=lambda entry: natural_key(entry.name)))
    found = [entry.image is not None and entry.image.is_file() for entry in entries]
    kept = tuple(entry for entry, is_there in zip(entries, found, strict=True) if is_there)
    missing = tuple(e.name for e, is_there in zip(entries, found, strict=True) if not is_there)
    if not missing or not kept:
        return entries, []
    problem = Problem(
        "warning",
        "missing-color",
        f"{len(missing)} of {len(entries)} frames have no image file and are not used",
        "a file for each",
        f"none for {list_some(missing)}",
        "Restore these files, or ignore them.",
        missing,
    )
    return kept, [problem]


def _test_paths(files: list[_File], root: Path) -> set[Path]:
    """The images that are kept for validation and tests."""
    split = {e.image for f in files if f.source.name in _HELD_OUT for e in f.entries if e.image}
    lists = [files[0].values.get(key) for key in _TEST_LISTS]
    names = [name for listed in lists if isinstance(listed, list) for name in listed]
    return split | {_image_path(root, name, source=files[0].source) for name in names}


LAYOUT = Layout(
    name="nerfstudio",
    summary="transforms.json, as nerfstudio and instant-ngp read it",
    marks=f"{TRANSFORMS_FILE}, or transforms_train.json",
    find=_find,
    read=_read,
)
