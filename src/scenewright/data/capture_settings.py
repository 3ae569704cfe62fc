"""The optional capture.json, which corrects or completes what a layout found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import read_json
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
    direction = _one_of(value, "world_from_cam", "cam_from_world")
    return replace(recording, pose=replace(recording.pose, direction=direction))


def _set_axes(recording: Recording, value: Any) -> Recording:
    axes = _one_of(value, "opencv", "opengl")
    return replace(recording, pose=replace(recording.pose, axes=axes))


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
    "pose_scale": _set_pose_scale,
    "up": _set_up,
    "times": _set_times,
}

_EXPECTED = {
    "name": "text",
    "depth_scale": "stored units per meter, above 0",
    "pixel_center": "'integer' or 'half'",
    "pose": "'world_from_cam' or 'cam_from_world'",
    "axes": "'opencv' or 'opengl'",
    "pose_scale": "stored units per meter, above 0",
    "up": "three numbers, not all 0",
    "times": "seconds: one per frame in order, or an object with the frame names as keys",
}
