"""7-Scenes and tsdf-fusion: three files per frame in one folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files
from scenewright.data.layouts.base import Layout, folder_camera, pair_up
from scenewright.data.recording import FrameEntry, Recording

INTRINSICS_FILE = "camera-intrinsics.txt"

_FILES = f"{INTRINSICS_FILE}, info.txt, or intrinsics.json"
_DEFAULT_TEXT = "fx = fy = 585, cx = 320, cy = 240"
_DEFAULT_K = np.array([[585.0, 0.0, 320.0], [0.0, 585.0, 240.0], [0.0, 0.0, 1.0]])
_DEFAULT = Intrinsics(_DEFAULT_K, size=(640, 480))
"""Intrinsics from the web page of the data set, 640 x 480 pixels."""


def _find(folder: Path) -> Path | None:
    has_frames = next(folder.glob("frame-*.color.*"), None) and next(
        folder.glob("frame-*.depth.png"), None
    )
    is_other = (folder / "cam.info.txt").is_file()
    return folder if has_frames and not is_other else None


def _read(root: Path) -> Recording:
    images = list_files(root, suffixes=IMAGE_SUFFIXES, ending=".color")
    depths = list_files(root, suffixes=(".png",), ending=".depth")
    poses = list_files(root, suffixes=(".txt",), ending=".pose")
    names, problems = pair_up(images, depths)
    camera = folder_camera(
        root, images.values(), depths.values(), assumed=_DEFAULT, text=_DEFAULT_TEXT, files=_FILES
    )
    return Recording(
        layout="7scenes",
        root=root,
        entries=tuple(FrameEntry(n, images[n], depths[n], poses.get(n)) for n in names),
        intrinsics=camera.intrinsics,
        depth=(
            DepthEncoding()
            if camera.depth_scale is None
            else DepthEncoding(scale=camera.depth_scale)
        ),
        notes=(f"intrinsics {camera.origin}",),
        problems=(*problems, *camera.problems),
    )


LAYOUT = Layout(
    name="7scenes",
    summary="7-Scenes, tsdf-fusion",
    marks="frame-*.color.jpg|png next to frame-*.depth.png",
    find=_find,
    read=_read,
)
