"""Exports of RTAB-Map: images, depth and calibration in folders, and a file with all poses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.camera_files import read_yaml_camera
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import DEPTH_SUFFIXES, IMAGE_SUFFIXES, list_files
from scenewright.data.layouts.base import Layout, aligned, pair_up
from scenewright.data.pose_lists import assign_poses, read_pose_list
from scenewright.data.recording import FrameEntry, Recording


@dataclass(frozen=True)
class _Parts:
    """The folders and the pose file of an export."""

    color: Path
    depth: Path
    calibration: Path
    poses: Path | None


def _parts(folder: Path) -> _Parts | None:
    """What the exporter writes, with the name of the database before each name, or without it."""
    for calibration in sorted(folder.glob("*calib")):
        prefix = calibration.name.removesuffix("calib")
        color, depth = folder / f"{prefix}rgb", folder / f"{prefix}depth"
        if calibration.is_dir() and color.is_dir() and depth.is_dir():
            names = (f"{prefix}camera_poses.txt", f"{prefix}poses.txt", "poses.txt")
            poses = next((folder / name for name in names if (folder / name).is_file()), None)
            return _Parts(color, depth, calibration, poses)
    return None


def _find(folder: Path) -> Path | None:
    return folder if _parts(folder) is not None else None


def _time(name: str) -> float | None:
    """The time that files are named by; other exports are named by numbers."""
    return float(name) if re.fullmatch(r"\d+\.\d+", name) else None


def _read(root: Path) -> Recording:
    parts = _parts(root)
    assert parts is not None
    images = list_files(parts.color, suffixes=IMAGE_SUFFIXES)
    depths = aligned(list_files(parts.depth, suffixes=DEPTH_SUFFIXES), images)
    files = aligned(list_files(parts.calibration, suffixes=(".yaml", ".yml")), images)
    names, problems = pair_up(images, depths)
    cameras = {name: read_yaml_camera(files[name]) for name in names if name in files}
    poses: Mapping[str, NDArray[np.float64]] = {}
    note, has_quaternions = "no poses: no file camera_poses.txt", False
    if parts.poses is not None and names:
        listed = read_pose_list(parts.poses)
        poses, how = assign_poses(listed, names, path=parts.poses)
        note, has_quaternions = f"poses from {parts.poses.name}, {how}", listed.has_quaternions
    missing = CaptureError(
        f"{parts.calibration} holds no calibration of a frame", expected="a .yaml file per frame"
    )
    shared: Intrinsics | CaptureError = next(iter(cameras.values()), None) or missing
    return Recording(
        layout="rtabmap",
        root=root,
        entries=tuple(
            FrameEntry(n, images[n], depths[n], poses.get(n), _time(n), cameras.get(n))
            for n in names
        ),
        intrinsics=shared,
        notes=(f"intrinsics per frame from {parts.calibration.name}/", note),
        problems=tuple(problems),
        has_quaternions=has_quaternions,
    )


LAYOUT = Layout(
    name="rtabmap",
    summary="RTAB-Map export of images and camera poses",
    marks="folders *rgb/, *depth/ and *calib/",
    find=_find,
    read=_read,
)
