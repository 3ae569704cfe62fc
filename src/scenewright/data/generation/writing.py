"""Writes generation data: objects, scenes, and the tables of a whole folder.

A folder is filled piece by piece. The record of a piece (a world with its views, or one scene) is
written last, as a JSON file in ``parts/``; `write_tables` makes the tables from all records.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import FormatError, PointCloud
from scenewright.data.generation.cutouts import cut_out, mask_image
from scenewright.data.generation.folders import (
    OBJECT_TABLE,
    OUTPUTS,
    PARTS,
    RESOLUTION,
    SPLITS,
    encoder_names,
    features_file,
    images_folder,
    latent_file,
    of_split,
    render_settings,
    scene_table,
    voxels_file,
)
from scenewright.data.generation.poses import euler_from_rotation
from scenewright.data.generation.tables import (
    ObjectRow,
    SceneRow,
    write_object_table,
    write_scene_table,
)
from scenewright.geometry.surface_voxels import UnitCube, surface_voxels
from scenewright.io import atomic_folder, read_json, write_json, write_ply_points

SCENE_IMAGE = "scene.jpg"
_DIGITS = 6
"""Micrometers, and millionths of a degree."""


@dataclass(frozen=True, eq=False)
class PosedObject:
    """An object in the image of a scene.

    Attributes:
        model_id: Name of the object.
        sha256: Hash of its mesh file.
        mask: (H, W) its visible pixels.
        rotation: (3, 3) camera (y up) from mesh (y up).
        translation: (3,) center of its bounding box in the camera frame, meters.
        scale: Its longest extent, meters.
    """

    model_id: str
    sha256: str
    mask: NDArray[np.bool_]
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]
    scale: float


@dataclass(frozen=True)
class PartRecord:
    """What the tables need to know about a completed piece.

    Attributes:
        rows: Objects of its scenes.
        objects: Distinct objects.
        cameras: Settings of the render of a scene, by scene id.
    """

    rows: tuple[SceneRow, ...]
    objects: tuple[ObjectRow, ...]
    cameras: dict[str, dict[str, Any]]


def write_voxels(root: Path, sha256: str, triangles: NDArray[np.floating]) -> int:
    """Writes the voxels that the surface of an object touches as points of a PLY.

    Args:
        root: Folder of the data.
        sha256: Name of the object.
        triangles: (T, 3, 3) corners, z up, in any unit; they are fitted to the cube.

    Returns:
        The number of voxels.

    Raises:
        ConventionError: The object has no extent.
    """
    cube = UnitCube.around(triangles.reshape(-1, 3))
    voxels = surface_voxels(cube.normalized(triangles), resolution=RESOLUTION)
    centers = ((voxels + 0.5) / RESOLUTION - 0.5).astype(np.float32)
    write_ply_points(root / voxels_file(sha256), PointCloud(centers))
    return len(voxels)


def write_scene(
    root: Path,
    scene_id: str,
    image: NDArray[np.uint8],
    objects: Sequence[PosedObject],
    *,
    split: str = "train",
    jpeg: bytes,
) -> list[SceneRow]:
    """Writes the folder of the images of a scene, atomically.

    Args:
        root: Folder of the data.
        scene_id: Name of the scene; seven digits, since SceneGen tells scenes from single objects
            by the length of the name.
        image: (H, W, 3) the decoded image.
        objects: Its objects, in the order of the rows.
        split: One of `SPLITS`.
        jpeg: The image as a JPEG file.

    Returns:
        The rows of the objects.

    Raises:
        ConventionError: A mask is empty.
        OutputError: The folder cannot be written.
    """
    images = images_folder(split, scene_id)
    rows = []
    with atomic_folder(root / images, overwrite=True, marker=SCENE_IMAGE) as folder:
        (folder / SCENE_IMAGE).write_bytes(jpeg)
        for number, one in enumerate(objects):
            Image.fromarray(cut_out(image, one.mask)).save(folder / f"{number}.png")
            Image.fromarray(mask_image(one.mask)).save(folder / f"{number}_mask.png")
            x, y, z = np.round(one.translation, _DIGITS).tolist()
            a, b, c = np.round(euler_from_rotation(one.rotation), _DIGITS).tolist()
            rows.append(
                SceneRow(
                    scene_id=scene_id,
                    model_id=one.model_id,
                    translation=(x, y, z),
                    rotation=(a, b, c),
                    scale=round(one.scale, _DIGITS),
                    masked_image_path=f"{images}/{number}.png",
                    scene_image_path=f"{images}/{SCENE_IMAGE}",
                    sha256=one.sha256,
                )
            )
    return rows


def jpeg_bytes(image: NDArray[np.uint8], *, quality: int = 95) -> bytes:
    """An (H, W, 3) image as a JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def part_file(root: Path, name: str, split: str) -> Path:
    """The record of a piece; the piece is complete if it exists."""
    return root / of_split(PARTS, split) / f"{name}.json"


def write_part(root: Path, name: str, record: PartRecord, *, split: str) -> None:
    """Writes the record of a completed piece."""
    write_json(
        part_file(root, name, split),
        {
            "rows": [
                {key: value for key, value in vars(row).items() if key in _ROW_KEYS}
                for row in record.rows
            ],
            "objects": [
                {key: value for key, value in vars(one).items() if value == value}
                for one in record.objects
            ],
            "cameras": record.cameras,
        },
    )


_ROW_KEYS = (
    "scene_id", "model_id", "translation", "rotation", "scale", "masked_image_path",
    "scene_image_path", "sha256",
)  # fmt: skip


def write_tables(root: Path) -> int:
    """Writes the tables of all completed pieces of all splits.

    The columns of latents and features say which files there are now.

    Args:
        root: Folder of the data.

    Returns:
        The number of scenes.

    Raises:
        FormatError: The record of a piece is damaged.
    """
    records = {split: _read_parts(root, split) for split in SPLITS}
    objects: dict[str, ObjectRow] = {}
    for record in (one for found in records.values() for one in found):
        objects.update((one.sha256, one) for one in record.objects)
    encoders = encoder_names(root)
    latents = {
        name: {one: (root / latent_file(name, one)).is_file() for one in encoders}
        for name in objects
    }
    write_object_table(
        root / OBJECT_TABLE,
        (objects[name].cells(latents[name]) for name in sorted(objects)),
        latents=encoders,
    )
    num_scenes = 0
    for split, found in records.items():
        if not found:
            continue
        rows = sorted((row for one in found for row in one.rows), key=lambda row: row.scene_id)
        num_scenes += len({row.scene_id for row in rows})
        cells = []
        for row in rows:
            features = features_file(split, row.scene_id)
            known = {"vggt_feature": features if (root / features).is_file() else ""}
            cells.append(row.cells(objects[row.sha256], latents[row.sha256]) | known)
        write_scene_table(scene_table(root, split), cells, latents=encoders)
        cameras = {name: camera for one in found for name, camera in one.cameras.items()}
        if cameras:
            write_json(root / render_settings(split), dict(sorted(cameras.items())))
    return num_scenes


def remove_outputs(root: Path) -> None:
    """Removes everything that a folder of generation data holds; other folders are left alone."""
    if not any((root / of_split(PARTS, split)).is_dir() for split in SPLITS):
        return
    for path in list(root.iterdir()):
        if path.name not in OUTPUTS:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def known_objects(root: Path) -> list[str]:
    """Hashes of the objects of all completed pieces, sorted."""
    records = [record for split in SPLITS for record in _read_parts(root, split)]
    return sorted({one.sha256 for record in records for one in record.objects})


def known_scenes(root: Path, split: str) -> dict[str, str]:
    """Paths of the scene images of all completed pieces of a split by scene id, sorted."""
    rows = [row for record in _read_parts(root, split) for row in record.rows]
    return dict(sorted((row.scene_id, row.scene_image_path) for row in rows))


def _read_parts(root: Path, split: str) -> list[PartRecord]:
    folder = root / of_split(PARTS, split)
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return [_read_part(path) for path in paths]


def _read_part(path: Path) -> PartRecord:
    value = read_json(path)
    try:
        rows = tuple(
            SceneRow(**{key: _tuple(item) for key, item in row.items()}) for row in value["rows"]
        )
        objects = tuple(
            ObjectRow(**{key: _tuple(item) for key, item in one.items()})
            for one in value["objects"]
        )
        return PartRecord(rows, objects, dict(value["cameras"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(
            f"{path}",
            expected="the record of a piece of generation data",
            got=json.dumps(value)[:60],
            do="Remove this file and run the same command again.",
        ) from error


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
