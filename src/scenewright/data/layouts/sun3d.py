"""SUN3D: image/ and depth/ with numbers and times in their names, and extrinsics/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import DepthEncoding, Intrinsics
from scenewright.data.file_readers import (
    IMAGE_SUFFIXES,
    list_files,
    parse_numbers,
    read_k,
    read_text,
)
from scenewright.data.layouts.base import Layout, attempt_intrinsics, first_size, pair_up
from scenewright.data.recording import FrameEntry, Recording

_NAME = re.compile(r"(\d+)-(\d+)$")
"""Number of the frame, and time in microseconds."""
_NEAR_US = 40_000
"""Largest difference of the times of a color and a depth image of one frame."""


def _find(folder: Path) -> Path | None:
    parts = ("image", "depth", "extrinsics")
    is_whole = all((folder / part).is_dir() for part in parts)
    return folder if is_whole and any((folder / "extrinsics").glob("*.txt")) else None


def _timed(files: Mapping[str, Path]) -> list[tuple[int, str]]:
    """Time and stem of the files, in order of time."""
    matches = ((_NAME.search(stem), stem) for stem in files)
    return sorted((int(match[2]), stem) for match, stem in matches if match)


def _by_time(images: Mapping[str, Path], depths: Mapping[str, Path]) -> dict[str, Path]:
    """The depth image nearest in time to each color image, by the stem of that."""
    timed = _timed(depths)
    if not timed:
        return {}
    times: NDArray[np.int64] = np.array([time for time, _ in timed], np.int64)
    found = {}
    for time, stem in _timed(images):
        best = int(np.abs(times - time).argmin())
        if abs(int(times[best]) - time) <= _NEAR_US:
            found[stem] = depths[timed[best][1]]
    return found


def _read_extrinsics(folder: Path) -> tuple[NDArray[np.float64], Path]:
    """(N, 4, 4) world_from_cam of all color images in order, from the newest file."""
    path = max(folder.glob("*.txt"))
    numbers = parse_numbers(read_text(path), source=str(path))
    if not numbers.size or numbers.size % 12:
        raise CaptureError(
            f"{path} does not contain poses",
            expected="a 3x4 matrix for each color image",
            got=f"{numbers.size} numbers",
            do="Download the file again.",
        )
    poses = np.tile(np.eye(4), (numbers.size // 12, 1, 1))
    poses[:, :3] = numbers.reshape(-1, 3, 4)
    return poses, path


def _read(root: Path) -> Recording:
    images = list_files(root / "image", suffixes=IMAGE_SUFFIXES)
    depths = _by_time(images, list_files(root / "depth", suffixes=(".png",)))
    names, problems = pair_up(images, depths)
    poses, source = _read_extrinsics(root / "extrinsics")
    position = {stem: number for number, (_, stem) in enumerate(_timed(images))}
    entries = tuple(
        FrameEntry(
            name,
            images[name],
            depths[name],
            poses[position[name]] if position[name] < len(poses) else None,
            time=int(_NAME.search(name)[2]) / 1e6,  # type: ignore[index]
        )
        for name in names
    )
    size, matrix = first_size(images.values()), root / "intrinsics.txt"
    return Recording(
        layout="sun3d",
        root=root,
        entries=entries,
        intrinsics=attempt_intrinsics(lambda: Intrinsics(read_k(matrix), size=size)),
        depth=DepthEncoding(rotated=True),
        notes=(
            f"{len(poses)} poses from {source.relative_to(root)}, one per color image",
            "depth is the image nearest in time",
        ),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="sun3d",
    summary="SUN3D",
    marks="folders image/, depth/ and extrinsics/ with a list of poses",
    find=_find,
    read=_read,
)
