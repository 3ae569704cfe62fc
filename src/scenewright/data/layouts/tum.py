"""TUM RGB-D: lists of images and a trajectory, joined by their timestamps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import parse_numbers, path_inside, read_k, read_text
from scenewright.data.layouts.base import Layout, attempt_intrinsics, poses_from_quaternions
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


def _find(folder: Path) -> Path | None:
    has_lists = (folder / "rgb.txt").is_file() and (folder / "depth.txt").is_file()
    return folder if has_lists else None


def _read_list(path: Path) -> list[tuple[float, Path]]:
    """The (time, file) pairs of a list, sorted by time."""
    rows = []
    for line in read_text(path).splitlines():
        words = line.split(maxsplit=1)
        if len(words) == 2 and not line.startswith("#"):
            time = float(parse_numbers(words[0], source=str(path))[0])
            rows.append((time, path_inside(path.parent, words[1].strip(), source=path)))
    return sorted(rows)


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
    lines = [line for line in read_text(path).splitlines() if not line.startswith("#")]
    numbers = parse_numbers(" ".join(lines), source=str(path))
    if numbers.size % 8:
        raise CaptureError(
            f"{path} is not a trajectory",
            expected="eight numbers per line: time tx ty tz qx qy qz qw",
            got=f"{numbers.size} numbers in total",
            do="Download or export the file again.",
        )
    rows = numbers.reshape(-1, 8)
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


def _read_intrinsics(root: Path) -> Intrinsics:
    if (root / _INTRINSICS_FILE).is_file():
        return Intrinsics(read_k(root / _INTRINSICS_FILE))
    return _intrinsics(_FOCAL.get(_sequence_group(root), _DEFAULT_FOCAL))


def _describe_intrinsics(root: Path) -> str:
    if (root / _INTRINSICS_FILE).is_file():
        return f"from {_INTRINSICS_FILE}"
    group = _sequence_group(root)
    if group:
        return f"those of {group}, by the folder name; lens distortion is not removed"
    return f"no {_INTRINSICS_FILE}, no sequence group in the folder name: fx = fy = 525"


def _intrinsics(values: tuple[float, float, float, float]) -> Intrinsics:
    fx, fy, cx, cy = values
    return Intrinsics(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), size=(640, 480))


def _read_poses(root: Path, wanted: NDArray[np.float64]) -> list[NDArray[np.float64] | None]:
    path = root / "groundtruth.txt"
    if not path.is_file():
        return [None] * len(wanted)
    times, rows = _read_trajectory(path)
    return _poses_at(wanted, times, rows=rows)


def _read(root: Path) -> Recording:
    images, depths = _read_list(root / "rgb.txt"), _read_list(root / "depth.txt")
    image_times = np.array([time for time, _ in images])
    depth_times = np.array([time for time, _ in depths])
    pairs = _associate(image_times, depth_times)
    # The pose is interpolated at the time of the depth image, which determines the geometry.
    times = depth_times[[j for _, j in pairs]] if pairs else np.zeros(0)
    poses = _read_poses(root, times)
    entries = tuple(
        FrameEntry(images[i][1].stem, images[i][1], depths[j][1], pose, time=float(time))
        for (i, j), pose, time in zip(pairs, poses, times, strict=True)
    )
    return Recording(
        layout="tum",
        root=root,
        entries=entries,
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(root)),
        depth=DepthEncoding(scale=5000.0),
        notes=(
            f"{len(images)} color and {len(depths)} depth images paired within {_NEAR:g} s",
            "poses interpolated from groundtruth.txt at the times of the depth images",
            f"intrinsics: {_describe_intrinsics(root)}",
        ),
        problems=_unpaired(len(images), len(entries)),
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
    marks="rgb.txt and depth.txt",
    find=_find,
    read=_read,
)
