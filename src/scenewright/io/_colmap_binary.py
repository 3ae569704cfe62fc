"""The binary files of a COLMAP model."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from scenewright.core import FormatError
from scenewright.io._colmap_model import (
    AGAIN,
    COLMAP_MODELS,
    ColmapCamera,
    ColmapModel,
    ColmapPoints,
    ImageRow,
    checked_camera,
    num_params,
    points_from_columns,
    row_from_pose,
    unknown_model,
)

_CAMERA = struct.Struct("<iiQQ")
_IMAGE = struct.Struct("<i7di")
_POINT = np.dtype([("id", "<u8"), ("xyz", "<f8", 3), ("rgb", "u1", 3), ("error", "<f8")])
_COUNT = struct.Struct("<Q")
Item = TypeVar("Item")


def read_cameras(path: Path) -> list[ColmapCamera]:
    """The cameras of cameras.bin."""
    return _binary(path, "cameras", _binary_camera)


def read_images(path: Path) -> list[ImageRow]:
    """The images of images.bin, without observations of points."""
    return _binary(path, "images", _binary_image)


def _cut_short(path: Path, what: str, count: int, *, at: int) -> FormatError:
    return FormatError(
        f"{path} is truncated",
        expected=f"{count} {what}",
        got=f"the end of the file within number {at}",
        do=AGAIN,
    )


def _binary(
    path: Path, what: str, parse: Callable[[Path, bytes, int], tuple[Item, int]]
) -> list[Item]:
    """The records of a file that starts with their number.

    `parse` gets the path, the data and an offset, and returns a record and the offset of its end.
    """
    data = path.read_bytes()
    count, at = _count(path, data, what)
    items: list[Item] = []
    for number in range(count):
        try:
            item, at = parse(path, data, at)
        except (struct.error, _EndError) as error:
            raise _cut_short(path, what, count, at=number + 1) from error
        items.append(item)
    _check_end(path, data, at, count=count, what=what)
    return items


class _EndError(Exception):
    """A record reaches beyond the end of its file."""


def _count(path: Path, data: bytes, what: str) -> tuple[int, int]:
    if len(data) < _COUNT.size:
        raise FormatError(
            f"{path} is truncated",
            expected=f"the number of {what} in 8 bytes",
            got=f"{len(data)} bytes",
            do=AGAIN,
        )
    return _COUNT.unpack_from(data)[0], _COUNT.size


def _check_end(path: Path, data: bytes, at: int, *, count: int, what: str) -> None:
    if at != len(data):
        raise FormatError(
            f"{path} is longer than expected",
            expected=f"{at} bytes for {count} {what}",
            got=f"{len(data)}",
            do=AGAIN,
        )


def _binary_camera(path: Path, data: bytes, at: int) -> tuple[ColmapCamera, int]:
    number, model, width, height = _CAMERA.unpack_from(data, at)
    at += _CAMERA.size
    if not 0 <= model < len(COLMAP_MODELS):
        last = len(COLMAP_MODELS) - 1
        raise unknown_model(path, number, expected=f"0 to {last}", got=f"{model}")
    name = COLMAP_MODELS[model]
    values = struct.unpack_from(f"<{num_params(name)}d", data, at)
    camera = checked_camera(path, number, name, size=(width, height), params=values)
    return camera, at + 8 * len(values)


def _binary_image(_: Path, data: bytes, at: int) -> tuple[ImageRow, int]:
    number, *pose, camera = _IMAGE.unpack_from(data, at)
    start = at + _IMAGE.size
    end = data.find(b"\0", start)
    if end < 0:
        raise _EndError
    num_observations = _COUNT.unpack_from(data, end + 1)[0]
    # Each observation takes two coordinates and a number.
    after = end + 1 + _COUNT.size + 24 * num_observations
    if after > len(data):
        raise _EndError
    return ImageRow(number, tuple(pose), camera, os.fsdecode(data[start:end])), after


def read_points(path: Path) -> ColmapPoints:
    """The points of points3D.bin, without their tracks."""
    data = path.read_bytes()
    count, at = _count(path, data, "points")
    size = _POINT.itemsize
    if count > len(data) // (size + _COUNT.size):
        fitting = len(data) // (size + _COUNT.size)
        raise _cut_short(path, "points", count, at=fitting + 1)
    starts = np.empty(count, np.int64)
    for number in range(count):
        starts[number] = at
        length = data[at + size : at + size + 8]
        # Each element of a track takes the numbers of an image and of an observation in it.
        at += size + 8 + 8 * int.from_bytes(length, "little")
        if at > len(data) or len(length) < 8:
            raise _cut_short(path, "points", count, at=number + 1)
    _check_end(path, data, at, count=count, what="points")
    rows = np.frombuffer(data, np.uint8)[starts[:, None] + np.arange(size)]
    table = rows.reshape(-1).view(_POINT)
    return points_from_columns(table["id"], table["xyz"], table["rgb"], table["error"])


def encode_cameras(model: ColmapModel) -> bytes:
    """Contents of the binary file of cameras."""
    parts = [_COUNT.pack(len(model.cameras))]
    for camera in model.cameras.values():
        number = COLMAP_MODELS.index(camera.model)
        parts.append(_CAMERA.pack(camera.camera_id, number, camera.width, camera.height))
        parts.append(camera.params.astype("<f8").tobytes())
    return b"".join(parts)


def encode_images(model: ColmapModel) -> bytes:
    """Contents of the binary file of images."""
    parts = [_COUNT.pack(len(model.images))]
    for image in model.images:
        row = row_from_pose(image.cam_from_world)
        parts.append(_IMAGE.pack(image.image_id, *row, image.camera_id))
        parts.append(os.fsencode(image.name) + b"\0" + _COUNT.pack(0))
    return b"".join(parts)


def encode_points(model: ColmapModel) -> bytes:
    """Contents of the binary file of points."""
    points = model.points
    table = np.zeros(len(points), np.dtype([*_POINT.descr, ("track", "<u8")]))
    table["id"], table["xyz"] = points.ids, points.points
    table["rgb"], table["error"] = points.colors, points.errors
    return _COUNT.pack(len(points)) + table.tobytes()
