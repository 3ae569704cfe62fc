"""Files with the poses of all frames, as many programs write them, and which pose is whose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import CaptureError
from scenewright.data.file_readers import parse_numbers, read_text
from scenewright.data.pose_arrays import POSE_ARRAYS, read_pose_arrays

POSE_LISTS = (
    "poses.txt", "pose.txt", "traj.txt", "trajectory.txt", "camera_poses.txt", "groundtruth.txt",
    "CameraTrajectory.txt", "KeyFrameTrajectory.txt", "poses.csv", "data.csv", "trajectory.log",
    "scene/trajectory.log", *POSE_ARRAYS,
)  # fmt: skip
"""Names under which the poses of all frames are found, the first that exists."""
_SAME_TIME_S = 1e-3
"""Largest difference of a time in a list and a time in a file name."""
_BLOCK = 5
"""Lines of a pose in a log: a header, then four rows."""
_QUATERNION_WIDTHS = (7, 8, 9, 17)
_NANOSECONDS = 1e15
"""Times above this are not seconds."""


@dataclass(frozen=True, eq=False)
class PoseList:
    """Poses in the order of their file.

    Attributes:
        matrices: (N, 4, 4) float64 as stored; NaN where a row is invalid.
        keys: (N, K) float64 numbers that say which frame each belongs to: a time, an index, or the
            numbers of the header in a log; K may be 0.
        has_quaternions: Whether the rotations were stored as quaternions x y z w.
    """

    matrices: NDArray[np.float64]
    keys: NDArray[np.float64]
    has_quaternions: bool = False

    def __len__(self) -> int:
        return len(self.matrices)


def find_pose_list(root: Path) -> Path | None:
    """The file in a folder that lists the poses of all frames, or None."""
    return next((root / name for name in POSE_LISTS if (root / name).is_file()), None)


def read_pose_list(path: Path) -> PoseList:
    """Reads a list of poses.

    Rows have 16 or 12 numbers (a matrix), or 7 (position and quaternion x y z w), after a time or
    an index if there is one more. Matrices may be spread over three or four lines. Lines that are
    no numbers are comments. A header that names the w of the quaternion before its x, as in the
    files of EuRoC, means that order; their times in nanoseconds become seconds. JSON and arrays
    are read by `read_pose_arrays`.

    Raises:
        CaptureError: It is none of these.
    """
    if path.name in POSE_ARRAYS:
        return PoseList(*read_pose_arrays(path))
    lines = [line.strip() for line in read_text(path).splitlines()]
    if path.suffix.lower() == ".log":
        return _read_log([line for line in lines if line], path)
    rows = [numbers for line in lines if (numbers := _numbers(line)) is not None]
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise _no_list(path, f"lines of {', '.join(map(str, sorted(widths))) or 'no'} numbers")
    table = np.array(rows)
    width = table.shape[1]
    if width == 4 and len(table) % 4 == 0 and np.allclose(table[3::4], (0, 0, 0, 1)):
        return PoseList(table.reshape(-1, 4, 4), np.zeros((len(table) // 4, 0)))
    if width == 4 and len(table) % 3 == 0:
        return PoseList(_square(table.reshape(-1, 12)), np.zeros((len(table) // 3, 0)))
    if width in (12, 13, 16) or (width == 17 and not _has_w_first(lines)):
        first = width % 2
        matrices = _square(table[:, first:])
        return PoseList(matrices, table[:, :first])
    if width in _QUATERNION_WIDTHS:
        first = 0 if width == 7 else 1
        positions, quaternions = table[:, first : first + 3], table[:, first + 3 : first + 7]
        if _has_w_first(lines):
            quaternions = quaternions[:, [1, 2, 3, 0]]
        if first and float(table[:, 0].min()) > _NANOSECONDS:
            table[:, 0] /= 1e9
        matrices = poses_from_quaternions(positions, quaternions)
        return PoseList(matrices, table[:, :first], has_quaternions=True)
    raise _no_list(path, f"{width} numbers per line")


def assign_poses(
    poses: PoseList, names: Sequence[str], *, path: Path
) -> tuple[dict[str, NDArray[np.float64]], str]:
    """Which pose belongs to which frame, by name, and how that was decided.

    Poses belong to the frames whose name holds their time or number; otherwise the n-th pose is
    that of the n-th frame if there are as many of both, or that of frame number n if there are
    enough.

    Args:
        poses: The list.
        names: Names of the frames in order.
        path: The file, for messages.

    Raises:
        CaptureError: There is no way to decide.
    """
    times = {name: number for name in names if (number := _number_in(name)) is not None}
    for column in _columns(poses, times):
        found = _by_key(poses, column, times)
        if len(found) >= max(1, min(len(names), len(poses)) // 2):
            return found, "matched by the times or numbers in it"
    if len(poses) == len(names):
        matched = zip(names, poses.matrices, strict=True)
        return dict(matched), "the n-th pose is that of the n-th frame"
    numbers = {name: int(value) for name, value in times.items() if value == int(value)}
    if len(numbers) == len(names) and max(numbers.values()) < len(poses):
        return {n: poses.matrices[i] for n, i in numbers.items()}, "pose n is that of frame n"
    raise CaptureError(
        f"{path} has a different number of poses than there are frames",
        expected=f"{len(names)}, or times or numbers that are in the names of the frames",
        got=f"{len(poses)}",
        do="Export the trajectory again with the images, one pose per frame.",
    )


def poses_from_quaternions(
    positions: NDArray[np.float64], quaternions_xyzw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 4, 4) matrices from (N, 3) positions and (N, 4) quaternions x y z w.

    Invalid rows, such as zero quaternions, become NaN.
    """
    lengths = np.linalg.norm(quaternions_xyzw, axis=1)
    valid = np.isfinite(lengths) & (lengths > 1e-6) & np.isfinite(positions).all(axis=1)
    matrices = np.tile(np.eye(4), (len(positions), 1, 1))
    matrices[~valid] = np.nan
    if valid.any():
        matrices[valid, :3, :3] = Rotation.from_quat(quaternions_xyzw[valid]).as_matrix()
        matrices[valid, :3, 3] = positions[valid]
    return matrices


def _numbers(line: str) -> list[float] | None:
    """The numbers of a line, or None if it is a comment, a header, or empty."""
    if not line or line[0] in "#%/" or line.startswith("["):
        return None
    try:
        return [float(number) for number in parse_numbers(line, source="")] or None
    except CaptureError:
        return None


def _has_w_first(lines: Sequence[str]) -> bool:
    """Whether a header names the columns of a quaternion in the order w x y z."""
    header = next((line.lower() for line in lines if "q" in line and "w" in line), "")
    columns = {axis: re.search(rf"q_?(?:\w*_)?{axis}\b", header) for axis in "wx"}
    w, x = columns["w"], columns["x"]
    return w is not None and x is not None and w.start() < x.start()


def _square(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4, 4) matrices of rows with 16 or 12 numbers."""
    if rows.shape[1] == 16:
        return rows.reshape(-1, 4, 4).copy()
    matrices = np.tile(np.eye(4), (len(rows), 1, 1))
    matrices[:, :3] = rows.reshape(-1, 3, 4)
    return matrices


def _read_log(lines: list[str], path: Path) -> PoseList:
    matrices, headers = [], []
    for start in range(0, len(lines) - _BLOCK + 1, _BLOCK):
        source = f"{path}, block {start // _BLOCK + 1}"
        header = parse_numbers(lines[start], source=source)
        matrix = parse_numbers(" ".join(lines[start + 1 : start + _BLOCK]), source=source)
        if matrix.size != 16 or not header.size:
            raise CaptureError(
                f"{source} is not a pose",
                expected="a header and four rows of four numbers",
                got=f"{matrix.size} numbers",
                do="Download the log again.",
            )
        matrices.append(matrix.reshape(4, 4))
        headers.append((header[0], header[-1]))
    if not matrices:
        raise _no_list(path, "no pose")
    return PoseList(np.array(matrices), np.array(headers))


def _columns(poses: PoseList, times: Mapping[str, float]) -> list[int]:
    """The columns of the keys, those first that hold all numbers of the frames.

    Headers of logs name two frames, of which the last counts if both could be meant.
    """
    wanted = set(times.values())
    columns = range(poses.keys.shape[1] - 1, -1, -1)
    return sorted(columns, key=lambda c: not wanted <= set(poses.keys[:, c].tolist()))


def _by_key(
    poses: PoseList, column: int, times: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    order = np.argsort(poses.keys[:, column], kind="stable")
    keys = poses.keys[order, column]
    found = {}
    for name, time in times.items():
        after = int(np.searchsorted(keys, time))
        near = [i for i in (after - 1, after) if 0 <= i < len(keys)]
        best = min(near, key=lambda i: abs(keys[i] - time), default=None)
        if best is not None and abs(keys[best] - time) <= _SAME_TIME_S:
            found[name] = poses.matrices[order[best]]
    return found


def _number_in(name: str) -> float | None:
    """The time or number at the end of a file name."""
    match = re.search(r"(\d+(?:\.\d+)?)$", name)
    return float(match[1]) if match else None


def _no_list(path: Path, got: str) -> CaptureError:
    return CaptureError(
        f"{path} is not a list of poses",
        expected="the same on every line: 16 or 12 numbers (a matrix) or 7 (tx ty tz qx qy qz qw), "
        "after a time or an index if there is one",
        got=got,
        do="Export the trajectory again; the file may be truncated.",
    )
