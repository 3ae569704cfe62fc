"""Ground truth of worlds and films as JSON records and mesh files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError, MaskSet, Mesh
from scenewright.io import instance_name, write_glb_mesh
from scenewright.worlds.composing.world import PlacedObject, Sun, World
from scenewright.worlds.objects.manifolds import union_mesh
from scenewright.worlds.objects.model import ObjectModel

_UP = np.array([0.0, 0.0, 1.0])


def object_record(placed: PlacedObject) -> dict[str, Any]:
    """Ground truth of one object: label, pose, and bounding boxes of the complete shape.

    ``box`` is aligned with the object, ``aabb_min`` and ``aabb_max`` with the world.
    """
    pose, bounds = placed.world_from_object, placed.model.bounds
    corners = np.concatenate([part.mesh.vertices for part in placed.model.parts])
    world = corners.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3]
    middle = pose[:3, :3] @ bounds.mean(axis=0) + pose[:3, 3]
    symmetry = placed.model.symmetry
    return {
        "id": placed.instance_id,
        "category": placed.label,
        "is_stuff": placed.is_stuff,
        "supported_by": placed.supported_by,
        "aabb_min": np.round(world.min(axis=0), 5).tolist(),
        "aabb_max": np.round(world.max(axis=0), 5).tolist(),
        "box": {
            "center": np.round(middle, 5).tolist(),
            "size": np.round(bounds[1] - bounds[0], 5).tolist(),
            "rotation": pose[:3, :3].tolist(),
        },
        "symmetry": {"turns": symmetry.turns, "mirrors": symmetry.mirrors},
        "world_from_object": pose.tolist(),
        "mesh": mesh_name(placed),
    }


def relation_records(world: World) -> list[dict[str, Any]]:
    """The relations between pairs of objects."""
    return [
        {
            "subject": one.subject,
            "predicate": one.predicate,
            "object": one.object,
            "distance": None if one.distance is None else round(one.distance, 5),
        }
        for one in world.relations
    ]


def world_record(world: World) -> dict[str, Any]:
    """Everything about a world except its meshes."""
    lights = [
        {"kind": "sun" if isinstance(light, Sun) else "area", **vars(light)}
        for light in world.lights
    ]
    return {
        "kind": world.kind,
        "seed": world.seed,
        "size": list(world.size),
        "up": _UP.tolist(),
        "ambient": list(world.ambient),
        "lights": lights,
        "objects": [object_record(placed) for placed in world.objects],
        "relations": relation_records(world),
    }


def mesh_name(placed: PlacedObject) -> str:
    """Path of the mesh of an object relative to the folder of its world."""
    return f"objects/{instance_name(placed.instance_id, placed.label)}.glb"


def write_meshes(folder: Path, world: World) -> None:
    """Writes the outer surface of each object in the object frame, one GLB file each."""
    for placed in world.objects:
        write_glb_mesh(
            folder / mesh_name(placed), surface_mesh(placed.model), name=placed.label, up=_UP
        )


def surface_mesh(model: ObjectModel) -> Mesh:
    """One colored mesh of an object: its outer surface, or its parts if one of them is open."""
    try:
        mesh, part_of = union_mesh(model)
        corners = mesh.vertices[mesh.faces]
    except ConventionError:
        triangles = [part.mesh.vertices[part.mesh.faces] for part in model.parts]
        part_of = np.repeat(np.arange(len(triangles)), [len(one) for one in triangles])
        corners = np.concatenate(triangles)
    shades = np.array([part.material.color for part in model.parts])
    colors = np.round(255 * np.clip(shades, 0, 1)).astype(np.uint8)[part_of]
    # A vertex that two colors share is stored twice.
    rows = np.column_stack(
        [corners.reshape(-1, 3).astype(np.float64), np.repeat(colors, 3, axis=0)]
    )
    unique, faces = np.unique(rows, axis=0, return_inverse=True)
    return Mesh(
        unique[:, :3].astype(np.float32),
        faces.reshape(-1, 3).astype(np.int32),
        unique[:, 3:].astype(np.uint8),
    )


def mask_records(masks: MaskSet, labels: dict[int, str]) -> list[dict[str, Any]]:
    """Masks as uncompressed COCO run lengths, in the format of a mask folder."""
    return [
        {
            "id": number,
            "category": labels[number],
            "score": 1.0,
            "segmentation": {"size": [masks.height, masks.width], "counts": counts},
        }
        for number, counts in zip(masks.ids.tolist(), _column_counts(masks), strict=True)
    ]


def _column_counts(masks: MaskSet) -> list[list[int]]:
    """Run lengths of zeros, ones, zeros ... of each mask in column-major order."""
    counts = []
    for index in range(len(masks)):
        flat = np.zeros(masks.height * masks.width, np.int8)
        rows, columns = np.divmod(masks.pixels(index), masks.width)
        flat[columns * masks.height + rows] = 1
        edges: NDArray[np.int64] = np.flatnonzero(np.diff(flat, prepend=0)) + 0
        counts.append(np.diff(edges, prepend=0, append=len(flat)).tolist())
    return counts
