"""What scenes are compared with: all objects as meshes, and a render of them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import Asset, Box3D, Camera, Instance, InstanceTable, Mesh, Scene
from scenewright.data.generation.folders import truth_mesh, truth_render
from scenewright.data.generation.poses import GL_FROM_CV, euler_from_rotation
from scenewright.geometry.transforms import invert_rigid, transform_points
from scenewright.io import atomic_file, save
from scenewright.worlds.composing.world import PlacedObject, Sun, World
from scenewright.worlds.objects.model import ObjectModel
from scenewright.worlds.rendering.renderer import Renderer

LONGEST_EXTENT = 1.96
"""Longest extent of the scene as meshes, whose center is the origin."""
_UP = np.array([0.0, 0.0, 1.0])
_DAYLIGHT = Sun((-0.9, -0.5, 1.6), (0.65, 0.63, 0.6), spread=0.06)
_SKYLIGHT = (0.45, 0.45, 0.46)


@dataclass(frozen=True, eq=False)
class TruthObject:
    """An object of a scene with its exact shape.

    Attributes:
        label: Category, or model id.
        model: The object, z up.
        mesh: Its surface in the frame of the model.
        camera_from_object: (4, 4) rigid pose of the model in the camera frame: y up, looking along
            -z.
    """

    label: str
    model: ObjectModel
    mesh: Mesh
    camera_from_object: NDArray[np.float64]


def write_truth(
    root: Path,
    scene_id: str,
    objects: Sequence[TruthObject],
    camera: Camera,
    *,
    split: str,
) -> dict[str, Any]:
    """Writes the meshes of a scene and the render of its objects alone.

    The scene has the orientation of its first object. Meshes are scaled so that the longest extent
    is `LONGEST_EXTENT`, centered, and written y up; the render has a transparent background.

    Args:
        root: Folder of the data.
        scene_id: Name of the scene.
        objects: At least one.
        camera: Intrinsics of the scene image.
        split: Split that the scene belongs to.

    Returns:
        Settings of the camera as SceneGen stores them for its renders: position and x-y-z Euler
        angles (degrees) in the z-up frame of the scaled scene, of a camera with y up that looks
        along -z; angle of view across the longer side, radians.
    """
    scene_from_camera = invert_rigid(objects[0].camera_from_object)
    placements = [scene_from_camera @ one.camera_from_object for one in objects]
    points = np.concatenate(
        [
            transform_points(one.mesh.vertices, placement)
            for one, placement in zip(objects, placements, strict=True)
        ]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = np.eye(4) * (LONGEST_EXTENT / float((high - low).max()))
    scaled[:3, 3] = -scaled[0, 0] * (low + high) / 2
    scaled[3, 3] = 1.0
    meshes = _scene(objects, [scaled @ placement for placement in placements])
    save(meshes, root / truth_mesh(split, scene_id), overwrite=True)
    image = _render(objects, placements, camera, scene_from_camera)
    with atomic_file(root / truth_render(split, scene_id)) as stream:
        Image.fromarray(image).save(stream, "PNG")
    longer = max(camera.width, camera.height)
    return {
        "camera_pos": transform_points(scene_from_camera[:3, 3], scaled).tolist(),
        "camera_rotation": euler_from_rotation(scene_from_camera[:3, :3]).tolist(),
        "fov": 2 * float(np.arctan(longer / 2 / camera.fx)),
        "render_path": truth_render(split, scene_id),
        "width": camera.width,
        "height": camera.height,
    }


def _scene(objects: Sequence[TruthObject], placements: Sequence[NDArray[np.float64]]) -> Scene:
    rows, assets = [], {}
    for number, (one, placement) in enumerate(zip(objects, placements, strict=True), start=1):
        points = one.mesh.vertices.astype(np.float64)
        low, high = points.min(axis=0), points.max(axis=0)
        scale = float(np.linalg.norm(placement[:3, 0]))
        box = Box3D(
            center=transform_points((low + high) / 2, placement),
            size=scale * (high - low),
            rotation=placement[:3, :3] / scale,
        )
        rows.append(Instance(number, one.label, 1.0, box))
        assets[number] = Asset(one.mesh, placement)
    return Scene(InstanceTable.from_rows(rows), assets=assets, up=_UP, is_metric=False)


def _render(
    objects: Sequence[TruthObject],
    placements: Sequence[NDArray[np.float64]],
    camera: Camera,
    scene_from_camera: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """(H, W, 4) RGBA."""
    world = World(
        tuple(
            PlacedObject(number, one.model, placement)
            for number, (one, placement) in enumerate(
                zip(objects, placements, strict=True), start=1
            )
        ),
        size=(1.0, 1.0, 1.0),
        lights=(_DAYLIGHT,),
        ambient=_SKYLIGHT,
    )
    pose = scene_from_camera.copy()
    pose[:3, :3] = pose[:3, :3] @ GL_FROM_CV
    view = Renderer(world).render(camera, pose)
    alpha = np.where(view.id_map > 0, 255, 0).astype(np.uint8)
    return np.dstack([view.image, alpha])
