"""The text files of a COLMAP model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
    points_from_columns,
    row_from_pose,
    unknown_model,
)


def _text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers from 1 and lines, without comments."""
    lines = path.read_text(encoding="utf-8-sig", errors="surrogateescape").splitlines()
    return ((i, line.strip()) for i, line in enumerate(lines, start=1) if line[:1] != "#")


def _bad_line(path: Path, number: int, *, expected: str, line: str) -> FormatError:
    return FormatError(f"{path}, line {number}", expected=expected, got=repr(line[:60]), do=AGAIN)


def read_cameras(path: Path) -> list[ColmapCamera]:
    """The cameras of cameras.txt."""
    cameras = []
    for number, line in _text_lines(path):
        if not line:
            continue
        try:
            identity, model, width, height, *words = line.split()
            size = (int(width), int(height))
            key, params = int(identity), [float(word) for word in words]
        except ValueError as error:
            expected = "CAMERA_ID MODEL WIDTH HEIGHT PARAMS"
            raise _bad_line(path, number, expected=expected, line=line) from error
        if model not in COLMAP_MODELS:
            expected = f"one of {', '.join(COLMAP_MODELS)}"
            raise unknown_model(path, key, expected=expected, got=model)
        cameras.append(checked_camera(path, key, model, size=size, params=params))
    return cameras


def read_images(path: Path) -> list[ImageRow]:
    """The images of images.txt, without observations of points."""
    rows = []
    lines = _text_lines(path)
    for number, line in lines:
        if not line:
            continue
        try:
            key, *pose, camera, name = line.split(maxsplit=9)
            if len(pose) != 7:
                raise ValueError("too few words")
            row = ImageRow(int(key), tuple(float(word) for word in pose), int(camera), name)
        except ValueError as error:
            expected = "IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME"
            raise _bad_line(path, number, expected=expected, line=line) from error
        rows.append(row)
        # The next line lists the observations of points and is empty if there are none.
        number, line = next(lines, (number, ""))
        if len(line.split()) % 3:
            expected = "triples of X Y POINT3D_ID, or an empty line, after each image"
            raise _bad_line(path, number, expected=expected, line=line)
    return rows


def read_points(path: Path) -> ColmapPoints:
    """The points of points3D.txt, without their tracks."""
    table: list[list[float]] = []
    for number, line in _text_lines(path):
        if not line:
            continue
        words = line.split(maxsplit=8)[:8]
        try:
            row = [float(word) for word in words]
        except ValueError:
            row = []
        if len(row) != 8 or not all(0 <= value <= 255 for value in row[4:7]) or row[0] < 0:
            expected = "POINT3D_ID X Y Z R G B ERROR, colors from 0 to 255"
            raise _bad_line(path, number, expected=expected, line=line)
        table.append(row)
    rows = np.array(table, np.float64).reshape(-1, 8)
    return points_from_columns(rows[:, 0], rows[:, 1:4], rows[:, 4:7], rows[:, 7])


def _encoded(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", errors="surrogateescape")


def encode_cameras(model: ColmapModel) -> bytes:
    """Contents of the text file of cameras, with full precision."""
    lines = ["# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]"]
    for camera in model.cameras.values():
        values = " ".join(map(repr, camera.params.tolist()))
        head = f"{camera.camera_id} {camera.model} {camera.width} {camera.height}"
        lines.append(f"{head} {values}")
    return _encoded(lines)


def encode_images(model: ColmapModel) -> bytes:
    """Contents of the text file of images, with full precision."""
    lines = ["# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME", "# POINTS2D[]"]
    for image in model.images:
        row = " ".join(map(repr, row_from_pose(image.cam_from_world)))
        lines += [f"{image.image_id} {row} {image.camera_id} {image.name}", ""]
    return _encoded(lines)


def encode_points(model: ColmapModel) -> bytes:
    """Contents of the text file of points, with full precision."""
    lines = ["# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[]"]
    points = model.points
    rows = zip(points.ids, points.points.tolist(), points.colors, points.errors, strict=True)
    for number, point, color, error in rows:
        x, y, z = map(repr, point)
        lines.append(f"{number} {x} {y} {z} {color[0]} {color[1]} {color[2]} {float(error)!r}")
    return _encoded(lines)
