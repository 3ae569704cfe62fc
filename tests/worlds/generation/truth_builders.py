"""Two blocks in front of a camera."""

from __future__ import annotations

import numpy as np
import trimesh

from scenewright.core import Camera, Mesh
from scenewright.data.generation.poses import YUP_FROM_ZUP, rotation_from_euler
from scenewright.worlds.generation.truth import TruthObject
from scenewright.worlds.objects.model import Material, ObjectModel, Part

CAMERA = Camera.from_focal(80, 80, 40, 30, width=80, height=60)


def block(label: str, size: tuple[float, ...], color: tuple[float, float, float]) -> ObjectModel:
    """A box around the origin."""
    found = trimesh.creation.box(size)
    mesh = Mesh(found.vertices.astype(np.float32), found.faces.astype(np.int32))
    return ObjectModel(label, (Part("body", mesh, Material(color)),))


def truth_objects() -> list[TruthObject]:
    """A red block on the left and a blue one on the right, farther away."""
    poses = []
    for angles, position in (((10, 20, 0), (-0.5, 0, -4)), ((10, -30, 0), (1.0, 0.1, -5))):
        pose = np.eye(4)
        pose[:3, :3] = rotation_from_euler(np.array(angles, float)) @ YUP_FROM_ZUP
        pose[:3, 3] = position
        poses.append(pose)
    models = (
        block("red", (1, 0.5, 0.8), (0.9, 0.1, 0.1)),
        block("blue", (0.4,) * 3, (0.1, 0.1, 0.9)),
    )
    return [
        TruthObject(model.label, model, model.parts[0].mesh, pose)
        for model, pose in zip(models, poses, strict=True)
    ]
