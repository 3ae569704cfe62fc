"""The plain layout of Scenewright, described in docs/captures.md."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import DEPTH_SUFFIXES, IMAGE_SUFFIXES, list_files, read_k
from scenewright.data.layouts.base import Layout, attempt_intrinsics, pair_up
from scenewright.data.problems import Problem
from scenewright.data.recording import FrameEntry, Recording

_INTRINSICS = ("intrinsics.txt", "intrinsic_depth.txt")
_POSES = ("pose", "poses")
_OTHER = ("rgb", "image", "images")


def _find(folder: Path) -> Path | None:
    has_poses = any((folder / name).is_dir() for name in _POSES)
    has_color, has_depth = ((folder / name).is_dir() for name in ("color", "depth"))
    # Without color, it must not be a capture whose color lies in a folder of another name.
    is_depth_only = has_depth and has_poses and not any((folder / name).is_dir() for name in _OTHER)
    is_found = (has_color and (has_depth or has_poses)) or is_depth_only
    return folder if is_found and not (folder / "intrinsic").is_dir() else None


def _read_intrinsics(root: Path) -> Intrinsics:
    for name in _INTRINSICS:
        if (root / name).is_file():
            return Intrinsics(read_k(root / name))
    raise CaptureError(
        f"{root / _INTRINSICS[0]} is missing",
        expected="a text file with the 3x3 matrix K of the depth images",
        do="Write it in three lines: fx 0 cx / 0 fy cy / 0 0 1.",
    )


def _read(root: Path) -> Recording:
    has_color, has_depth = ((root / name).is_dir() for name in ("color", "depth"))
    images = list_files(root / "color", suffixes=IMAGE_SUFFIXES) if has_color else {}
    depths = list_files(root / "depth", suffixes=DEPTH_SUFFIXES) if has_depth else {}
    poses: dict[str, Path] = {}
    for folder in _POSES:
        poses = poses or list_files(root / folder, suffixes=(".txt",))
    names, problems = list(images or depths), list[Problem]()
    if has_color and has_depth:
        names, problems = pair_up(images, depths)
    return Recording(
        layout="plain",
        root=root,
        entries=tuple(FrameEntry(n, images.get(n), depths.get(n), poses.get(n)) for n in names),
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(root)),
        notes=(
            "intrinsics from the text file next to the folders",
            *(() if has_color else ("color: none, surfaces are gray",)),
        ),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="plain",
    summary="color/, depth/, pose/, intrinsics.txt, optional capture.json",
    marks="two of the folders color/, depth/ and pose/",
    find=_find,
    read=_read,
)
