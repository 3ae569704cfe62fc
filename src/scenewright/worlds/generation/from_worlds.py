"""Scenes from views of synthetic worlds."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh
from scenewright.data.generation.poses import GL_FROM_CV
from scenewright.data.generation.tables import ObjectRow, SceneRow
from scenewright.data.generation.writing import (
    PartRecord,
    file_hash,
    jpeg_bytes,
    write_part,
    write_voxels,
)
from scenewright.geometry.surface_voxels import UnitCube
from scenewright.geometry.transforms import invert_rigid
from scenewright.io import instance_name, write_glb_mesh
from scenewright.io.pictures import open_picture
from scenewright.worlds.cameras.probe import Probe
from scenewright.worlds.cameras.viewpoints import Viewpoint, single_view
from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.generation.scene_files import (
    SceneObject,
    SceneView,
    largest_masks,
    write_scene_files,
)
from scenewright.worlds.generation.truth import TruthObject
from scenewright.worlds.kinds import backdrop
from scenewright.worlds.rendering.renderer import Renderer
from scenewright.worlds.rendering.silhouettes import amodal_masks
from scenewright.worlds.writing.truth_records import surface_mesh

_LEAST_SHARE = 0.002
"""Minimum share of the image that an object of a scene covers."""
_LEAST_VISIBLE = 0.25
"""Minimum visible share of its silhouette in the image."""
_LARGEST_NUMBER = 10_000_000
_SCORE = 10.0
"""Aesthetic score of generated objects: no reader shall drop them."""
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class GenerationRecipe:
    """How scenes are made from a world.

    Attributes:
        views: Scenes per world, one view each.
        width: Image width, pixels.
        height: Image height, pixels.
        split: ``"train"``, or ``"test"`` with meshes and renders of whole scenes.
        jpeg_quality: Quality of the scene images.
    """

    views: int = 4
    width: int = 518
    height: int = 518
    split: str = "train"
    jpeg_quality: int = 95


def write_world_scenes(
    world: World, root: Path, *, name: str, seed: int, recipe: GenerationRecipe
) -> PartRecord:
    """Writes the scenes of a world, and last the record that they are complete.

    An object is listed if it covers 0.2 % of the image and a quarter of its silhouette is visible;
    of more than 16 objects the largest are listed.

    Args:
        world: The world.
        root: Folder of the data.
        name: Name of the record, and of the folder of meshes.
        seed: Random seed of the viewpoints. The scene ids are those of `recipe.views` consecutive
            numbers for each seed.
        recipe: How scenes are made.

    Returns:
        The record.

    Raises:
        ConventionError: No view shows an object, or the seed needs more than seven digits.
        OutputError: The folder cannot be written.
    """
    if (seed + 1) * recipe.views > _LARGEST_NUMBER:
        raise ConventionError(
            "Seed", expected=f"below {_LARGEST_NUMBER // recipe.views}", got=str(seed)
        )
    shapes = _Shapes(world, root, name)
    probe, renderer = Probe(world), Renderer(world, background=backdrop(world))
    rows: list[SceneRow] = []
    cameras: dict[str, dict[str, Any]] = {}
    for number in range(recipe.views):
        try:
            viewpoint = single_view(
                probe, seed=seed * 1000 + number, width=recipe.width, height=recipe.height
            )
        except ConventionError:
            continue
        view, objects = _take(renderer, viewpoint, shapes, recipe)
        if not objects:
            continue
        scene_id = f"{seed * recipe.views + number:07d}"
        found, camera = write_scene_files(root, scene_id, view, objects, split=recipe.split)
        rows += found
        cameras |= camera
    if not rows:
        raise ConventionError(
            "World to view",
            expected="a view of an object that covers 0.2 % of the image",
            got=f"none among {recipe.views} views",
            do="Use larger images or more views.",
        )
    record = PartRecord(tuple(rows), tuple(shapes.rows.values()), cameras)
    write_part(root, name, record, split=recipe.split)
    return record


class _Shapes:
    """The objects of a world; their files are written when they are first seen.

    Attributes:
        rows: Rows of the objects written, by instance id.
    """

    def __init__(self, world: World, root: Path, name: str) -> None:
        self.world = world
        self.rows: dict[int, ObjectRow] = {}
        self._root, self._name = root, name
        self._meshes: dict[int, Mesh] = {}

    def mesh(self, placed: PlacedObject) -> Mesh:
        """The outer surface of an object in its frame; writes its mesh and its voxels."""
        number = placed.instance_id
        if number not in self._meshes:
            self._meshes[number] = surface_mesh(placed.model)
            self.rows[number] = self._write(placed, self._meshes[number])
        return self._meshes[number]

    def _write(self, placed: PlacedObject, mesh: Mesh) -> ObjectRow:
        number = placed.instance_id
        path = f"raw/{self._name}/{instance_name(number, placed.label)}.glb"
        center = np.array(UnitCube.around(mesh.vertices).center)
        moved = Mesh((mesh.vertices - center).astype(np.float32), mesh.faces, mesh.vertex_colors)
        write_glb_mesh(self._root / path, moved, name=placed.label, up=_UP)
        sha256 = file_hash(self._root / path)
        return ObjectRow(
            sha256,
            file_identifier=f"scenewright/{self.model_id(number)}",
            num_voxels=write_voxels(self._root, sha256, moved.vertices[moved.faces]),
            captions=(placed.label,),
            local_path=path,
            aesthetic_score=_SCORE,
        )

    def model_id(self, number: int) -> str:
        """The name of an object, unique in the data."""
        return f"{self._name}-{number:03d}"


def _take(
    renderer: Renderer, viewpoint: Viewpoint, shapes: _Shapes, recipe: GenerationRecipe
) -> tuple[SceneView, list[SceneObject]]:
    """Renders a view, and selects the objects that are seen well."""
    camera, pose = viewpoint.camera, viewpoint.world_from_cam
    view = renderer.render(camera, pose)
    jpeg = jpeg_bytes(view.image, quality=recipe.jpeg_quality)
    camera_from_world = invert_rigid(pose)
    camera_from_world[:3] = GL_FROM_CV @ camera_from_world[:3]
    seen = _well_seen(renderer.world, viewpoint, view.id_map)
    objects = []
    for placed, mask in seen:
        mesh = shapes.mesh(placed)
        truth = TruthObject(
            placed.label, placed.model, mesh, camera_from_world @ placed.world_from_object
        )
        number = placed.instance_id
        objects.append(
            SceneObject(shapes.model_id(number), shapes.rows[number].sha256, truth, mask)
        )
    return SceneView(_decoded(jpeg), jpeg, camera), objects


def _well_seen(
    world: World, viewpoint: Viewpoint, id_map: NDArray[np.int32]
) -> list[tuple[PlacedObject, NDArray[np.bool_]]]:
    silhouettes = amodal_masks(world, viewpoint.camera, viewpoint.world_from_cam)
    areas = dict(
        zip(
            silhouettes.ids.tolist(),
            (len(silhouettes.pixels(row)) for row in range(len(silhouettes))),
            strict=True,
        )
    )
    found = []
    for placed in world.objects:
        if placed.instance_id not in areas:
            continue
        mask = id_map == placed.instance_id
        visible = int(mask.sum())
        if visible >= max(_LEAST_SHARE * mask.size, _LEAST_VISIBLE * areas[placed.instance_id], 1):
            found.append((placed, mask))
    return [found[row] for row in largest_masks([mask for _, mask in found])]


def _decoded(jpeg: bytes) -> NDArray[np.uint8]:
    with open_picture(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
        return np.array(picture)
