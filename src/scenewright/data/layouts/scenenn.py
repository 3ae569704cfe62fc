"""SceneNN: image/, depth/, and poses in pose/ or in trajectory.log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files
from scenewright.data.layouts.base import Layout, folder_camera, pair_up
from scenewright.data.pose_lists import assign_poses, read_pose_list
from scenewright.data.recording import FrameEntry, Recording

LOG_FILE = "trajectory.log"
_DEFAULT_K = np.array([[544.47329, 0.0, 320.0], [0.0, 544.47329, 240.0], [0.0, 0.0, 1.0]])
"""Intrinsics of all scenes of the data set, 640 x 480 pixels."""
_DEFAULT = Intrinsics(_DEFAULT_K, size=(640, 480))
_DEFAULT_TEXT = "those of SceneNN, fx = fy = 544.473, cx = 320, cy = 240"
_FILES = "intrinsic/intrinsic_depth.txt, intrinsics.txt, or intrinsics.json"


def _find(folder: Path) -> Path | None:
    has_pictures = (folder / "image").is_dir() and (folder / "depth").is_dir()
    has_poses = (folder / "pose").is_dir() or (folder / LOG_FILE).is_file()
    return folder if has_pictures and has_poses else None


def _by_number(files: dict[str, Path]) -> dict[int, Path]:
    """The files by the number at the end of their stems, as in image00001 and depth00001."""
    matches = ((re.search(r"(\d+)$", stem), path) for stem, path in files.items())
    return {int(match[1]): path for match, path in matches if match}


def _read_poses(
    root: Path, images: dict[int, Path]
) -> tuple[Mapping[int, Path | NDArray[np.float64]], str]:
    """The poses by number of the frame, and where they are from."""
    files = _by_number(list_files(root / "pose", suffixes=(".txt",)))
    if files or not (root / LOG_FILE).is_file():
        return files, "pose/, matched by number"
    poses = read_pose_list(root / LOG_FILE)
    found, how = assign_poses(poses, [str(n) for n in images], path=root / LOG_FILE)
    return {int(number): pose for number, pose in found.items()}, f"{LOG_FILE}, {how}"


def _read(root: Path) -> Recording:
    images = _by_number(list_files(root / "image", suffixes=IMAGE_SUFFIXES))
    depths = _by_number(list_files(root / "depth", suffixes=(".png",)))
    names, problems = pair_up(
        {str(number): path for number, path in images.items()},
        {str(number): path for number, path in depths.items()},
    )
    poses, source = _read_poses(root, images)
    camera = folder_camera(
        root, images.values(), depths.values(), assumed=_DEFAULT, text=_DEFAULT_TEXT, files=_FILES
    )
    return Recording(
        layout="scenenn",
        root=root,
        entries=tuple(
            FrameEntry(images[n].stem, images[n], depths[n], poses.get(n)) for n in map(int, names)
        ),
        intrinsics=camera.intrinsics,
        notes=(f"intrinsics: {camera.origin}; poses from {source}",),
        problems=(*problems, *camera.problems),
    )


LAYOUT = Layout(
    name="scenenn",
    summary="SceneNN",
    marks=f"folders image/ and depth/ next to pose/ or {LOG_FILE}",
    find=_find,
    read=_read,
)
