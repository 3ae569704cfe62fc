"""A tiny folder of generation data, written without worlds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.data.generation.poses import rotation_from_euler
from scenewright.data.generation.tables import ObjectRow
from scenewright.data.generation.writing import (
    PartRecord,
    PosedObject,
    jpeg_bytes,
    write_part,
    write_scene,
    write_tables,
    write_voxels,
)

SHELF, STOOL = "a" * 64, "b" * 64
"""Hashes of the two objects."""
SCALES = {SHELF: 2.0, STOOL: 0.5}
_SIZES = {SHELF: (0.98, 0.4, 2.0), STOOL: (0.4, 0.4, 0.5)}
_WIDTH, _HEIGHT = 40, 30


def box(size: tuple[float, ...]) -> NDArray[np.float64]:
    """(12, 3, 3) triangles of a box around the origin."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float) - 0.5
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return (corners * size)[faces]


def scene_objects() -> list[PosedObject]:
    """A shelf on the left of the image and a stool on the right."""
    left = np.zeros((_HEIGHT, _WIDTH), bool)
    left[5:25, 2:12] = True
    right = np.zeros((_HEIGHT, _WIDTH), bool)
    right[15:25, 25:33] = True
    return [
        PosedObject(
            "shelf", SHELF, left, rotation_from_euler(np.array([10.0, 30.0, 0.0])),
            np.array([-1.0, 0.2, -4.0]), SCALES[SHELF],
        ),
        PosedObject(
            "stool", STOOL, right, rotation_from_euler(np.array([10.0, -60.0, 0.0])),
            np.array([1.0, -0.5, -3.0]), SCALES[STOOL],
        ),
    ]  # fmt: skip


def scene_image() -> NDArray[np.uint8]:
    """(30, 40, 3) RGB with the two objects in red and blue."""
    image = np.full((_HEIGHT, _WIDTH, 3), 200, np.uint8)
    shelf, stool = scene_objects()
    image[shelf.mask] = (180, 20, 20)
    image[stool.mask] = (20, 20, 180)
    return image


def write_data(
    root: Path, *, split: str = "train", scene_ids: tuple[str, ...] = ("0000001",)
) -> Path:
    """Writes scenes that all hold the same two objects."""
    objects = [
        ObjectRow(
            sha256,
            f"made/{name}",
            num_voxels=write_voxels(root, sha256, box(_SIZES[sha256])),
            captions=(name,),
            aesthetic_score=score,
        )
        for sha256, name, score in ((SHELF, "shelf", 5.5), (STOOL, "stool", 4.0))
    ]
    for name in scene_ids:
        rows = write_scene(
            root, name, scene_image(), scene_objects(), split=split, jpeg=jpeg_bytes(scene_image())
        )
        record = PartRecord(tuple(rows), tuple(objects), {})
        write_part(root, f"made-{name}", record, split=split)
    write_tables(root)
    return root


def edit_table(path: Path, old: str, new: str) -> None:
    """Replaces text in a table, which must contain it."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
