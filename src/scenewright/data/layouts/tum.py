"""TUM RGB-D: lists of images and a trajectory, joined by their timestamps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from scenewright.core import CaptureError
from scenewright.data.camera_files import default_camera, find_camera
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import parse_numbers, path_inside, read_text
from scenewright.data.layouts.base import Layout, first_size
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.pose_lists import poses_from_quaternions
from scenewright.data.problems import Problem
from scenewright.data.recording import FrameEntry, Recording

_INTRINSICS_FILE = "intrinsics.txt"
"""Optional, not part of the data set; overrides the default intrinsics."""
_NEAR = 0.02
"""Maximum time between color and depth of one frame, or between a frame and a pose, seconds."""
_GAP = 0.15
"""Maximum time between two poses for interpolation, seconds."""

_FOCAL = {
    "freiburg1": (517.3, 516.5, 318.6, 255.3),
    "freiburg2": (520.9, 521.0, 325.1, 249.7),
    "freiburg3": (535.4, 539.2, 320.1, 247.6),
}
"""fx, fy, cx, cy of the color camera by sequence group, from the data set."""
_DEFAULT_FOCAL = (525.0, 525.0, 319.5, 239.5)
_DEFAULT_TEXT = "fx = fy = 525, cx = 319.5, cy = 239.5"
_ASSOCIATIONS = ("associations.txt", "associate.txt", "association.txt", "associated.txt")
"""Lists of color and depth in one file, as for ORB-SLAM: time, file, time, file."""
_TRAJECTORIES = (
    "groundtruth.txt", "CameraTrajectory.txt", "KeyFrameTrajectory.txt", "trajectory.txt",
    "traj.txt", "poses.txt", "groundtruth.csv",
)  # fmt: skip
"""Names of the trajectory, the first that exists."""
_ICL_TRAJECTORY = "*.gt.freiburg"
_NANOSECONDS = 1e14
"""Larger times are nanoseconds: seconds since 1970 stay below it for three million years."""


def _find(folder: Path) -> Path | None:
    has_lists = (folder / "rgb.txt").is_file() and (folder / "depth.txt").is_file()
    return folder if has_lists or _find_associations(folder) is not None else None


def _find_associations(folder: Path) -> Path | None:
    return next((folder / name for name in _ASSOCIATIONS if (folder / name).is_file()), None)


def _read_lists(root: Path) -> tuple[list[tuple[float, Path]], list[tuple[float, Path]]]:
    """The (time, file) pairs of color and depth, each sorted by time."""
    if (root / "rgb.txt").is_file() and (root / "depth.txt").is_file():
        return _read_list(root / "rgb.txt"), _read_list(root / "depth.txt")
    path = _find_associations(root)
    assert path is not None
    rows = [(time, words) for time, words in _rows(path) if len(words) == 3]
    first = [(time, path_inside(root, words[0], source=path)) for time, words in rows]
    second = [
        (_seconds(words[1], path), path_inside(root, words[2], source=path)) for _, words in rows
    ]
    # ICL-NUIM lists depth first.
    is_swapped = bool(first) and "depth" in first[0][1].parent.name
    return (sorted(second), sorted(first)) if is_swapped else (sorted(first), sorted(second))


def _read_list(path: Path) -> list[tuple[float, Path]]:
    """The (time, file) pairs of a list, sorted by time."""
    return sorted(
        (time, path_inside(path.parent, " ".join(words), source=path))
        for time, words in _rows(path)
        if words
    )


def _rows(path: Path) -> list[tuple[float, list[str]]]:
    """The time and the other words of each line; comments and headers are skipped."""
    rows: list[tuple[float, list[str]]] = []
    for line in read_text(path).splitlines():
        words = line.replace(",", " ").split()
        is_header = not rows and words and re.match(r"[A-Za-z]", words[0]) is not None
        if words and words[0][0] != "#" and not is_header:
            rows.append((_seconds(words[0], path), words[1:]))
    return rows


def _seconds(word: str, path: Path) -> float:
    """A time, which some recorders write in nanoseconds."""
    time = float(parse_numbers(word, source=str(path))[0])
    return time / 1e9 if abs(time) > _NANOSECONDS else time


def _associate(first: NDArray[np.float64], second: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Index pairs of close times, each index used once, the closest pairs first."""
    pairs = []
    for i, time in enumerate(first):
        after = int(np.searchsorted(second, time))
        for j in {max(after - 1, 0), min(after, len(second) - 1)} if len(second) else ():
            pairs.append((abs(second[j] - time), i, j))
    used_first: set[int] = set()
    used_second: set[int] = set()
    chosen = []
    for distance, i, j in sorted(pairs):
        if distance <= _NEAR and i not in used_first and j not in used_second:
            chosen.append((i, j))
            used_first.add(i)
            used_second.add(j)
    return sorted(chosen)


def _read_trajectory(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) increasing times and (N, 7) rows of position and quaternion xyzw."""
    listed = _rows(path)
    widths = {len(words) + 1 for _, words in listed}
    if widths != {8}:
        raise CaptureError(
            f"{path} is not a trajectory",
            expected="eight numbers per line: time tx ty tz qx qy qz qw",
            got=f"{' or '.join(map(str, sorted(widths))) or 'no'} numbers",
            do="Download or export the file again.",
        )
    rows = np.array(
        [[time, *parse_numbers(" ".join(words), source=str(path))] for time, words in listed]
    )
    rows = rows[np.isfinite(rows).all(axis=1) & (np.linalg.norm(rows[:, 4:], axis=1) > 1e-6)]
    times, first = np.unique(rows[:, 0], return_index=True)
    return times, rows[first, 1:]


def _poses_at(
    wanted: NDArray[np.float64], times: NDArray[np.float64], *, rows: NDArray[np.float64]
) -> list[NDArray[np.float64] | None]:
    """Interpolated poses; None in gaps and outside the trajectory."""
    if len(times) < 2:
        return [None] * len(wanted)
    inside = np.clip(wanted, times[0], times[-1])
    after = np.clip(np.searchsorted(times, inside), 1, len(times) - 1)
    gap = times[after] - times[after - 1]
    nearest = np.minimum(np.abs(times[after] - wanted), np.abs(wanted - times[after - 1]))
    known = (nearest <= _NEAR) | ((gap <= _GAP) & (inside == wanted))
    share = ((inside - times[after - 1]) / gap)[:, None]
    positions = (1 - share) * rows[after - 1, :3] + share * rows[after, :3]
    quaternions = Slerp(times, Rotation.from_quat(rows[:, 3:]))(inside).as_quat()
    matrices = poses_from_quaternions(positions, quaternions)
    return [matrix if ok else None for matrix, ok in zip(matrices, known, strict=True)]


def _sequence_group(root: Path) -> str:
    """``"freiburg1"`` etc. if the name of the folder or its parent contains it, else empty."""
    resolved = root.resolve()
    names = f"{resolved.parent.name}/{resolved.name}"
    return next((group for group in _FOCAL if group in names), "")


def _read_camera(
    root: Path, images: Sequence[Path], depths: Sequence[Path]
) -> tuple[Intrinsics | CaptureError, str, list[Problem]]:
    """The intrinsics, where they are from, and a warning if they are assumed."""
    group = _sequence_group(root)
    try:
        color, depth = first_size(images[:3]), first_size(depths[:3])
        found = find_camera(root, depth=depth, color=color)
    except CaptureError as error:
        return error, "unreadable", []
    if found is not None:
        return found.intrinsics, f"from {found.path.relative_to(root)}", []
    if group:
        text = f"those of {group}, by the folder name; lens distortion is not removed"
        return _intrinsics(_FOCAL[group]), text, []
    text = f"no {_INTRINSICS_FILE}, no sequence group in the folder name: {_DEFAULT_TEXT}"
    problem = default_camera(root, text=_DEFAULT_TEXT, files=f"{_INTRINSICS_FILE} or camera.json")
    return _intrinsics(_DEFAULT_FOCAL), text, [problem]


def _intrinsics(values: tuple[float, float, float, float]) -> Intrinsics:
    fx, fy, cx, cy = values
    return Intrinsics(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), size=(640, 480))


def _find_trajectory(root: Path) -> Path | None:
    named = (root / name for name in _TRAJECTORIES if (root / name).is_file())
    return next(named, None) or next(iter(sorted(root.glob(_ICL_TRAJECTORY))), None)


def _pose_encoding(root: Path) -> PoseEncoding:
    """The world and the cameras of ICL-NUIM have y up, and are left-handed."""
    path = _find_trajectory(root)
    is_icl = path is not None and path.match(_ICL_TRAJECTORY)
    return PoseEncoding(axes="unity") if is_icl else PoseEncoding()


def _read_poses(
    root: Path, wanted: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64] | None], str, list[Problem]]:
    """The poses at the times of the frames, where they are from, and what is wrong with them."""
    path = _find_trajectory(root)
    if path is None:
        return [None] * len(wanted), f"no poses: none of {', '.join(_TRAJECTORIES)}", []
    times, rows = _read_trajectory(path)
    poses = _poses_at(wanted, times, rows=rows)
    note = f"poses interpolated from {path.name} at the times of the depth images"
    missing = sum(pose is None for pose in poses)
    if not missing or len(times) < 2:
        return poses, note, []
    gap = float(np.median(np.diff(times)))
    after = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    nearest = np.minimum(np.abs(times[after] - wanted), np.abs(wanted - times[after - 1]))
    distance = float(nearest.min())
    problem = Problem(
        "warning",
        "pose-gap",
        f"{missing} frames are too far in time from the poses of {path.name}",
        f"poses at most {_GAP:g} s apart, around the times of the frames",
        f"poses every {gap:.3g} s; the frame closest to one is {distance:.3g} s away",
        "Export the trajectory of all frames, not of keyframes only, with the same clock.",
    )
    return poses, note, [problem]


def _read(root: Path) -> Recording:
    images, depths = _read_lists(root)
    image_times = np.array([time for time, _ in images])
    depth_times = np.array([time for time, _ in depths])
    pairs = _associate(image_times, depth_times)
    if not pairs and len(images) and len(depths):
        raise _no_pairs(image_times, depth_times)
    # The pose is interpolated at the time of the depth image, which determines the geometry.
    times = depth_times[[j for _, j in pairs]] if pairs else np.zeros(0)
    poses, pose_note, problems = _read_poses(root, times)
    camera, camera_note, camera_problems = _read_camera(
        root, [path for _, path in images], [path for _, path in depths]
    )
    entries = tuple(
        FrameEntry(images[i][1].stem, images[i][1], depths[j][1], pose, time=float(time))
        for (i, j), pose, time in zip(pairs, poses, times, strict=True)
    )
    return Recording(
        layout="tum",
        root=root,
        entries=entries,
        intrinsics=camera,
        depth=DepthEncoding(scale=5000.0),
        pose=_pose_encoding(root),
        notes=(
            f"{len(images)} color and {len(depths)} depth images paired within {_NEAR:g} s",
            pose_note,
            f"intrinsics: {camera_note}",
        ),
        problems=(*_unpaired(len(images), len(entries)), *problems, *camera_problems),
        has_quaternions=True,
    )


def _no_pairs(images: NDArray[np.float64], depths: NDArray[np.float64]) -> CaptureError:
    """The error of a capture in which no color and depth image belong together."""
    gap = float(np.abs(images[:, None] - depths[None]).min())
    return CaptureError(
        "No color image has a depth image at the same time",
        expected=f"one within {_NEAR:g} s",
        got=f"{len(images)} color and {len(depths)} depth images, at least {gap:.4g} s apart",
        do="Give rgb.txt and depth.txt times of the same clock, in seconds.",
    )


def _unpaired(num_images: int, num_frames: int) -> tuple[Problem, ...]:
    if num_frames >= 0.8 * num_images:
        return ()
    return (
        Problem(
            "warning",
            "unpaired-times",
            "Many color images have no depth image at the same time",
            f"one within {_NEAR:g} s for at least 80% of {num_images}",
            f"{num_frames}",
            "Check that rgb.txt and depth.txt use the same time origin.",
        ),
    )


LAYOUT = Layout(
    name="tum",
    summary="TUM RGB-D",
    marks="rgb.txt and depth.txt, or associations.txt",
    find=_find,
    read=_read,
)
