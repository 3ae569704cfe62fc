"""The plain layout of Scenewright, described in docs/captures.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.camera_files import FoundCamera, files_without_camera, find_camera
from scenewright.data.encodings import DepthEncoding
from scenewright.data.file_readers import (
    DEPTH_SUFFIXES,
    IMAGE_SUFFIXES,
    POSE_SUFFIXES,
    list_files,
)
from scenewright.data.layouts.base import Layout, aligned, first_size, pair_up
from scenewright.data.pose_lists import assign_poses, find_pose_list, read_pose_list
from scenewright.data.problems import Problem
from scenewright.data.recording import FrameEntry, Recording

_COLOR = ("color", "colors", "rgb", "images", "image", "imgs")
_DEPTH = ("depth", "depths", "depth_gt", "gt_depth", "depth_map", "depth_maps")
_POSES = ("pose", "poses", "extrinsics", "extrinsic", "camera_poses")

Poses = Mapping[str, Path | NDArray[np.float64]]


def _folder(root: Path, names: Sequence[str]) -> Path | None:
    """The folder with the first of these names, in small or capital letters."""
    known = {path.name.lower(): path for path in sorted(root.iterdir()) if path.is_dir()}
    return next((known[name] for name in names if name in known), None)


def _find(folder: Path) -> Path | None:
    has_poses = _folder(folder, _POSES) is not None or find_pose_list(folder) is not None
    has_color, has_depth = (_folder(folder, names) is not None for names in (_COLOR, _DEPTH))
    is_found = has_color + has_depth + has_poses >= 2
    return folder if is_found and not (folder / "intrinsic").is_dir() else None


def _read_camera(root: Path, images: Mapping[str, Path], depths: Mapping[str, Path]) -> FoundCamera:
    color, depth = first_size(images.values()), first_size(depths.values())
    found = find_camera(root, depth=depth or color, color=color)
    if found is None:
        raise CaptureError(
            f"{root / 'intrinsics.txt'} is missing",
            expected="a text file with the 3x3 matrix K of the depth images",
            got=f"{', '.join(others)} without fx, fy, cx, cy or a matrix, in pixels"
            if (others := files_without_camera(root))
            else None,
            do="Write it in three lines: fx 0 cx / 0 fy cy / 0 0 1.",
        )
    return found


def _read_poses(root: Path, names: Sequence[str]) -> tuple[Poses, str, bool]:
    """The pose of each frame, where they are from, and whether they are quaternions."""
    for name in _POSES:
        folder = _folder(root, (name,))
        files = {} if folder is None else list_files(folder, suffixes=POSE_SUFFIXES)
        if folder is not None and files:
            return aligned(files, names), f"poses from {folder.name}/", False
    path = find_pose_list(root)
    if path is None or not names:
        return {}, "no poses", False
    listed = read_pose_list(path)
    poses, how = assign_poses(listed, names, path=path)
    note = f"{len(listed)} poses from {path.relative_to(root)}, {how}"
    return poses, note, listed.has_quaternions


def _read(root: Path) -> Recording:
    color, depth = _folder(root, _COLOR), _folder(root, _DEPTH)
    images = {} if color is None else list_files(color, suffixes=IMAGE_SUFFIXES)
    depths = {} if depth is None else list_files(depth, suffixes=DEPTH_SUFFIXES)
    depths = aligned(depths, images) if images else depths
    names, problems = list(images or depths), list[Problem]()
    if color is not None and depth is not None:
        names, problems = pair_up(images, depths)
    poses, note, has_quaternions = _read_poses(root, names)
    found: FoundCamera | CaptureError
    try:
        found = _read_camera(root, images, depths)
    except CaptureError as error:
        found = error
    camera = None if isinstance(found, CaptureError) else found
    scale = None if camera is None else camera.depth_scale
    return Recording(
        layout="plain",
        root=root,
        entries=tuple(FrameEntry(n, images.get(n), depths.get(n), poses.get(n)) for n in names),
        intrinsics=found.intrinsics if isinstance(found, FoundCamera) else found,
        depth=DepthEncoding() if scale is None else DepthEncoding(scale=scale),
        notes=(
            *(() if camera is None else (f"intrinsics from {camera.path.relative_to(root)}",)),
            note,
            *(("color: none, surfaces are gray",) if color is None else ()),
        ),
        problems=tuple(problems),
        has_quaternions=has_quaternions,
    )


LAYOUT = Layout(
    name="plain",
    summary="color/, depth/, pose/, intrinsics.txt, optional capture.json",
    marks="two of: a folder color/ (rgb/, images/), a folder depth/, poses in pose/ or poses.txt",
    find=_find,
    read=_read,
)
