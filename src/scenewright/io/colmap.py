"""COLMAP models: cameras, posed images and sparse points, as binary or text.

The file layout is documented by COLMAP ("Output Format"). Observations of points in images are
skipped when reading and written as unknown. The files of rigs and frames that newer releases also
write repeat the contents of the three files and are not needed.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from scenewright.core import FormatError
from scenewright.io import _colmap_binary, _colmap_text
from scenewright.io._colmap_model import (
    AGAIN,
    COLMAP_MODELS,
    PANORAMA,
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    ColmapPoints,
    points_from_columns,
    poses_from_rows,
)
from scenewright.io._common import reading
from scenewright.io.atomic import atomic_folder

__all__ = [
    "COLMAP_MODELS",
    "PANORAMA",
    "ColmapCamera",
    "ColmapImage",
    "ColmapModel",
    "ColmapPoints",
    "colmap_suffix",
    "read_colmap",
    "read_colmap_cameras",
    "read_colmap_images",
    "read_colmap_points",
    "write_colmap",
]

_FORMATS = {".bin": _colmap_binary, ".txt": _colmap_text}


def colmap_suffix(folder: str | os.PathLike[str]) -> str | None:
    """Suffix of the model in a folder, ``".bin"`` or ``".txt"``, or None; checks names only."""
    for suffix in _FORMATS:
        if all((Path(folder) / f"{name}{suffix}").is_file() for name in ("cameras", "images")):
            return suffix
    return None


def read_colmap(folder: str | os.PathLike[str]) -> ColmapModel:
    """Reads a model; binary files take precedence over text files.

    Args:
        folder: Contains cameras, images and (optionally) points3D, all ``.bin`` or all ``.txt``.

    Raises:
        FormatError: A file is missing, damaged, truncated or too long, a camera model is unknown,
            or an image refers to a missing camera.
    """
    suffix = colmap_suffix(folder)
    if suffix is None:
        raise FormatError(
            f"{folder} contains no COLMAP model",
            expected="cameras.bin and images.bin, or cameras.txt and images.txt",
        )
    folder = Path(folder)
    cameras = read_colmap_cameras(folder / f"cameras{suffix}")
    images = read_colmap_images(folder / f"images{suffix}")
    for image in images:
        if image.camera_id not in cameras:
            raise FormatError(
                f"{folder / f'images{suffix}'}: the camera of {image.name} is missing",
                expected=f"one of the {len(cameras)} cameras in cameras{suffix}",
                got=f"number {image.camera_id}",
                do=AGAIN,
            )
    path = folder / f"points3D{suffix}"
    points = read_colmap_points(path) if path.is_file() else points_from_columns([], [], [], [])
    return ColmapModel(cameras, images, points)


def read_colmap_cameras(path: str | os.PathLike[str]) -> dict[int, ColmapCamera]:
    """Reads cameras.bin or cameras.txt, by suffix.

    Raises:
        FormatError: See `read_colmap`.
    """
    path = Path(path)
    with reading(path, "COLMAP file"):
        listed = _FORMATS[path.suffix].read_cameras(path)
        cameras = {camera.camera_id: camera for camera in listed}
        if len(cameras) != len(listed):
            raise FormatError(
                f"{path} lists a camera twice",
                expected=f"{len(listed)} different numbers",
                got=f"{len(cameras)}",
                do=AGAIN,
            )
        return cameras


def read_colmap_images(path: str | os.PathLike[str]) -> tuple[ColmapImage, ...]:
    """Reads images.bin or images.txt, by suffix, without observations of points.

    Raises:
        FormatError: See `read_colmap`.
    """
    path = Path(path)
    with reading(path, "COLMAP file"):
        rows = _FORMATS[path.suffix].read_images(path)
        poses = poses_from_rows(np.array([row.pose for row in rows]).reshape(-1, 7))
        return tuple(
            ColmapImage(row.image_id, row.name, row.camera_id, pose)
            for row, pose in zip(rows, poses, strict=True)
        )


def read_colmap_points(path: str | os.PathLike[str]) -> ColmapPoints:
    """Reads points3D.bin or points3D.txt, by suffix, without the tracks.

    Raises:
        FormatError: See `read_colmap`.
    """
    path = Path(path)
    with reading(path, "COLMAP file"):
        points: ColmapPoints = _FORMATS[path.suffix].read_points(path)
        return points


def write_colmap(
    folder: str | os.PathLike[str],
    model: ColmapModel,
    *,
    binary: bool = True,
    overwrite: bool = False,
) -> Path:
    """Writes a model as a folder of three files, atomically.

    Args:
        folder: Folder to create.
        model: The model; observations and tracks of points are written as empty.
        binary: Whether to write binary files; else text with full precision.
        overwrite: Whether an existing model may be replaced.

    Returns:
        The folder.

    Raises:
        OutputError: The folder exists, or cannot be written.
    """
    folder, suffix = Path(folder), ".bin" if binary else ".txt"
    encoder = _FORMATS[suffix]
    with atomic_folder(folder, overwrite=overwrite, marker=f"cameras{suffix}") as target:
        (target / f"cameras{suffix}").write_bytes(encoder.encode_cameras(model))
        (target / f"images{suffix}").write_bytes(encoder.encode_images(model))
        (target / f"points3D{suffix}").write_bytes(encoder.encode_points(model))
    return folder
