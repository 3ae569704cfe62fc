"""Lists of poses that Python programs write: JSON, .npy and .npz."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.file_readers import read_json_value

POSE_ARRAYS = (
    "poses.json", "trajectory.json", "camera_poses.json", "poses.npy", "trajectory.npy",
    "poses.npz", "trajectory.npz",
)  # fmt: skip
"""Names under which such lists are found."""
_LISTS = ("poses", "frames", "trajectory", "cameras")
_MATRICES = (
    "pose", "transform_matrix", "matrix", "world_from_cam", "c2w", "cam2world", "camera_to_world",
    "extrinsic", "extrinsics", "w2c", "cam_from_world", "world_to_camera",
)  # fmt: skip
_NAMES = ("name", "file_path", "file_name", "file", "image", "frame", "id", "index")

Matrices = NDArray[np.float64]


def read_pose_arrays(path: Path) -> tuple[Matrices, Matrices]:
    """(N, 4, 4) matrices as stored, and (N, 1) numbers in the names of their frames, or (N, 0).

    In JSON, poses are a list or an object by frame names, also as the value of ``poses`` or
    ``frames``; each is a matrix, or an object that holds one under a usual name.

    Raises:
        CaptureError: There are no matrices in it.
    """
    if path.suffix.lower() == ".json":
        return _from_json(path)
    try:
        loaded = np.load(path, allow_pickle=False)
        stored = loaded if isinstance(loaded, np.ndarray) else _only_array(loaded)
    except (OSError, ValueError, EOFError) as error:
        raise _no_poses(path, str(error)) from error
    return _matrices(path, stored), np.zeros((len(stored), 0))


def _only_array(archive: Any) -> NDArray[Any]:
    names = [name for name in (*_LISTS, *_MATRICES) if name in archive.files] or archive.files
    if len(names) != 1:
        raise ValueError(f"arrays called {', '.join(archive.files) or 'nothing'}")
    array: NDArray[Any] = archive[names[0]]
    return array


def _from_json(path: Path) -> tuple[Matrices, Matrices]:
    value = read_json_value(path)
    if isinstance(value, dict):
        value = next((value[key] for key in _LISTS if key in value), value)
    names: list[str | None]
    if isinstance(value, dict):
        names, rows = [str(name) for name in value], list(value.values())
    elif isinstance(value, list):
        names, rows = [_name_of(row) for row in value], value
    else:
        raise _no_poses(path, type(value).__name__)
    found = [_matrix_of(row) for row in rows]
    numbers = [None if name is None else _number_in(name) for name in names]
    known = [number for number in numbers if number is not None]
    keys = np.array(known)[:, None] if len(known) == len(found) else np.zeros((len(found), 0))
    return _matrices(path, found), keys


def _name_of(row: Any) -> str | None:
    if not isinstance(row, dict):
        return None
    return next((str(row[key]) for key in _NAMES if key in row), None)


def _number_in(name: str) -> float | None:
    # A time has a dot, too, which is no suffix.
    match = re.search(r"(\d+(?:\.\d+)?)(?:\.[A-Za-z]\w*)?$", PurePosixPath(name).name)
    return float(match[1]) if match else None


def _matrix_of(row: Any) -> Any:
    if isinstance(row, dict):
        return next((row[key] for key in _MATRICES if key in row), None)
    return row


def _matrices(path: Path, stored: Iterable[Any]) -> Matrices:
    """(N, 4, 4) of matrices with 3 or 4 rows, or with 12 or 16 numbers."""
    try:
        rows = np.array([np.asarray(one, np.float64).ravel() for one in stored])
    except (TypeError, ValueError) as error:
        raise _no_poses(path, str(error)) from error
    if rows.ndim != 2 or rows.shape[1] not in (12, 16):
        shape = " x ".join(map(str, rows.shape))
        raise _no_poses(path, f"{shape} numbers")
    matrices = np.tile(np.eye(4), (len(rows), 1, 1))
    matrices.reshape(-1, 16)[:, : rows.shape[1]] = rows
    return matrices


def _no_poses(path: Path, got: str) -> CaptureError:
    return CaptureError(
        f"{path} holds no list of poses",
        expected="a 4x4 or 3x4 matrix per frame: in JSON a list or an object by frame names, in "
        ".npy and .npz an array of N x 4 x 4 numbers",
        got=got[:100],
        do="Write such a list, or a text file per frame, pose/NAME.txt.",
    )
