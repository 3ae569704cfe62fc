"""Exports of the Stray Scanner app: depth/, odometry.csv, camera_matrix.csv, a video."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import (
    DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    list_files,
    read_k,
    read_text,
)
from scenewright.data.layouts.base import (
    Layout,
    attempt_intrinsics,
    first_size,
    pair_up,
)
from scenewright.data.pose_lists import poses_from_quaternions
from scenewright.data.recording import FrameEntry, Recording

_COLUMNS = ("timestamp", "frame", "x", "y", "z", "qx", "qy", "qz", "qw")


def _find(folder: Path) -> Path | None:
    matches = (folder / "odometry.csv").is_file() and (folder / "depth").is_dir()
    return folder if matches else None


def _read_odometry(path: Path) -> dict[int, tuple[float, NDArray[np.float64]]]:
    """Time and (4, 4) pose by frame number."""
    lines = read_text(path).splitlines()
    reader = csv.DictReader(lines, skipinitialspace=True)
    reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in _COLUMNS if name not in reader.fieldnames]
    if missing:
        raise CaptureError(
            f"{path} lacks columns",
            expected=", ".join(_COLUMNS),
            got=f"no {', '.join(missing)}",
            do="Export the recording again from the app.",
        )
    try:
        rows = np.array([[float(row[name]) for name in _COLUMNS] for row in reader])
    except (TypeError, ValueError) as error:
        raise CaptureError(
            f"{path} contains a row that cannot be read",
            expected="nine numbers",
            got=str(error),
            do="Export the recording again; the file may be truncated.",
        ) from error
    rows = rows.reshape(-1, len(_COLUMNS))
    poses = poses_from_quaternions(rows[:, 2:5], rows[:, 5:9])
    return {int(r[1]): (float(r[0]), pose) for r, pose in zip(rows, poses, strict=True)}


def _by_number(files: dict[str, Path]) -> dict[str, Path]:
    return {str(int(stem)): path for stem, path in files.items() if stem.isdecimal()}


def _read_intrinsics(root: Path, images: dict[str, Path]) -> Intrinsics:
    # The matrix belongs to the video; depth has the same field of view with fewer pixels.
    return Intrinsics(
        read_k(root / "camera_matrix.csv"),
        size=first_size(images.values()),
        pixel_center="half",
    )


def _read(root: Path) -> Recording:
    images = _by_number(list_files(root / "rgb", suffixes=IMAGE_SUFFIXES))
    if not images:
        raise CaptureError(
            f"{root} contains no color images",
            expected="a folder rgb/ with 000000.jpg, 000001.jpg, ...",
            got="only a video rgb.mp4"
            if (root / "rgb.mp4").is_file()
            else "neither it nor rgb.mp4",
            do=f"Extract the video in {root}: mkdir rgb && ffmpeg -i rgb.mp4 -fps_mode passthrough "
            "-qscale:v 2 -start_number 0 rgb/%06d.jpg",
        )
    depths = _by_number(list_files(root / "depth", suffixes=DEPTH_SUFFIXES))
    trust = _by_number(list_files(root / "confidence", suffixes=(".png",)))
    names, problems = pair_up(images, depths)
    odometry = _read_odometry(root / "odometry.csv")
    return Recording(
        layout="stray",
        root=root,
        entries=tuple(
            FrameEntry(
                images[n].stem,
                images[n],
                depths[n],
                odometry[int(n)][1] if int(n) in odometry else None,
                time=odometry[int(n)][0] if int(n) in odometry else None,
                confidence=trust.get(n),
            )
            for n in names
        ),
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(root, images)),
        up=np.array([0.0, 1.0, 0.0]),
        notes=(
            "camera_matrix.csv belongs to the video; color is resized to depth, K with it",
            "depth is dropped where confidence/ is 0" if trust else "no confidence/ images",
            "up is +y, the world axis of the app",
        ),
        problems=tuple(problems),
        has_quaternions=True,
    )


LAYOUT = Layout(
    name="stray",
    summary="Stray Scanner export",
    marks="odometry.csv and folder depth/",
    find=_find,
    read=_read,
)
