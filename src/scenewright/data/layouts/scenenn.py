"""SceneNN: image/, depth/, and poses in pose/ or in trajectory.log."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import (
    IMAGE_SUFFIXES,
    list_files,
    parse_numbers,
    read_k,
    read_text,
)
from scenewright.data.layouts.base import Layout, attempt_intrinsics, pair_up
from scenewright.data.recording import FrameEntry, Recording

LOG_FILE = "trajectory.log"
_BLOCK = 5
"""Lines per pose in the log: a header that ends with the frame number, then four rows."""

_DEFAULT_K = np.array([[544.47329, 0.0, 320.0], [0.0, 544.47329, 240.0], [0.0, 0.0, 1.0]])
"""Intrinsics of all scenes of the data set, 640 x 480 pixels."""


def _find(folder: Path) -> Path | None:
    has_pictures = (folder / "image").is_dir() and (folder / "depth").is_dir()
    has_poses = (folder / "pose").is_dir() or (folder / LOG_FILE).is_file()
    return folder if has_pictures and has_poses else None


def _by_number(files: dict[str, Path]) -> dict[int, Path]:
    """The files by the number at the end of their stems, as in image00001 and depth00001."""
    matches = ((re.search(r"(\d+)$", stem), path) for stem, path in files.items())
    return {int(match[1]): path for match, path in matches if match}


def _read_log(path: Path) -> dict[int, NDArray[np.float64]]:
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    poses = {}
    for start in range(0, len(lines) - _BLOCK + 1, _BLOCK):
        source = f"{path}, block {start // _BLOCK + 1}"
        header = parse_numbers(lines[start], source=source)
        matrix = parse_numbers(" ".join(lines[start + 1 : start + _BLOCK]), source=source)
        if matrix.size != 16 or not header.size:
            raise CaptureError(
                f"{source} is not a pose",
                expected="a header and four rows of four numbers",
                got=f"{matrix.size} numbers",
                do="Download the log again.",
            )
        poses[int(header[-1])] = matrix.reshape(4, 4)
    return poses


def _read_intrinsics(path: Path) -> Intrinsics:
    return Intrinsics(read_k(path)) if path.is_file() else Intrinsics(_DEFAULT_K, size=(640, 480))


def _read(root: Path) -> Recording:
    images = _by_number(list_files(root / "image", suffixes=IMAGE_SUFFIXES))
    depths = _by_number(list_files(root / "depth", suffixes=(".png",)))
    poses: dict[int, Path] | dict[int, NDArray[np.float64]]
    poses = _by_number(list_files(root / "pose", suffixes=(".txt",)))
    source = "pose/"
    if not poses and (root / LOG_FILE).is_file():
        poses, source = _read_log(root / LOG_FILE), LOG_FILE
    names, problems = pair_up(
        {str(number): path for number, path in images.items()},
        {str(number): path for number, path in depths.items()},
    )
    intrinsics = root / "intrinsic" / "intrinsic_depth.txt"
    found = "from intrinsic/" if intrinsics.is_file() else "default of the data set, fx = 544.473"
    return Recording(
        layout="scenenn",
        root=root,
        entries=tuple(
            FrameEntry(images[n].stem, images[n], depths[n], poses.get(n)) for n in map(int, names)
        ),
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(intrinsics)),
        notes=(f"intrinsics: {found}; poses from {source}, matched by number",),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="scenenn",
    summary="SceneNN",
    marks=f"folders image/ and depth/ next to pose/ or {LOG_FILE}",
    find=_find,
    read=_read,
)
