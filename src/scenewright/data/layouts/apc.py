"""Sequences of the Amazon Picking Challenge toolbox: all calibration in one text file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files, parse_numbers, read_text
from scenewright.data.layouts.base import Layout, attempt_intrinsics, pair_up
from scenewright.data.recording import FrameEntry, Recording

INFO_FILE = "cam.info.txt"
_POSE_TITLE = re.compile(r"camera pose.* for (\S+)")


def _find(folder: Path) -> Path | None:
    has_frames = next(folder.glob("frame-*.depth.png"), None) is not None
    return folder if has_frames and (folder / INFO_FILE).is_file() else None


def _read_sections(path: Path) -> dict[str, NDArray[np.float64]]:
    """The matrices of the file by the comment above each of them."""
    sections: dict[str, list[str]] = {}
    title = ""
    for line in read_text(path).splitlines():
        if line.startswith("#"):
            title = line.lstrip("# ").strip()
        elif line.strip():
            sections.setdefault(title, []).append(line)
    return {
        title: parse_numbers(" ".join(lines), source=f"{path}, '{title}'")
        for title, lines in sections.items()
    }


def _read_intrinsics(path: Path, sections: dict[str, NDArray[np.float64]]) -> Intrinsics:
    # Depth is registered to color, so the matrix of the depth sensor does not apply.
    for title, numbers in sections.items():
        if title.lower().startswith("color camera intrinsic") and numbers.size == 9:
            return Intrinsics(numbers.reshape(3, 3))
    raise CaptureError(
        f"{path} contains no intrinsics", expected="a 3x3 'Color camera intrinsic matrix'"
    )


def _read(root: Path) -> Recording:
    sections = _read_sections(root / INFO_FILE)
    poses = {
        match[1].rstrip(")"): numbers.reshape(4, 4)
        for title, numbers in sections.items()
        if (match := _POSE_TITLE.search(title)) and numbers.size == 16
    }
    images = list_files(root, suffixes=IMAGE_SUFFIXES, ending=".color")
    depths = list_files(root, suffixes=(".png",), ending=".depth")
    names, problems = pair_up(images, depths)
    return Recording(
        layout="apc",
        root=root,
        entries=tuple(FrameEntry(n, images[n], depths[n], poses.get(n)) for n in names),
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(root / INFO_FILE, sections)),
        depth=DepthEncoding(scale=10000.0, rotated=True),
        notes=(f"color intrinsics and {len(poses)} poses from {INFO_FILE}",),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="apc",
    summary="Amazon Picking Challenge toolbox",
    marks=f"{INFO_FILE} next to frame-*.depth.png",
    find=_find,
    read=_read,
)
