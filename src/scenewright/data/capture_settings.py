"""The optional capture.json, which corrects or completes what a layout found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.camera_files import DEFAULT_CAMERA
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import read_json
from scenewright.data.pose_encodings import (
    CameraAxes,
    ImageRoll,
    PoseDirection,
    PoseEncoding,
    QuaternionOrder,
)
from scenewright.data.recording import Recording

SETTINGS_FILE = "capture.json"


def apply_settings(recording: Recording, *, depth_scale: float | None = None) -> Recording:
    """A recording with the values of the capture.json in its folder.

    Args:
        recording: What the layout found.
        depth_scale: Stored units per meter; overrides the value in the file.

    Raises:
        CaptureError: The file is not valid, or contains an unknown key.
    """
    path = recording.root / SETTINGS_FILE
    settings = read_json(path) if path.is_file() else {}
    unknown = sorted(set(settings) - set(_APPLY))
    if unknown:
        raise CaptureError(
            f"{path} contains an unknown key",
            expected=f"keys among {', '.join(_APPLY)}",
            got=", ".join(unknown),
            do="Correct the spelling or remove the key.",
        )
    for key, value in settings.items():
        try:
            recording = _APPLY[key](recording, value)
        except (TypeError, ValueError, KeyError) as error:
            raise CaptureError(
                f"{path}: '{key}' has an invalid value",
                expected=_EXPECTED[key],
                got=str(error),
            ) from error
    if settings:
        values = ", ".join(f"{key} = {value}" for key, value in settings.items() if key != "times")
        note = f"{SETTINGS_FILE} sets {values or 'times'}"
        recording = replace(recording, notes=(*recording.notes, note))
    if depth_scale is not None:
        recording = _set_depth_scale(recording, depth_scale)
        recording = replace(recording, notes=(*recording.notes, "depth scale given by the caller"))
    return recording


def _positive(value: Any) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(repr(value))
    return number


def _one_of(value: Any, *allowed: str) -> Any:
    if value not in allowed:
        raise ValueError(repr(value))
    return value


def _set_depth_scale(recording: Recording, value: Any) -> Recording:
    return replace(recording, depth=replace(recording.depth, scale=_positive(value)))


def _set_pixel_center(recording: Recording, value: Any) -> Recording:
    center = _one_of(value, "integer", "half")

    def changed(intrinsics: Intrinsics) -> Intrinsics:
        return replace(intrinsics, pixel_center=center)

    entries = tuple(
        replace(e, intrinsics=changed(e.intrinsics)) if e.intrinsics else e
        for e in recording.entries
    )
    shared = recording.intrinsics
    return replace(
        recording,
        entries=entries,
        intrinsics=changed(shared) if isinstance(shared, Intrinsics) else shared,
    )


def _set_pose(recording: Recording, value: Any) -> Recording:
    direction = _one_of(value, *get_args(PoseDirection))
    return replace(recording, pose=replace(recording.pose, direction=direction))


def _set_axes(recording: Recording, value: Any) -> Recording:
    axes = _one_of(value, *get_args(CameraAxes))
    return replace(recording, pose=replace(recording.pose, axes=axes))


def _set_roll(recording: Recording, value: Any) -> Recording:
    if isinstance(value, bool) or value not in get_args(ImageRoll):
        raise ValueError(repr(value))
    roll = next(one for one in get_args(ImageRoll) if one == value)
    return replace(recording, pose=replace(recording.pose, roll=roll))


def _set_body_from_cam(recording: Recording, value: Any) -> Recording:
    rows = np.asarray(value, dtype=np.float64).reshape(-1, 4)
    matrix = np.concatenate([rows, [[0.0, 0.0, 0.0, 1.0]]]) if len(rows) == 3 else rows
    # A scale or a mirror would not be a camera; few digits are no fault.
    pose = PoseEncoding().world_from_cam(matrix) if matrix.shape == (4, 4) else None
    if pose is None:
        raise ValueError(f"{value!r:.80}")
    body_from_cam = tuple(pose.ravel().tolist())
    return replace(recording, pose=replace(recording.pose, body_from_cam=body_from_cam))


def _set_quaternion(recording: Recording, value: Any) -> Recording:
    order = _one_of(value, *get_args(QuaternionOrder))
    return replace(recording, pose=replace(recording.pose, quaternion=order))


def _set_origin(recording: Recording, value: Any) -> Recording:
    x, y, z = (float(number) for number in value)
    if not np.isfinite((x, y, z)).all():
        raise ValueError(repr(value))
    return replace(recording, pose=replace(recording.pose, origin=(x, y, z)))


def _set_depth(recording: Recording, value: Any) -> Recording:
    kind = _one_of(value, "z", "ray", "rotated")
    depth = replace(
        recording.depth, kind="ray" if kind == "ray" else "z", rotated=kind == "rotated"
    )
    return replace(recording, depth=depth)


def _set_intrinsics(recording: Recording, value: Any) -> Recording:
    fx, fy, cx, cy = (float(number) for number in value)
    K = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    known = recording.intrinsics
    size = known.size if isinstance(known, Intrinsics) else None
    center = known.pixel_center if isinstance(known, Intrinsics) else "integer"
    entries = tuple(replace(entry, intrinsics=None) for entry in recording.entries)
    return replace(
        recording,
        entries=entries,
        intrinsics=Intrinsics(K, size=size, pixel_center=center),
        problems=tuple(p for p in recording.problems if p.code != DEFAULT_CAMERA),
    )


def _set_pose_scale(recording: Recording, value: Any) -> Recording:
    return replace(recording, pose=replace(recording.pose, scale=_positive(value)))


def _set_up(recording: Recording, value: Any) -> Recording:
    up: NDArray[np.float64] = np.asarray(value, dtype=np.float64)
    length = float(np.linalg.norm(up))
    if up.shape != (3,) or not (math.isfinite(length) and length > 0):
        raise ValueError(repr(value))
    return replace(recording, up=up / length)


def _set_times(recording: Recording, value: Any) -> Recording:
    if isinstance(value, dict):
        times = [value.get(entry.name) for entry in recording.entries]
    else:
        times = list(value)
        if len(times) != len(recording.entries):
            raise ValueError(f"{len(times)} times for {len(recording.entries)} frames")
    entries = tuple(
        replace(entry, time=None if time is None else float(time))
        for entry, time in zip(recording.entries, times, strict=True)
    )
    return replace(recording, entries=entries)


def _set_name(recording: Recording, value: Any) -> Recording:
    return replace(recording, name=str(value))


_APPLY: dict[str, Callable[[Recording, Any], Recording]] = {
    "name": _set_name,
    "depth_scale": _set_depth_scale,
    "pixel_center": _set_pixel_center,
    "pose": _set_pose,
    "axes": _set_axes,
    "roll": _set_roll,
    "body_from_cam": _set_body_from_cam,
    "quaternion": _set_quaternion,
    "depth": _set_depth,
    "intrinsics": _set_intrinsics,
    "origin": _set_origin,
    "pose_scale": _set_pose_scale,
    "up": _set_up,
    "times": _set_times,
}

_EXPECTED = {
    "name": "text",
    "depth_scale": "stored units per meter, above 0",
    "pixel_center": "'integer' or 'half'",
    "pose": "'world_from_cam', 'cam_from_world', 'inverse_rotation' or 'inverse_position'",
    "axes": "'opencv', 'opengl', 'ros', 'ned', 'unity' or 'unreal'",
    "roll": "0, 90, 180 or 270",
    "body_from_cam": "a 3x4 or 4x4 matrix of a rotation and a translation in meters",
    "quaternion": "'xyzw' or 'wxyz'",
    "depth": "'z', 'ray' or 'rotated'",
    "intrinsics": "four numbers: fx, fy, cx, cy in pixels",
    "origin": "three numbers in meters",
    "pose_scale": "stored units per meter, above 0",
    "up": "three numbers, not all 0",
    "times": "seconds: one per frame in order, or an object with the frame names as keys",
}
