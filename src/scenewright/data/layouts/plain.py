"""The plain layout of Scenewright, described in docs/captures.md."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import DEPTH_SUFFIXES, IMAGE_SUFFIXES, list_files, read_k
from scenewright.data.layouts.base import Layout, attempt_intrinsics, pair_up
from scenewright.data.recording import FrameEntry, Recording

_INTRINSICS = ("intrinsics.txt", "intrinsic_depth.txt")
_POSES = ("pose", "poses")


def _find(folder: Path) -> Path | None:
    has_pictures = (folder / "color").is_dir() and any(
        (folder / name).is_dir() for name in ("depth", *_POSES)
    )
    is_other = (folder / "intrinsic").is_dir()
    return folder if has_pictures and not is_other else None


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
    images = list_files(root / "color", suffixes=IMAGE_SUFFIXES)
    depths = list_files(root / "depth", suffixes=DEPTH_SUFFIXES)
    poses: dict[str, Path] = {}
    for folder in _POSES:
        poses = poses or list_files(root / folder, suffixes=(".txt",))
    has_depth = (root / "depth").is_dir()
    names, problems = pair_up(images, depths) if has_depth else (list(images), [])
    return Recording(
        layout="plain",
        root=root,
        entries=tuple(FrameEntry(n, images[n], depths.get(n), poses.get(n)) for n in names),
        intrinsics=attempt_intrinsics(lambda: _read_intrinsics(root)),
        notes=("intrinsics from the text file next to the folders",),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="plain",
    summary="color/, depth/, pose/, intrinsics.txt, optional capture.json",
    marks="folder color/ next to depth/ or pose/",
    find=_find,
    read=_read,
)
