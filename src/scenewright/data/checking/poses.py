"""Checks of all poses and timestamps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.checking.files import group_errors
from scenewright.data.decode import read_stored_pose
from scenewright.data.pose_encodings import is_rounded, pose_fault, pose_scale, rotation_error
from scenewright.data.problems import Problem, Severity, list_some
from scenewright.data.recording import Recording
from scenewright.geometry.gravity import angle_to_cameras

_TURNED_DEG = 60.0
"""Angle between up and the images from which on it contradicts them, degrees."""
_GAP_FACTOR = 5.0
_GAP_S = 0.5
"""A pause is a gap if it is this many times the median step and longer than this."""
_UNUSABLE = {
    "pose-missing": (
        "have no pose and are not used",
        "a camera pose for every frame",
        "Export the trajectory with the images, or remove these frames. docs/captures.md names the "
        "files with poses: in the plain layout pose/NAME.txt, or a list such as poses.txt.",
    ),
    "pose-not-finite": (
        "have a pose with NaN or infinite values and are not used",
        "finite numbers",
        "Usually tracking was lost there; no action is needed if they are few.",
    ),
    "pose-transposed": (
        "have a transposed pose and are not used",
        "the translation in the last column, last row 0 0 0 1",
        "Transpose the matrices: they were written column by column.",
    ),
    "pose-mirrored": (
        "have a pose that mirrors (its determinant is -1) and are not used",
        "a rotation, whose determinant is +1",
        "Poses of a left-handed world or camera must be mirrored on both sides: M pose M with M = "
        "diag(1, -1, 1, 1) if y is the mirrored axis.",
    ),
    "pose-scaled": (
        "have a pose with a scale, {} in the middle, and are not used",
        "a rotation without scale",
        "Divide the upper left 3 x 3 numbers by the scale; the translations keep their unit, "
        "which pose_scale in capture.json states.",
    ),
    "pose-not-rigid": (
        "have a pose that is not rigid and are not used",
        "a rotation without scale or reflection, last row 0 0 0 1",
        "Remove the scale from the matrices, and check the order of their rows and columns.",
    ),
}
"""What is wrong with frames without a usable pose, what was expected, and what to do."""


@dataclass(frozen=True, eq=False)
class PoseFindings:
    """The poses of a capture.

    Attributes:
        stored: (4, 4) matrix of every frame as stored, or None if it has none.
        world_from_cam: (4, 4) pose of every frame, meters, or None if it has none that is usable.
        problems: What is wrong with them.
        notes: What was done to them, one line each.
    """

    stored: list[NDArray[np.float64] | None]
    world_from_cam: list[NDArray[np.float64] | None]
    problems: list[Problem]
    notes: tuple[str, ...] = ()


def check_poses(recording: Recording) -> PoseFindings:
    """Reads the pose of every frame, and says which are unusable and why."""
    stored: list[NDArray[np.float64] | None] = []
    poses: list[NDArray[np.float64] | None] = []
    unreadable: list[tuple[str, CaptureError]] = []
    unusable: dict[str, list[str]] = {code: [] for code in _UNUSABLE}
    for entry in recording.entries:
        matrix = pose = None
        try:
            matrix = read_stored_pose(entry)
            pose = None if matrix is None else recording.pose.world_from_cam(matrix)
            if matrix is None:
                unusable["pose-missing"].append(entry.name)
            elif pose is None:
                unusable[f"pose-{pose_fault(matrix)}"].append(entry.name)
        except CaptureError as error:
            unreadable.append((entry.name, error))
        stored.append(matrix)
        poses.append(pose)
    problems = _unreadable_problems(unreadable, len(poses))
    scales = [s for m, p in zip(stored, poses, strict=True) if p is None and (s := _scale(m))]
    problems += _unusable_problems(unusable, len(poses), scales=scales)
    problems += [*_check_duplicates(recording, poses)]
    return PoseFindings(stored, poses, problems, _rounding_notes(stored))


def _scale(matrix: NDArray[np.float64] | None) -> float | None:
    return None if matrix is None or not np.isfinite(matrix).all() else pose_scale(matrix)


def _rounding_notes(stored: Sequence[NDArray[np.float64] | None]) -> tuple[str, ...]:
    errors = [rotation_error(m) for m in stored if m is not None and is_rounded(m)]
    if not errors:
        return ()
    return (
        f"rotations: {len(errors)} of {len(stored)} are rounded, up to {max(errors):.2g} from a "
        "rotation; the nearest rotation is used",
    )


def _unreadable_problems(unreadable: list[tuple[str, CaptureError]], number: int) -> list[Problem]:
    """Pose files without a matrix; their frames are not used."""
    severity: Severity = "error" if 2 * len(unreadable) > number else "warning"
    return [
        replace(problem, severity=severity)
        for problem in group_errors(unreadable, code="pose-unreadable")
    ]


def _unusable_problems(
    unusable: dict[str, list[str]], number: int, *, scales: list[float]
) -> list[Problem]:
    problems = []
    for code, names in unusable.items():
        if names:
            what, expected, do = _UNUSABLE[code]
            if code == "pose-scaled":
                what = what.format(f"{np.median(scales):.3g}")
            severity: Severity = "error" if 2 * len(names) > number else "warning"
            what = f"{len(names)} of {number} frames {what}"
            problems.append(
                Problem(severity, code, what, expected, list_some(names), do, tuple(names))
            )
    return problems


def _check_duplicates(
    recording: Recording, poses: Sequence[NDArray[np.float64] | None]
) -> list[Problem]:
    """Frames with exactly the pose of the previous frame, which a moving camera never has."""
    names = tuple(
        recording.entries[i].name
        for i in range(1, len(poses))
        if (pose := poses[i]) is not None
        and (previous := poses[i - 1]) is not None
        and np.array_equal(pose, previous)
    )
    if not names:
        return []
    return [
        Problem(
            "warning",
            "pose-duplicate",
            f"{len(names)} frames have exactly the pose of the previous frame",
            "a different pose for every frame",
            list_some(names),
            "If the camera moved there, the trajectory is stuck: remove these frames.",
            names,
        )
    ]


def check_up(recording: Recording, poses: Sequence[NDArray[np.float64] | None]) -> list[Problem]:
    """A stated up direction that contradicts the cameras."""
    known = [pose for pose in poses if pose is not None]
    # These apps measure gravity, and phones are held in every way.
    if recording.up is None or not known or recording.layout in ("stray", "polycam", "record3d"):
        return []
    angle = angle_to_cameras(np.stack(known), recording.up)
    if angle is None or angle < _TURNED_DEG:
        return []
    state = "upside down" if angle > 180 - _TURNED_DEG else "on their side or look straight up"
    x, y, z = recording.up.round(3).tolist()
    return [
        Problem(
            "warning",
            "up",
            f"The up direction ({x:g}, {y:g}, {z:g}) does not fit the cameras: most of them would "
            f"be {state}",
            f"an angle below {_TURNED_DEG:g} degrees to the upward axis of most images",
            f"{angle:.0f} degrees",
            'Correct "up" in capture.json, or remove it to have it estimated. No action is needed '
            "if the camera was held like this.",
        )
    ]


def check_times(recording: Recording) -> list[Problem]:
    """Gaps and disorder in the timestamps, or gaps in the file numbers if there are none."""
    entries = recording.entries
    timed = [(e.name, e.time) for e in entries if e.time is not None]
    if len(timed) > 2:
        names, times = zip(*timed, strict=True)
        steps = np.diff(np.array(times, dtype=np.float64))
        disorder = np.flatnonzero(steps <= 0)
        if disorder.size:
            return [_disorder([names[i + 1] for i in disorder])]
        usual = float(np.median(steps))
        gaps = np.flatnonzero((steps > _GAP_FACTOR * usual) & (steps > _GAP_S))
        code, texts = "time-gap", (f"{usual:.3g} s", f"{steps.max():.3g} s")
    else:
        matches = [re.search(r"(\d+)$", entry.name) for entry in entries]
        if len(entries) < 3 or not all(matches):
            return []
        names = tuple(entry.name for entry in entries)
        numbers = np.array([int(match[1]) for match in matches if match], dtype=np.float64)
        steps = np.diff(numbers)
        usual = float(np.median(steps))
        gaps = np.flatnonzero(steps > usual)
        code, texts = "number-gap", (f"{usual:g}", f"{steps.max():g}")
    if not gaps.size:
        return []
    return [_gap(code, [names[i + 1] for i in gaps], usual=texts[0], longest=texts[1])]


def _disorder(names: list[str]) -> Problem:
    return Problem(
        "warning",
        "time-order",
        f"{len(names)} frames are not later than the previous frame",
        "increasing timestamps",
        list_some(names),
        "Check that the file names sort in the order of recording.",
        tuple(names),
    )


def _gap(code: str, names: list[str], *, usual: str, longest: str) -> Problem:
    what = "times" if code == "time-gap" else "numbers"
    return Problem(
        "warning",
        code,
        f"The {what} of the frames have {len(names)} gaps",
        f"steps of {usual}",
        f"up to {longest}, before {list_some(names)}",
        "Look for frames that were lost on export; a gap is harmless if the poses continue.",
        tuple(names),
    )
