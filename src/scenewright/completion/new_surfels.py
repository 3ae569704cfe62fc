"""Surfels on the surface that was completed, so that views of a surfel scene show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scenewright.core import Asset, Scene, SurfelCloud
from scenewright.core.surfels import SH_C0
from scenewright.geometry.quaternions import quaternion_from_normal

_OVERLAP = 0.6
"""Standard deviation of a new surfel, in distances between neighboring vertices."""
_OPACITY = 0.95


def with_new_surfels(scene: Scene, ids: Sequence[int]) -> Scene:
    """Adds surfels at the hidden vertices of completed objects; other scenes stay as they are.

    Args:
        scene: A scene whose completed objects have meshes with `Asset.observed`.
        ids: The completed objects.
    """
    surfels = scene.surfels
    if surfels is None or not len(surfels) or surfels.instance_id is None:
        return scene
    parts = [(i, hidden_surfels(scene.assets[i], surfels.sh.shape[1])) for i in ids]
    parts = [(i, part) for i, part in parts if len(part)]
    if not parts:
        return scene
    numbers = [np.full(len(part), i, np.int32) for i, part in parts]
    columns = {
        name: np.concatenate([getattr(surfels, name), *(getattr(p, name) for _, p in parts)])
        for name in ("means", "quats", "scales", "opacities", "sh")
    }
    count = sum(len(part) for _, part in parts)
    score = surfels.instance_score
    if score is not None:
        score = np.concatenate([score, np.ones(count, np.float32)])
    features = surfels.features
    if features is not None:
        zeros = np.zeros((count, features.shape[1]), np.float32)
        features = np.concatenate([features, zeros])
    instance_id = np.concatenate([surfels.instance_id, *numbers])
    grown = SurfelCloud(**columns, instance_id=instance_id, instance_score=score, features=features)
    return replace(scene, surfels=grown)


def hidden_surfels(asset: Asset, num_harmonics: int) -> SurfelCloud:
    """A surfel at each vertex that no camera saw, world frame.

    Args:
        asset: With a mesh and `observed`.
        num_harmonics: Coefficients of the color of a surfel; all but the first are zero.
    """
    assert asset.mesh is not None and asset.observed is not None
    vertices, faces = asset.world_vertices(), asset.mesh.faces
    hidden = np.flatnonzero(~asset.observed)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    size = np.zeros(len(vertices))
    for k in range(3):
        np.add.at(normals, faces[:, k], cross)
        np.add.at(size, faces[:, k], np.linalg.norm(cross, axis=1) / 6)
    spacing = np.sqrt(np.maximum(size[hidden], 1e-12))
    colors = asset.mesh.colors_at_vertices()
    base = np.full((len(hidden), 3), 0.63) if colors is None else colors[hidden] / 255
    sh = np.zeros((len(hidden), num_harmonics, 3), np.float32)
    sh[:, 0] = (base - 0.5) / SH_C0
    scales = np.repeat(_OVERLAP * spacing[:, None], 2, axis=1).astype(np.float32)
    opacities = np.full(len(hidden), _OPACITY, np.float32)
    length = np.linalg.norm(normals[hidden], axis=1, keepdims=True)
    facing = np.where(length > 0, normals[hidden] / np.where(length > 0, length, 1), (0, 0, 1))
    facing[facing[:, 2] < -0.999999] = (1e-3, 0, -0.9999995)  # -z itself has no shortest turn
    quats = quaternion_from_normal(facing).astype(np.float32)
    quats /= np.maximum(np.linalg.norm(quats, axis=1, keepdims=True), 1e-12)
    return SurfelCloud(vertices[hidden].astype(np.float32), quats, scales, opacities, sh)
