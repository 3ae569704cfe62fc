"""Raw exports of Polycam: keyframes with images, depth, confidence and a camera file each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import CaptureError
from scenewright.data.encodings import Intrinsics
from scenewright.data.file_readers import IMAGE_SUFFIXES, list_files, read_json
from scenewright.data.layouts.base import Layout, pair_up
from scenewright.data.pose_encodings import PoseEncoding
from scenewright.data.recording import FrameEntry, Recording

_FOLDER = "keyframes"
_PARTS = (("corrected_images", "corrected_cameras"), ("images", "cameras"))
"""Folders of images and cameras; those after the app's own optimization are better."""


def _find(folder: Path) -> Path | None:
    return folder if _parts(_base(folder)) is not None else None


def _base(root: Path) -> Path:
    """The folder with the images: keyframes/, or the folder itself if that was passed."""
    return root / _FOLDER if (root / _FOLDER).is_dir() else root


def _parts(root: Path) -> tuple[str, str] | None:
    for images, cameras in _PARTS:
        has_cameras = next((root / cameras).glob("*.json"), None) is not None
        if has_cameras and (root / images).is_dir():
            return images, cameras
    return None


def _camera(path: Path) -> tuple[NDArray[np.float64], Intrinsics]:
    """Pose as stored and intrinsics of a frame."""
    values = read_json(path)
    try:
        pose = np.eye(4)
        pose[:3] = [[float(values[f"t_{a}{b}"]) for b in range(4)] for a in range(3)]
        fx, fy, cx, cy = (float(values[key]) for key in ("fx", "fy", "cx", "cy"))
        size = (int(values["width"]), int(values["height"]))
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(
            f"{path} does not describe a camera",
            expected="numbers t_00 to t_23, fx, fy, cx, cy, width, height",
            got=f"{type(error).__name__} {error}",
            do="Export the raw data again.",
        ) from error
    K = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    return pose, Intrinsics(K, size=size, pixel_center="half")


def _read(root: Path) -> Recording:
    base = _base(root)
    parts = _parts(base)
    assert parts is not None
    images = list_files(base / parts[0], suffixes=IMAGE_SUFFIXES)
    cameras = list_files(base / parts[1], suffixes=(".json",))
    depths = list_files(base / "depth", suffixes=(".png",))
    trust = list_files(base / "confidence", suffixes=(".png",))
    names: list[str] = [name for name in images if name in cameras]
    problems: tuple[Any, ...] = ()
    if depths:
        paired, found = pair_up({n: images[n] for n in names}, depths)
        names, problems = paired, tuple(p for p in found if p.code != "missing-color")
    entries = []
    for name in names:
        pose, intrinsics = _camera(cameras[name])
        entries.append(
            FrameEntry(
                name,
                images[name],
                depths.get(name),
                pose,
                intrinsics=intrinsics,
                confidence=trust.get(name),
            )
        )
    missing = CaptureError(f"{base} holds no camera", expected=f"{parts[1]}/*.json")
    shared = entries[0].intrinsics if entries else None
    return Recording(
        layout="polycam",
        root=root,
        entries=tuple(entries),
        intrinsics=missing if shared is None else shared,
        pose=PoseEncoding(axes="opengl"),
        up=np.array([0.0, 1.0, 0.0]),
        notes=(
            f"{parts[0]}/ and {parts[1]}/: intrinsics and poses per frame",
            "depth is dropped where confidence/ is 0" if trust else "no confidence/ images",
            "up is +y, the world axis of the app",
        ),
        problems=problems,
    )


LAYOUT = Layout(
    name="polycam",
    summary="Polycam raw export",
    marks="keyframes/ with images/ and cameras/",
    find=_find,
    read=_read,
)
