"""Recordings of Record3D: an unpacked .r3d file, or the export "EXR + RGB"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.exr import SUFFIX as EXR
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files, read_json
from scenewright.data.layouts.base import Layout, pair_up
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.pose_lists import poses_from_quaternions
from scenewright.data.record3d_files import CONFIDENCE, DEPTH, METADATA
from scenewright.data.recording import FrameEntry, Recording

_EXPORT = "EXR_RGBD"
"""Folder of the export, which holds rgb/, depth/ and metadata.json."""


def _find(folder: Path) -> Path | None:
    if (folder / METADATA).is_file() and (folder / "rgbd").is_dir():
        return folder
    for root in (folder, folder / _EXPORT):
        has_depth = next((root / "depth").glob(f"*{EXR}"), None) is not None
        if has_depth and (root / "rgb").is_dir() and (root / f"{METADATA}.json").is_file():
            return root
    return None


def _numbers(values: Mapping[str, Any], key: str, columns: Sequence[int]) -> NDArray[np.float64]:
    """(N, M) numbers of a list of rows, M in `columns`; without it (0, 0).

    Raises:
        CaptureError: It is something else.
    """
    try:
        table = np.array(values.get(key) or [], np.float64)
        if not table.size:
            return np.zeros((0, 0))
        if table.ndim != 2 or table.shape[1] not in columns:
            raise ValueError(f"shape {table.shape}")
    except (TypeError, ValueError) as error:
        raise CaptureError(
            f"The metadata of the recording: {key}",
            expected=f"a list of rows of {' or '.join(map(str, columns))} numbers",
            got=str(error),
            do="Export the recording again.",
        ) from error
    return table


def _cameras(values: Mapping[str, Any], path: Path) -> tuple[Intrinsics, list[Intrinsics]]:
    """The camera of all frames, and those of single frames, as far as they are listed."""
    rows = _numbers(values, "perFrameIntrinsicCoeffs", (4,))
    try:
        size = (int(values["w"]), int(values["h"]))
        shared = np.array(values["K"], np.float64).reshape(3, 3).T
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(
            f"{path} does not describe the camera",
            expected="w, h, and K as nine numbers, column by column",
            got=f"{type(error).__name__} {error}",
            do="Export the recording again.",
        ) from error
    each = [np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]) for fx, fy, cx, cy in rows]
    return (
        Intrinsics(shared, size=size, pixel_center="half"),
        [Intrinsics(K, size=size, pixel_center="half") for K in each],
    )


def _files(root: Path) -> tuple[dict[str, Path], dict[str, Path], dict[str, Path]]:
    """Color, depth and confidence by the number of the frame."""
    if (root / "rgbd").is_dir():
        folder = root / "rgbd"
        parts = [list_files(folder, suffixes=s) for s in (IMAGE_SUFFIXES, (DEPTH,), (CONFIDENCE,))]
    else:
        parts = [
            list_files(root / "rgb", suffixes=IMAGE_SUFFIXES),
            list_files(root / "depth", suffixes=(EXR,)),
            {},
        ]
    images, depths, trust = (
        {str(int(stem)): path for stem, path in part.items() if stem.isdecimal()} for part in parts
    )
    return images, depths, trust


def _read(root: Path) -> Recording:
    is_export = not (root / "rgbd").is_dir()
    path = root / (f"{METADATA}.json" if is_export else METADATA)
    values = read_json(path)
    images, depths, trust = _files(root)
    names, problems = pair_up(images, depths)
    rows = _numbers(values, "poses", (7,))
    poses = poses_from_quaternions(rows[:, 4:], rows[:, :4]) if len(rows) else rows
    times = values.get("frameTimestamps")
    times = times if isinstance(times, list) else []
    shared, cameras = _cameras(values, path)
    entries = tuple(
        FrameEntry(
            name,
            images[name],
            depths[name],
            poses[int(name)] if int(name) < len(poses) else None,
            time=float(times[int(name)]) if int(name) < len(times) else None,
            intrinsics=cameras[int(name)] if int(name) < len(cameras) else None,
            confidence=trust.get(name),
        )
        for name in names
    )
    return Recording(
        layout="record3d",
        root=root,
        entries=entries,
        intrinsics=shared,
        depth=DepthEncoding(scale=1.0),
        pose=PoseEncoding(axes="opengl"),
        up=np.array([0.0, 1.0, 0.0]),
        notes=(
            f"{len(poses)} poses and {len(cameras)} cameras of frames from {path.name}",
            "depth is dropped where the confidence is 0" if trust else "no confidence images",
            "up is +y, the world axis of the app",
        ),
        problems=tuple(problems),
        has_quaternions=True,
    )


LAYOUT = Layout(
    name="record3d",
    summary="Record3D: an unpacked .r3d file, or the export EXR + RGB",
    marks=f"{METADATA} and rgbd/, or {METADATA}.json, rgb/ and depth/*{EXR}",
    find=_find,
    read=_read,
)
