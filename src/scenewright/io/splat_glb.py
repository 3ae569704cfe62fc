"""GLB with splats: one named node per instance, by the extension KHR_gaussian_splatting."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Scene, SurfelCloud
from scenewright.io._common import instance_name
from scenewright.io._gaussians import SplatFile, join_gaussians, move_gaussians, surfels_of
from scenewright.io._glb_parts import (
    WORLD_NODE,
    box_placement,
    gltf_from_world,
    node_extras,
    scene_extras,
)
from scenewright.io._gltf import GltfWriter
from scenewright.io._gltf_splats import SplatNode, splat_primitive
from scenewright.io._membership import members_by_id
from scenewright.io.atomic import write_bytes

_BACKGROUND = "background"


def write_splat_glb(path: str | os.PathLike[str], scene: Scene) -> None:
    """Writes the surfels of a scene, one named node per instance and one for all the others.

    Surfels stay in the world frame; their parent node rotates the world upright and, by the
    extension, the colors too. The nodes have the records of the instances as `extras`, like those
    of `write_glb`. Instance scores are kept, features are not. Within a node the order is kept.

    Args:
        path: The `.glb` file.
        scene: Must have at least one surfel.

    Raises:
        FormatError: The scene has no surfels.
    """
    surfels = scene.surfels
    if surfels is None or not len(surfels):
        raise FormatError(f"Cannot write {path}", expected="a scene with surfels", got="none")
    writer = GltfWriter()
    writer.set_scene_extras(scene_extras(scene.up, scene.relations, unit=scene.unit))
    top = writer.add_node(WORLD_NODE, matrix=gltf_from_world(scene.up))
    members = _members(surfels)
    for row in scene.instances:
        inside = members.pop(row.id, None)
        writer.add_node(
            instance_name(row.id, row.label),
            parent=top,
            matrix=box_placement(row.box) if inside is None else None,
            primitive=None if inside is None else splat_primitive(writer, surfels[inside]),
            extras=node_extras(row),
        )
    for instance_id, inside in members.items():
        known = surfels.instance_id is not None
        writer.add_node(
            _BACKGROUND,
            parent=top,
            primitive=splat_primitive(writer, surfels[inside]),
            extras={"instance_id": instance_id} if known else None,
        )
    write_bytes(path, writer.to_bytes())


def read_splats(
    path: str | os.PathLike[str],
    nodes: Sequence[SplatNode],
    *,
    world_from_gltf: NDArray[np.float64],
    is_ours: bool,
) -> SplatFile | None:
    """The splats of a GLB as surfels in the world frame; None if there are none.

    Args:
        path: The file, for messages.
        nodes: The nodes with splats that belong to the scene.
        world_from_gltf: (4, 4) rotation.
        is_ours: Whether `extras` name the instances as written by `write_splat_glb`.
    """
    if not nodes:
        return None
    parts = [move_gaussians(n.gaussians, world_from_gltf @ n.gltf_from_node) for n in nodes]
    scores = [node.score for node in nodes if node.score is not None]
    return surfels_of(
        path,
        join_gaussians(parts),
        instance_id=_ids(nodes) if is_ours else None,
        instance_score=np.concatenate(scores) if len(scores) == len(nodes) else None,
    )


def _members(surfels: SurfelCloud) -> dict[int, NDArray[np.intp]]:
    """Indices of the surfels of each instance; all under 0 if there are no instance ids."""
    if surfels.instance_id is None:
        return {0: np.arange(len(surfels))}
    return members_by_id(surfels.instance_id)


def _ids(nodes: Sequence[SplatNode]) -> NDArray[np.int32] | None:
    if any("instance_id" not in node.extras for node in nodes):
        return None
    rows = [np.full(len(n.gaussians.means), n.extras["instance_id"], np.int32) for n in nodes]
    return np.concatenate(rows)
