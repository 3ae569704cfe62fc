"""7-Scenes and tsdf-fusion: three files per frame in one folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files, read_k
from scenewright.data.layouts.base import Layout, attempt_intrinsics, pair_up
from scenewright.data.recording import FrameEntry, Recording

INTRINSICS_FILE = "camera-intrinsics.txt"

_DEFAULT_K = np.array([[585.0, 0.0, 320.0], [0.0, 585.0, 240.0], [0.0, 0.0, 1.0]])
"""Intrinsics from the web page of the data set, 640 x 480 pixels."""


def _find(folder: Path) -> Path | None:
    has_frames = next(folder.glob("frame-*.color.*"), None) and next(
        folder.glob("frame-*.depth.png"), None
    )
    is_other = (folder / "cam.info.txt").is_file()
    return folder if has_frames and not is_other else None


def _read_intrinsics(root: Path) -> Intrinsics:
    path = root / INTRINSICS_FILE
    if not path.is_file():
        return Intrinsics(_DEFAULT_K, size=(640, 480))
    return Intrinsics(read_k(path))


def _read(root: Path) -> Recording:
    images = list_files(root, suffixes=IMAGE_SUFFIXES, ending=".color")
    depths = list_files(root, suffixes=(".png",), ending=".depth")
    poses = list_files(root, suffixes=(".txt",), ending=".pose")
    names, problems = pair_up(images, depths)
    has_file = (root / INTRINSICS_FILE).is_file()
    return Recording(
        layout="7scenes",
        root=root,
        entries=tuple(FrameEntry(n, images[n], depths[n], poses.get(n)) for n in names),
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(root)),
        notes=(
            f"intrinsics from {INTRINSICS_FILE}"
            if has_file
            else f"no {INTRINSICS_FILE}: the 7-Scenes default, fx = fy = 585, cx = 320, cy = 240",
        ),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="7scenes",
    summary="7-Scenes, tsdf-fusion",
    marks="frame-*.color.jpg|png next to frame-*.depth.png",
    find=_find,
    read=_read,
)
