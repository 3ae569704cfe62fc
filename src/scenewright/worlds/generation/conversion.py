"""Scenes from the annotations of a 3D-FUTURE folder and the meshes they name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, FormatError, Mesh
from scenewright.data.file_readers import read_image
from scenewright.data.generation.folders import voxels_file
from scenewright.data.generation.poses import YUP_FROM_ZUP, rotation_from_euler
from scenewright.data.generation.tables import ObjectRow
from scenewright.data.generation.voxels import read_voxels
from scenewright.data.generation.writing import PartRecord, file_hash, write_part, write_voxels
from scenewright.worlds.generation.annotations import (
    MODEL_FILE,
    MODELS,
    FutureFolder,
    FutureImage,
    FutureObject,
    decode_mask,
)
from scenewright.worlds.generation.scene_files import (
    SceneObject,
    SceneView,
    write_scene_files,
)
from scenewright.worlds.generation.truth import TruthObject
from scenewright.worlds.objects.mesh_files import read_parts
from scenewright.worlds.objects.model import ObjectModel, Part

_MOST_TRIANGLES = 2_000_000
_MOST_TEXELS = 1024


@dataclass(frozen=True)
class Skipped:
    """Annotations of an image that are left out, as in the published preparation.

    Attributes:
        no_pose: They have no model or no pose.
        no_model: The mesh file of their model is missing.
        empty: They have no pixels.
    """

    no_pose: int = 0
    no_model: int = 0
    empty: int = 0

    def __str__(self) -> str:
        counts = {
            "without a pose": self.no_pose,
            "without a mesh": self.no_model,
            "without pixels": self.empty,
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def convert_scene(
    folder: FutureFolder,
    image: FutureImage,
    root: Path,
    *,
    split: str = "train",
    mesh_origin: bool = False,
) -> tuple[PartRecord, Skipped]:
    """Writes an annotated image as a scene, and last the record that it is complete.

    Args:
        folder: The 3D-FUTURE folder.
        image: One of its images.
        root: Folder of the data to write.
        split: Split that the scene belongs to.
        mesh_origin: Whether translations are those of the origins of the meshes, as SceneGen stores
            them, instead of the centers of their bounding boxes, where the cubes of voxels are.

    Returns:
        The record, and what was left out.

    Raises:
        FormatError: A mesh or a mask is damaged, or the image has another size.
        CaptureError: The image is damaged.
        ConventionError: No annotated object can be used.
        OutputError: The folder cannot be written.
    """
    pixels = read_image(image.path)
    if pixels.shape[:2] != (image.height, image.width):
        raise FormatError(
            f"{image.path}",
            expected=f"{image.width} x {image.height} pixels, as annotated",
            got=f"{pixels.shape[1]} x {pixels.shape[0]}",
        )
    chosen, skipped = _usable(folder, image)
    if not chosen:
        raise ConventionError(
            f"{image.path}",
            expected="an annotated object with a pose, a mesh and pixels",
            got=str(skipped) or "no annotations",
        )
    models = {one.model_id: _Model.load(folder, one, root) for one, _ in chosen}
    objects = [_placed(one, mask, models[one.model_id], mesh_origin) for one, mask in chosen]
    focal = max(image.width, image.height) / 2 / float(np.tan(image.fov / 2))
    camera = Camera.from_focal(
        focal, focal, image.width / 2, image.height / 2, width=image.width, height=image.height
    )
    view = SceneView(pixels, image.path.read_bytes(), camera)
    rows, cameras = write_scene_files(root, image.name, view, objects, split=split)
    record = PartRecord(tuple(rows), tuple(model.row for model in models.values()), cameras)
    write_part(root, image.name, record, split=split)
    return record, skipped


@dataclass(frozen=True, eq=False)
class _Model:
    """A mesh of the folder: as a model with z up, and its row."""

    model: ObjectModel
    mesh: Mesh
    row: ObjectRow

    @classmethod
    def load(cls, folder: FutureFolder, one: FutureObject, root: Path) -> _Model:
        """Reads a mesh, and writes its voxels if they do not exist."""
        path = folder.model_path(one.model_id)
        try:
            parts = read_parts(
                path,
                root=path.parent,
                up="y",
                max_triangles=_MOST_TRIANGLES,
                max_texture=_MOST_TEXELS,
            )
        except FormatError as error:
            raise FormatError(f"{path}: {error}") from error
        mesh = _joined(parts)
        row = _row(folder, one, path)
        voxels = root / voxels_file(row.sha256)
        if voxels.is_file():
            count = len(read_voxels(voxels))
        else:
            count = write_voxels(root, row.sha256, mesh.vertices[mesh.faces])
        return cls(ObjectModel(one.category, parts), mesh, replace(row, num_voxels=count))


def _row(folder: FutureFolder, one: FutureObject, path: Path) -> ObjectRow:
    local = f"raw/{MODELS}/{one.model_id}/{MODEL_FILE}"
    known = folder.known_models.get(one.model_id)
    if known is not None:
        return replace(known, local_path=local)
    return ObjectRow(
        file_hash(path),
        file_identifier=f"{MODELS}/{one.model_id}",
        captions=(one.category,) if one.category else (),
        local_path=local,
    )


def _usable(
    folder: FutureFolder, image: FutureImage
) -> tuple[list[tuple[FutureObject, NDArray[np.bool_]]], Skipped]:
    """The annotations that become objects, with their masks."""
    counts = {"no_pose": image.num_without_pose, "no_model": 0, "empty": 0}
    found = []
    for one in image.objects:
        if not folder.model_path(one.model_id).is_file():
            counts["no_model"] += 1
            continue
        mask = decode_mask(one, width=image.width, height=image.height)
        if not mask.any():
            counts["empty"] += 1
            continue
        found.append((one, mask))
    return found, Skipped(**counts)


def _placed(
    one: FutureObject, mask: NDArray[np.bool_], model: _Model, mesh_origin: bool
) -> SceneObject:
    pose = np.eye(4)
    pose[:3, :3] = rotation_from_euler(np.array(one.rotation)) @ YUP_FROM_ZUP
    pose[:3, 3] = one.translation
    return SceneObject(
        one.model_id,
        model.row.sha256,
        TruthObject(one.category or one.model_id, model.model, model.mesh, pose),
        mask,
        origin=np.zeros(3) if mesh_origin else None,
    )


def _joined(parts: tuple[Part, ...]) -> Mesh:
    """All parts as one mesh, in the colors of their vertices or materials."""
    vertices, faces, colors = [], [], []
    count = 0
    for part in parts:
        mesh = part.mesh
        vertices.append(mesh.vertices)
        faces.append(mesh.faces + count)
        count += len(mesh.vertices)
        color = np.round(255 * np.clip(part.material.color, 0, 1)).astype(np.uint8)
        colors.append(
            np.tile(color, (len(mesh.vertices), 1))
            if mesh.vertex_colors is None
            else mesh.vertex_colors
        )
    return Mesh(np.concatenate(vertices), np.concatenate(faces), np.concatenate(colors))
