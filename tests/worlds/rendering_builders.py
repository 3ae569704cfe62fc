"""Small worlds of a few plain solids, for tests of the renderer."""

from __future__ import annotations

import numpy as np
import trimesh
from numpy.typing import NDArray

from scenewright.core import Camera, Mesh
from scenewright.worlds.cameras.poses import look_at
from scenewright.worlds.composing.world import AreaLight, PlacedObject, Sun, World
from scenewright.worlds.objects.model import Material, ObjectModel, Part

CAMERA = Camera.from_focal(130, 130, 80, 60, width=160, height=120)


def mesh_of(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(shape.vertices.astype(np.float32), shape.faces.astype(np.int32))


def placed(
    number: int,
    shape: trimesh.Trimesh,
    at: tuple[float, float, float],
    *,
    material: Material | None = None,
    is_stuff: bool = False,
) -> PlacedObject:
    pose = np.eye(4)
    pose[:3, 3] = at
    look = material or Material((0.7, 0.6, 0.5))
    model = ObjectModel("thing", (Part("body", mesh_of(shape), look),))
    return PlacedObject(number, model, pose, is_stuff=is_stuff)


def small_world(*, sun: bool = False) -> World:
    """A floor (1), a ball (2) and a crate (3) partly behind it."""
    floor = placed(1, trimesh.creation.box((4, 4, 0.1)), (0, 0, -0.05), is_stuff=True)
    ball = placed(2, trimesh.creation.icosphere(subdivisions=3, radius=0.3), (0, 0, 0.3))
    crate = placed(3, trimesh.creation.box((0.6, 0.6, 0.8)), (0.35, 0.7, 0.4))
    light = Sun((0, 0, 1)) if sun else AreaLight((0, 0, 2.4), (0.6, 0.6), (3, 3, 3))
    return World((floor, ball, crate), (4, 4, 2.4), (light,))


def camera_at(
    eye: tuple[float, float, float], target: tuple[float, float, float]
) -> NDArray[np.float64]:
    """A level camera that looks at a point."""
    return look_at(np.array(eye), np.array(target))


FRONT = camera_at((0, -2.0, 1.1), (0, 0, 0.35))
