"""A world as flat arrays of triangles and materials, which the ray caster and shader read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.transforms import invert_rigid
from scenewright.worlds.composing.world import World
from scenewright.worlds.objects.model import PATTERNS, Material

_DARKER = 0.6
"""A pattern without a second color uses this share of the first."""


@dataclass(frozen=True, eq=False)
class Triangles:
    """All surface of a world.

    Attributes:
        corners: (T, 3, 3) float32, metres, world frame.
        normals: (T, 3) float32 unit, world frame, outwards.
        owner: (T,) int32 row in `instance_ids` and `object_from_world`.
        material: (T,) int32 row in `Materials`.
        uv: (T, 3, 2) float32 texture coordinates, 0 where there are none.
        instance_ids: (O,) int32.
        object_from_world: (O, 3, 4) float32.
    """

    corners: NDArray[np.float32]
    normals: NDArray[np.float32]
    owner: NDArray[np.int32]
    material: NDArray[np.int32]
    uv: NDArray[np.float32]
    instance_ids: NDArray[np.int32]
    object_from_world: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Materials:
    """Looks, one row each.

    Attributes:
        colors: (M, 2, 3) float32 linear RGB, first and second color.
        pattern: (M,) int32 index in `PATTERNS`; -1 = image.
        values: (M, 2) float32: scale in metres, gloss.
        image_of: (M, 3) int32: first texel, width, height; 0 without image.
        texels: (N, 3) float32 linear RGB of all images, row by row.
    """

    colors: NDArray[np.float32]
    pattern: NDArray[np.int32]
    values: NDArray[np.float32]
    image_of: NDArray[np.int32]
    texels: NDArray[np.float32]


def flatten_world(world: World) -> tuple[Triangles, Materials]:
    """Gathers all triangles and materials of a world."""
    corners, owners, looks, uvs = [], [], [], []
    materials: list[Material] = []
    inverse = np.empty((len(world.objects), 3, 4), np.float32)
    for row, placed in enumerate(world.objects):
        pose = placed.world_from_object
        inverse[row] = invert_rigid(pose)[:3]
        for part in placed.model.parts:
            points = part.mesh.vertices.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3]
            triangles = points[part.mesh.faces].astype(np.float32)
            corners.append(triangles)
            owners.append(np.full(len(triangles), row, np.int32))
            looks.append(np.full(len(triangles), len(materials), np.int32))
            uv = part.uv if part.uv is not None else np.zeros((len(triangles), 3, 2), np.float32)
            uvs.append(uv)
            materials.append(part.material)
    joined = np.ascontiguousarray(np.concatenate(corners))
    triangles_ = Triangles(
        joined,
        face_normals(joined),
        np.concatenate(owners),
        np.concatenate(looks),
        np.ascontiguousarray(np.concatenate(uvs), np.float32),
        np.array([placed.instance_id for placed in world.objects], np.int32),
        inverse,
    )
    return triangles_, _flatten_materials(materials)


def face_normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 3) float32 unit normals of (T, 3, 3) triangles; 0 where a triangle has no area."""
    edges = corners.astype(np.float64)
    normals: NDArray[np.float64] = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (normals / np.maximum(lengths, 1e-30)).astype(np.float32)
    return unit


def linear_from_srgb(color: NDArray[np.floating]) -> NDArray[np.float32]:
    """Linear light of sRGB values in [0, 1] (IEC 61966-2-1)."""
    low = color / 12.92
    high = ((np.maximum(color, 0.0) + 0.055) / 1.055) ** 2.4
    return np.where(color <= 0.04045, low, high).astype(np.float32)


def _flatten_materials(materials: list[Material]) -> Materials:
    num = len(materials)
    colors = np.empty((num, 2, 3), np.float32)
    pattern = np.empty(num, np.int32)
    values = np.empty((num, 2), np.float32)
    image_of = np.zeros((num, 3), np.int32)
    texels: list[NDArray[np.float32]] = [np.zeros((1, 3), np.float32)]
    stored: dict[int, tuple[int, int, int]] = {}
    filled = 1
    for row, look in enumerate(materials):
        first = np.asarray(look.color, np.float64)
        second = first * _DARKER if look.second_color is None else np.asarray(look.second_color)
        colors[row] = linear_from_srgb(np.stack([first, second]))
        pattern[row] = PATTERNS.index(look.pattern)
        values[row] = look.scale, look.gloss
        if look.image is None:
            continue
        pattern[row] = -1
        key = id(look.image)  # several parts may share one picture
        if key not in stored:
            height, width = look.image.shape[:2]
            stored[key] = (filled, width, height)
            texels.append(linear_from_srgb(look.image.reshape(-1, 3) / np.float32(255)))
            filled += width * height
        image_of[row] = stored[key]
    return Materials(colors, pattern, values, image_of, np.concatenate(texels))
