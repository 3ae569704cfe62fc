"""ScanNet as its exporter writes it: color/, depth/, intrinsic/, pose/."""

from __future__ import annotations

from pathlib import Path

from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files, read_k
from scenewright.data.layouts.base import Layout, aligned, attempt_intrinsics, first_size, pair_up
from scenewright.data.recording import FrameEntry, Recording


def _find(folder: Path) -> Path | None:
    for root in (folder, folder / "frames"):
        if all((root / part).is_dir() for part in ("color", "depth", "intrinsic")):
            return root
    return None


def _read(root: Path) -> Recording:
    images = list_files(root / "color", suffixes=IMAGE_SUFFIXES)
    depths = aligned(list_files(root / "depth", suffixes=(".png",)), images)
    poses = aligned(list_files(root / "pose", suffixes=(".txt",)), images)
    names, problems = pair_up(images, depths)
    path = root / "intrinsic" / "intrinsic_depth.txt"
    size = first_size(depths.values())
    return Recording(
        layout="scannet",
        root=root,
        entries=tuple(FrameEntry(n, images[n], depths[n], poses.get(n)) for n in names),
        intrinsics=attempt_intrinsics(lambda: Intrinsics(read_k(path), size=size)),
        name=root.resolve().parent.name if root.name == "frames" else "",
        notes=("depth intrinsics from intrinsic/intrinsic_depth.txt; color is resized to depth",),
        problems=tuple(problems),
    )


LAYOUT = Layout(
    name="scannet",
    summary="ScanNet export",
    marks="folders color/, depth/ and intrinsic/, or a folder frames/ that contains them",
    find=_find,
    read=_read,
)
