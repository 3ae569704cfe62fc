"""All surfaces of a world as flat arrays of triangles, for ray casting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.transforms import invert_rigid
from scenewright.worlds.composing.world import World


@dataclass(frozen=True, eq=False)
class Triangles:
    """All surfaces of a world.

    Attributes:
        corners: (T, 3, 3) float32, meters, world frame.
        normals: (T, 3) float32 unit, world frame, outward.
        owner: (T,) int32 row in `instance_ids` and `object_from_world`.
        part: (T,) int32 index of the part, counted over the parts of all objects in order.
        uv: (T, 3, 2) float32 texture coordinates, 0 where there are none.
        instance_ids: (O,) int32.
        object_from_world: (O, 3, 4) float32.
    """

    corners: NDArray[np.float32]
    normals: NDArray[np.float32]
    owner: NDArray[np.int32]
    part: NDArray[np.int32]
    uv: NDArray[np.float32]
    instance_ids: NDArray[np.int32]
    object_from_world: NDArray[np.float32]


def world_triangles(world: World) -> Triangles:
    """Gathers the triangles of all objects of a world, which must have at least one."""
    corners, owners, part_rows, uvs = [], [], [], []
    object_from_world = np.empty((len(world.objects), 3, 4), np.float32)
    num_parts = 0
    for row, placed in enumerate(world.objects):
        pose = placed.world_from_object
        object_from_world[row] = invert_rigid(pose)[:3]
        for part in placed.model.parts:
            points = part.mesh.vertices.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3]
            triangles = points[part.mesh.faces].astype(np.float32)
            corners.append(triangles)
            owners.append(np.full(len(triangles), row, np.int32))
            part_rows.append(np.full(len(triangles), num_parts, np.int32))
            uv = part.uv if part.uv is not None else np.zeros((len(triangles), 3, 2), np.float32)
            uvs.append(uv)
            num_parts += 1
    joined = np.ascontiguousarray(np.concatenate(corners))
    return Triangles(
        joined,
        face_normals(joined),
        np.concatenate(owners),
        np.concatenate(part_rows),
        np.ascontiguousarray(np.concatenate(uvs), np.float32),
        np.array([placed.instance_id for placed in world.objects], np.int32),
        object_from_world,
    )


def face_normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 3) float32 unit normals of (T, 3, 3) triangles; 0 where a triangle has no area."""
    edges = corners.astype(np.float64)
    normals: NDArray[np.float64] = np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (normals / np.maximum(lengths, 1e-30)).astype(np.float32)
    return unit
