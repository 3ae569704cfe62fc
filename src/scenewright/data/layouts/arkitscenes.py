"""ARKitScenes, raw data: low-resolution images and depth, intrinsics per frame, a trajectory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files, parse_numbers, read_text
from scenewright.data.layouts.base import Layout, pair_up
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.recording import FrameEntry, Recording

_COLOR, _DEPTH, _TRAJECTORY = "lowres_wide", "lowres_depth", "lowres_wide.traj"
_INTRINSICS = f"{_COLOR}_intrinsics"
_NEAR_S = 0.05
"""Largest difference of the times of an image and of its pose."""


def _find(folder: Path) -> Path | None:
    parts = (folder / _COLOR, folder / _DEPTH, folder / _TRAJECTORY)
    return folder if all(path.exists() for path in parts) else None


def _read_trajectory(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) times and (N, 4, 4) cam_from_world, from time, axis times angle, and translation."""
    rows = [
        parse_numbers(line, source=str(path))
        for line in read_text(path).splitlines()
        if line.strip()
    ]
    if not rows or any(row.size != 7 for row in rows):
        raise CaptureError(
            f"{path} is not a trajectory of ARKitScenes",
            expected="seven numbers per line: time, rotation as axis times angle, translation",
            got=f"{rows[0].size if rows else 0} numbers",
            do="Download the file again.",
        )
    table = np.array(rows)
    poses = np.tile(np.eye(4), (len(table), 1, 1))
    poses[:, :3, :3] = Rotation.from_rotvec(table[:, 1:4]).as_matrix()
    poses[:, :3, 3] = table[:, 4:7]
    order = np.argsort(table[:, 0], kind="stable")
    return table[order, 0], poses[order]


def _time_of(name: str) -> float | None:
    match = re.search(r"_(\d+\.\d+)$", name)
    return None if match is None else float(match[1])


def _nearest(
    time: float | None, times: NDArray[np.float64], poses: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    if time is None:
        return None
    best = int(np.abs(times - time).argmin())
    return poses[best] if abs(times[best] - time) <= _NEAR_S else None


def _intrinsics_of(name: str, files: Mapping[str, Path]) -> Intrinsics | None:
    """Intrinsics of a frame; the files are named by times that may differ by a millisecond."""
    path, time = files.get(name), _time_of(name)
    if path is None and time is not None:
        start = name[: name.rindex("_")]
        near = (f"{start}_{time + step:.3f}" for step in (-0.001, 0.001))
        path = next((files[other] for other in near if other in files), None)
    if path is None:
        return None
    numbers = parse_numbers(read_text(path), source=str(path))
    if numbers.size != 6:
        raise CaptureError(
            f"{path} does not contain intrinsics",
            expected="width height fx fy cx cy",
            got=f"{numbers.size} numbers",
            do="Download the file again.",
        )
    width, height, fx, fy, cx, cy = numbers.tolist()
    K = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    return Intrinsics(K, size=(int(width), int(height)))


def _read(root: Path) -> Recording:
    images = list_files(root / _COLOR, suffixes=IMAGE_SUFFIXES)
    depths = list_files(root / _DEPTH, suffixes=(".png",))
    trust = list_files(root / "confidence", suffixes=(".png",))
    cameras = list_files(root / _INTRINSICS, suffixes=(".pincam",))
    names, problems = pair_up(images, depths)
    times, poses = _read_trajectory(root / _TRAJECTORY)
    entries = tuple(
        FrameEntry(
            name,
            images[name],
            depths[name],
            _nearest(_time_of(name), times, poses),
            time=_time_of(name),
            intrinsics=_intrinsics_of(name, cameras),
            confidence=trust.get(name),
        )
        for name in names
    )
    known = next((e.intrinsics for e in entries if e.intrinsics is not None), None)
    missing = CaptureError(
        f"{root} contains no intrinsics",
        expected=f"{_INTRINSICS}/ID_TIME.pincam",
        do="Download the asset 'lowres_wide_intrinsics' too.",
    )
    return Recording(
        layout="arkitscenes",
        root=root,
        entries=entries,
        intrinsics=missing if known is None else known,
        pose=PoseEncoding(direction="cam_from_world"),
        notes=(
            f"{len(poses)} poses from {_TRAJECTORY}, matched by time",
            "depth is dropped where confidence/ is 0" if trust else "no confidence/ images",
        ),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="arkitscenes",
    summary="ARKitScenes, raw data",
    marks=f"folders {_COLOR}/ and {_DEPTH}/ next to {_TRAJECTORY}",
    find=_find,
    read=_read,
)
