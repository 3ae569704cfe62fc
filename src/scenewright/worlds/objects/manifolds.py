"""An object as one solid, for exact volumes, collisions and outer surfaces."""

from __future__ import annotations

from typing import Any

import manifold3d
import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, Mesh
from scenewright.worlds.objects.closed_meshes import is_closed
from scenewright.worlds.objects.model import ObjectModel, Part


def mesh_as_manifold(mesh: Mesh, *, name: str = "mesh") -> manifold3d.Manifold:
    """A closed mesh as a solid.

    Args:
        mesh: Closed, meters.
        name: Name of the mesh in the error.

    Raises:
        ConventionError: The mesh is open, or its faces are not oriented consistently.
    """
    # Manifold may crash on invalid faces, so they are checked first.
    if not is_closed(mesh.faces):
        raise ConventionError(
            name, expected="a closed mesh", got="edges that are not shared by two faces"
        )
    solid = manifold3d.Manifold(
        manifold3d.Mesh(
            vert_properties=np.ascontiguousarray(mesh.vertices, np.float32),
            tri_verts=np.ascontiguousarray(mesh.faces, np.uint32),
        )
    )
    if solid.status() != manifold3d.Error.NoError or solid.is_empty():
        raise ConventionError(name, expected="a closed mesh", got=solid.status().name)
    return solid


def as_manifold(model: ObjectModel) -> manifold3d.Manifold:
    """The union of the parts of an object, or its `ObjectModel.solid` if it has one.

    Args:
        model: In its own frame, meters.

    Raises:
        ConventionError: A part is not closed and the object has no solid.
    """
    if model.solid is not None:
        return mesh_as_manifold(model.solid, name=f"solid of {model.label}")
    return _union([_part_solid(model, part) for part in model.parts])


def union_mesh(model: ObjectModel) -> tuple[Mesh, NDArray[np.int32]]:
    """The outer surface of an object, without the surfaces inside other parts.

    Args:
        model: In its own frame, meters.

    Returns:
        The closed mesh, and the (F,) index in `model.parts` of the part that each face comes
        from. For an object with a solid, the solid and the part nearest to each face.

    Raises:
        ConventionError: A part is not closed and the object has no solid.
    """
    if model.solid is not None:
        return model.solid, _nearest_parts(model.solid, model.parts)
    solids = [_part_solid(model, part).as_original() for part in model.parts]
    part_of = {solid.original_id(): index for index, solid in enumerate(solids)}
    mesh = _union(solids).to_mesh()
    starts = np.asarray(mesh.run_index, np.int64) // 3
    runs = np.array([part_of[int(one)] for one in mesh.run_original_id], np.int32)
    return _as_mesh(mesh), np.repeat(runs, np.diff(starts))


def _union(solids: list[manifold3d.Manifold]) -> manifold3d.Manifold:
    if len(solids) == 1:
        return solids[0]
    return manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add)


def _part_solid(model: ObjectModel, part: Part) -> manifold3d.Manifold:
    return mesh_as_manifold(part.mesh, name=f"part {part.name} of {model.label}")


def _as_mesh(mesh: Any) -> Mesh:
    points = np.ascontiguousarray(mesh.vert_properties[:, :3], np.float32)
    return Mesh(points, np.asarray(mesh.tri_verts).astype(np.int32))


def _nearest_parts(solid: Mesh, parts: tuple[Part, ...]) -> NDArray[np.int32]:
    """(F,) index of the part whose surface is nearest to the center of each face of the solid."""
    from scipy.spatial import cKDTree

    middles = [part.mesh.vertices[part.mesh.faces].mean(axis=1) for part in parts]
    corners = [part.mesh.vertices for part in parts]
    points = np.concatenate([*middles, *corners])
    owners = np.concatenate(
        [
            np.full(len(one), index)
            for group in (middles, corners)
            for index, one in enumerate(group)
        ]
    )
    _, nearest = cKDTree(points).query(solid.vertices[solid.faces].mean(axis=1))
    owner: NDArray[np.int32] = owners[nearest].astype(np.int32)
    return owner
