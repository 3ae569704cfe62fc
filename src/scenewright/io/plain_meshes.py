"""Meshes for other programs: OBJ with vertex colors, and STL for printing."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Mesh, Scene
from scenewright.geometry.transforms import upright_frame
from scenewright.io._common import instance_name
from scenewright.io._glb_parts import REST, gltf_from_world
from scenewright.io.atomic import write_bytes

NamedMesh = tuple[str, Mesh]
"""Name of an object, and its mesh in the world frame."""
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("unused", "<u2")])


def scene_meshes(scene: Scene, *, where: str) -> list[NamedMesh]:
    """The meshes of the objects of a scene and of the rest, in the world frame.

    Args:
        scene: The scene.
        where: The file, for the error.

    Raises:
        FormatError: There is none.
    """
    found = [
        (instance_name(row.id, row.label), scene.assets[row.id])
        for row in scene.instances
        if row.id in scene.assets
    ]
    if scene.rest is not None:
        found.append((REST, scene.rest))
    meshes = []
    for name, asset in found:
        if asset.mesh is not None and len(asset.mesh.faces):
            moved = asset.mesh.vertices @ asset.world_from_asset[:3, :3].T
            vertices = (moved + asset.world_from_asset[:3, 3]).astype(np.float32)
            mesh = Mesh(vertices, asset.mesh.faces, asset.mesh.colors_at_vertices())
            meshes.append((name, mesh))
    if not meshes:
        raise FormatError(
            f"Cannot write {where}",
            expected="a scene whose instances have meshes",
            got="no mesh at all",
            do="Save the points instead, with the suffix .ply.",
        )
    return meshes


def write_obj(
    path: str | os.PathLike[str],
    meshes: Sequence[NamedMesh],
    *,
    up: NDArray[np.float64] | None,
) -> None:
    """Writes an OBJ with an object per mesh and colors after the coordinates of vertices.

    Blender, MeshLab, Open3D and trimesh read such colors. +Y is up, as these expect.

    Args:
        path: The `.obj` file.
        meshes: One or more, world frame.
        up: (3,) unit vector against gravity, world frame; None means -Y, see `gltf_from_world`.
    """
    turn = gltf_from_world(up)[:3, :3]
    stream = io.StringIO()
    first = 1
    for name, mesh in meshes:
        stream.write(f"o {name}\n")
        vertices = mesh.vertices @ turn.T
        colors = mesh.colors_at_vertices()
        if colors is None:
            np.savetxt(stream, vertices, fmt="v %.6g %.6g %.6g")
        else:
            rows = np.column_stack([vertices, colors / 255.0])
            np.savetxt(stream, rows, fmt="v %.6g %.6g %.6g %.4f %.4f %.4f")
        np.savetxt(stream, mesh.faces.astype(np.int64) + first, fmt="f %d %d %d")
        first += len(mesh.vertices)
    write_bytes(path, stream.getvalue().encode())


def write_stl(
    path: str | os.PathLike[str],
    meshes: Sequence[NamedMesh],
    *,
    up: NDArray[np.float64] | None,
) -> None:
    """Writes a binary STL with the triangles of all meshes, without colors. +Z is up.

    Args:
        path: The `.stl` file.
        meshes: One or more, world frame; the numbers are written as they are, in meters.
        up: (3,) unit vector against gravity, world frame; None means -Y.
    """
    axes = upright_frame(np.array([0.0, -1.0, 0.0]) if up is None else up)
    parts = [(mesh.vertices @ axes).astype(np.float32)[mesh.faces] for _, mesh in meshes]
    corners = np.concatenate(parts)
    facets = np.zeros(len(corners), _FACET)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    facets["normal"] = normals / np.maximum(lengths, 1e-30)
    facets["corners"] = corners
    count = np.array([len(facets)], "<u4").tobytes()
    write_bytes(path, b"scenewright".ljust(80) + count + facets.tobytes())
