"""GLB: one named node per instance, upright in Blender and three.js, in the unit of the scene."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import (
    Asset,
    Box3D,
    FormatError,
    Instance,
    InstanceTable,
    Mesh,
    Scene,
)
from scenewright.core.conventions import RIGID_TOLERANCE
from scenewright.io._common import check_version, instance_name, metric_unit, reading
from scenewright.io._gaussians import surfels_of
from scenewright.io._glb_parts import (
    ASSET_SURFELS,
    EXTRAS,
    FORMAT,
    REST,
    VERSION,
    WORLD_NODE,
    asset_attributes,
    asset_values,
    box_placement,
    gltf_from_world,
    node_extras,
    read_relations,
    recorded_wholeness,
    scene_extras,
)
from scenewright.io._gltf import GltfWriter
from scenewright.io._gltf_foreign import foreign_nodes
from scenewright.io._gltf_splats import (
    SplatNode,
    splat_nodes,
    splat_primitive,
    uses_splats,
    without_splats,
)
from scenewright.io._gltf_tree import GltfNode, is_scenewright, parse_glb_tree, scenewright_nodes
from scenewright.io.atomic import write_bytes
from scenewright.io.boxes import record_instance
from scenewright.io.splat_glb import read_splats

_Z_UP = np.array([0.0, 0.0, 1.0])

logger = logging.getLogger("scenewright.io")


def write_glb(path: str | os.PathLike[str], scene: Scene) -> None:
    """Writes the objects of a scene, one named node each; the points are not written.

    Each node holds the mesh in the frame of the asset, with its texture or vertex colors and other
    values per vertex, the placement as its matrix, and the record of the instance (id, label,
    score, box and so on) as `extras`. Surfels of an asset are a child of its node. A single root
    node rotates the world upright. An instance without an asset becomes a node without a mesh. The
    surface that belongs to no instance is the node `rest`.
    Relations are `extras` of the scene; features are not written.

    Args:
        path: The `.glb` file.
        scene: A scene in which at least one instance has an asset, or with a mesh of the rest.

    Raises:
        FormatError: There is nothing to write.
    """
    rest = _rest_mesh(scene)
    if not scene.assets and rest is None:
        raise FormatError(
            f"Cannot write {path}",
            expected="a scene whose instances have meshes",
            got="no mesh at all",
            do="Save the points instead, with the suffix .ply.",
        )
    writer = GltfWriter()
    writer.set_scene_extras(scene_extras(scene.up, scene.relations, unit=scene.unit))
    top = writer.add_node(WORLD_NODE, matrix=gltf_from_world(scene.up))
    for row in scene.instances:
        asset = scene.assets.get(row.id)
        name = instance_name(row.id, row.label)
        node = writer.add_node(
            name,
            parent=top,
            matrix=box_placement(row.box) if asset is None else asset.world_from_asset,
            mesh=None if asset is None else asset.mesh,
            attributes=None if asset is None else asset_attributes(asset),
            extras=node_extras(row, asset),
        )
        if asset is not None and asset.surfels is not None and len(asset.surfels):
            writer.add_node(
                f"{name}_surfels",
                parent=node,
                primitive=splat_primitive(
                    writer, asset.surfels, {} if asset.mesh is not None else asset_attributes(asset)
                ),
                extras={EXTRAS: {ASSET_SURFELS: row.id}},
            )
    if rest is not None:
        writer.add_node(
            REST,
            parent=top,
            matrix=rest.world_from_asset,
            mesh=rest.mesh,
            attributes=asset_attributes(rest),
            extras={EXTRAS: {REST: True}},
        )
    write_bytes(path, writer.to_bytes())


def _rest_mesh(scene: Scene) -> Asset | None:
    """The rest of a scene if it has a mesh; its surfels are written with those of the scene."""
    return scene.rest if scene.rest is not None and scene.rest.mesh is not None else None


def write_glb_mesh(
    path: str | os.PathLike[str],
    mesh: Mesh,
    *,
    name: str = "object",
    up: NDArray[np.float64] | None = None,
    attributes: Mapping[str, NDArray[np.float32]] | None = None,
) -> None:
    """Writes one mesh in its local frame as a named node.

    Args:
        path: The `.glb` file.
        mesh: Vertices in meters.
        name: Name of the node.
        up: (3,) unit vector against gravity in the frame of the mesh, or None; see
            `gltf_from_world`.
        attributes: (V,) values per vertex, by names that begin with an underscore.
    """
    writer = GltfWriter()
    writer.set_scene_extras(scene_extras(up, None))
    top = writer.add_node(WORLD_NODE, matrix=gltf_from_world(up))
    writer.add_node(name, parent=top, mesh=mesh, attributes=attributes)
    write_bytes(path, writer.to_bytes())


def read_glb(path: str | os.PathLike[str]) -> Scene:
    """Reads a GLB as a scene with one asset per node that has a mesh.

    A file written by Scenewright restores ids, labels and their candidates, scores, sources, boxes,
    counts, assets with their textures and placements, the rest, relations and `up`. In any other
    file each node with a mesh becomes an instance with the name of the node as its label, the world
    is rotated to z-up, and textures become vertex colors. Splats become surfels: in a Scenewright
    file each belongs to the instance of its node or is part of that instance's asset, in any other
    file to no instance.

    Raises:
        FormatError: The file is missing, damaged, of another version, refers to other files, or
            holds packed splats.
    """
    with reading(path, "GLB file"):
        data = Path(path).read_bytes()
        tree = parse_glb_tree(data)
        record = _scene_record(tree)
        if record is not None:
            check_version(path, record.get("version"), version=VERSION)
        up = _Z_UP if record is None else _read_up(record)
        world_from_gltf = gltf_from_world(up).T
        of_assets, of_scene = _divided_splats(splat_nodes(data, tree), is_ours=record is not None)
        splats = read_splats(
            path, of_scene, world_from_gltf=world_from_gltf, is_ours=record is not None
        )
        for note in () if splats is None else splats.notes:
            logger.warning("%s: %s", path, note)
        rows, assets, rest = _objects(data, tree, world_from_gltf)
        for instance_id, node in of_assets.items():
            surfels = surfels_of(path, node.gaussians, instance_score=node.score).surfels
            known = assets.get(instance_id)
            if known is not None:
                assets[instance_id] = replace(known, surfels=surfels)
            else:
                placement = world_from_gltf @ node.gltf_from_node
                whole = recorded_wholeness(tree).get(instance_id)
                values = asset_values(node.attributes)
                assets[instance_id] = Asset(None, placement, surfels, whole, *values)
        return Scene(
            InstanceTable.from_rows(rows),
            assets=assets,
            up=up,
            surfels=None if splats is None else splats.surfels,
            relations=None if record is None else read_relations(record.get("relations")),
            rest=rest,
            is_metric=record is None or metric_unit(record),
        )


def read_glb_mesh(path: str | os.PathLike[str]) -> Mesh:
    """Reads the only mesh of a GLB in its local frame, ignoring node matrices.

    Raises:
        FormatError: The file is missing or damaged, or has more than one mesh.
    """
    return read_glb_vertices(path)[0]


def read_glb_vertices(
    path: str | os.PathLike[str],
) -> tuple[Mesh, dict[str, NDArray[np.float32]]]:
    """Reads the only mesh of a GLB as `read_glb_mesh` does, and its custom vertex attributes.

    Raises:
        FormatError: The file is missing or damaged, or has more than one mesh.
    """
    with reading(path, "GLB file"):
        data = Path(path).read_bytes()
        nodes = _nodes(data, parse_glb_tree(data))
        meshes = [(node.mesh, node.attributes) for node in nodes if node.mesh is not None]
        if len(meshes) > 1:
            raise FormatError(f"{path}", expected="one mesh", got=f"{len(meshes)}")
        if not meshes:
            return Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)), {}
        return meshes[0]


def is_scenewright_glb(path: str | os.PathLike[str]) -> bool:
    """Whether Scenewright wrote a GLB."""
    with reading(path, "GLB file"):
        return _scene_record(parse_glb_tree(Path(path).read_bytes())) is not None


def _objects(
    data: bytes, tree: dict[str, Any], world_from_gltf: NDArray[np.float64]
) -> tuple[list[Instance], dict[int, Asset], Asset | None]:
    """The instances of a file, the assets of those that have a mesh, and the rest."""
    rows: list[Instance] = []
    assets: dict[int, Asset] = {}
    rest: Asset | None = None
    for node in _nodes(data, tree):
        record = node.extras.get(EXTRAS)
        if record is not None and ASSET_SURFELS in record:
            continue
        if record is not None and REST in record:
            if node.mesh is not None:
                rest = _placed(node, node.mesh, world_from_gltf @ node.gltf_from_node)
            continue
        row = None if record is None else record_instance(record)
        if node.mesh is not None:
            asset = _placed(node, node.mesh, world_from_gltf @ node.gltf_from_node)
            if row is None:
                row = _foreign_instance(len(rows) + 1, node.name, asset)
            assets[row.id] = replace(asset, is_whole=None if record is None else record["is_whole"])
        if row is not None:
            rows.append(row)
    return rows, assets, rest


def _divided_splats(
    nodes: Sequence[SplatNode], *, is_ours: bool
) -> tuple[dict[int, SplatNode], list[SplatNode]]:
    """The splats of assets by instance id, and those of the scene."""
    of_assets: dict[int, SplatNode] = {}
    of_scene = []
    for node in nodes:
        record = node.extras.get(EXTRAS)
        if is_ours and isinstance(record, dict) and ASSET_SURFELS in record:
            of_assets[int(record[ASSET_SURFELS])] = node
        else:
            of_scene.append(node)
    return of_assets, of_scene


def _nodes(data: bytes, tree: dict[str, Any]) -> Iterator[GltfNode]:
    if is_scenewright(tree):
        return scenewright_nodes(data, tree)
    if uses_splats(tree):
        data, tree = without_splats(data, tree)
    return foreign_nodes(data, tree)


def _scene_record(tree: dict[str, Any]) -> dict[str, Any] | None:
    scenes = tree.get("scenes") or [{}]
    extras = scenes[tree.get("scene", 0)].get("extras", {}).get(EXTRAS)
    return extras if isinstance(extras, dict) and extras.get("format") == FORMAT else None


def _read_up(record: dict[str, Any]) -> NDArray[np.float64] | None:
    return None if record["up"] is None else np.array(record["up"], np.float64)


def _placed(node: GltfNode, mesh: Mesh, world_from_node: NDArray[np.float64]) -> Asset:
    """An asset with the placement of the node, which is baked in if it is not a similarity."""
    linear = world_from_node[:3, :3]
    determinant = float(np.linalg.det(linear))
    observed, uncertainty = asset_values(node.attributes)
    if determinant > 0:
        gram = linear.T @ linear / np.cbrt(determinant) ** 2
        if np.abs(gram - np.eye(3)).max() < RIGID_TOLERANCE:
            return Asset(mesh, world_from_node, observed=observed, uncertainty=uncertainty)
    logger.info("A node is mirrored or stretched; its matrix was applied to its vertices.")
    vertices = mesh.vertices @ linear.T + world_from_node[:3, 3]
    faces = mesh.faces if determinant >= 0 else mesh.faces[:, ::-1]
    baked = replace(mesh, vertices=vertices.astype(np.float32), faces=faces)
    return Asset(baked, observed=observed, uncertainty=uncertainty)


def _foreign_instance(instance_id: int, label: str, asset: Asset) -> Instance:
    """An instance whose box has the axes of its asset, with unknown counts."""
    world_from_asset, scale = asset.world_from_asset, asset.scale
    rotation = world_from_asset[:3, :3] / scale
    vertices = (asset.world_vertices() - world_from_asset[:3, 3]) @ rotation
    if not len(vertices):
        vertices = np.zeros((1, 3))
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    box = Box3D(rotation @ ((low + high) / 2) + world_from_asset[:3, 3], high - low, rotation)
    return Instance(instance_id, label, 1.0, box)
