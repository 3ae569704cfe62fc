"""What pictures and pages show: triangles or points of each instance, and of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Asset, PointCloud, Scene
from scenewright.geometry.simplification import clusters, group_means, simplified
from scenewright.geometry.viewing import face_normals

_GRAY = 190
_FAINT = 0.3
"""Opacity below which a surfel is left out."""


@dataclass(frozen=True, eq=False)
class Layer:
    """The geometry of one instance, or of what belongs to none.

    Attributes:
        instance: Its id, 0 = none.
        positions: (V, 3) float64, meters.
        colors: (V, 3) uint8 RGB.
        faces: (F, 3) int32, or None for points.
        normals: (V, 3) float32 unit normals of points, or None if unknown or for a mesh.
    """

    instance: int
    positions: NDArray[np.float64]
    colors: NDArray[np.uint8]
    faces: NDArray[np.int32] | None = None
    normals: NDArray[np.float32] | None = None

    def turned(self, rotation: NDArray[np.float64]) -> Layer:
        """The same layer in other axes, given as the rows of a (3, 3) rotation."""
        normals = None if self.normals is None else (self.normals @ rotation.T).astype(np.float32)
        return replace(self, positions=self.positions @ rotation.T, normals=normals)

    def coarser(self, cell_size: float) -> Layer:
        """A layer in which everything within a cell of a grid has become one vertex.

        An object that would vanish keeps its finer layer.

        Args:
            cell_size: Edge length of a cell, meters.
        """
        if self.faces is None:
            group, count = clusters(self.positions, cell_size)
            positions, faces = group_means(self.positions, group, count), None
        else:
            positions, faces, group = simplified(self.positions, self.faces, cell_size=cell_size)
            count = len(positions)
            if not len(faces):
                return self
        colors = np.rint(group_means(self.colors, group, count)).astype(np.uint8)
        normals = None
        if self.normals is not None:
            normals = group_means(self.normals, group, count).astype(np.float32)
            normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        return Layer(self.instance, positions, colors, faces, normals)

    def facing(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Normals and areas of its surface; a point with a normal counts as a unit of area."""
        if self.faces is not None:
            return face_normals(self.positions, self.faces)
        if self.normals is None:
            return np.zeros((0, 3)), np.zeros(0)
        return self.normals.astype(np.float64), np.ones(len(self.normals))


def scene_layers(scene: Scene) -> list[Layer]:
    """The layers of a scene in its world frame: those of its instances, and the rest at the end.

    An instance is shown by the mesh of its asset, or else by its points, or else by its surfels;
    one that has none of these has no layer. Textures become colors of the vertices.
    """
    layers = []
    groups = _points_by_instance(scene)
    for instance_id in scene.instances.id.tolist():
        asset = scene.assets.get(instance_id)
        layer = None if asset is None else _asset_layer(instance_id, asset)
        if layer is None and instance_id in groups:
            layer = _point_layer(instance_id, groups[instance_id])
        if layer is not None:
            layers.append(layer)
    rest = None if scene.rest is None else _asset_layer(0, scene.rest)
    if rest is None and 0 in groups:
        rest = _point_layer(0, groups[0])
    return layers if rest is None else [*layers, rest]


def facing_of(layers: Sequence[Layer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Normals and areas of the surfaces of all layers; see `Layer.facing`."""
    parts = [layer.facing() for layer in layers]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _asset_layer(instance_id: int, asset: Asset) -> Layer | None:
    mesh = asset.mesh
    if mesh is not None and len(mesh.faces):
        colors = mesh.colors_at_vertices()
        return Layer(
            instance_id,
            asset.world_vertices(),
            _gray(len(mesh.vertices)) if colors is None else colors,
            mesh.faces,
        )
    if asset.surfels is None or not len(asset.surfels):
        return None
    rotation = asset.world_from_asset[:3, :3] / asset.scale
    positions = asset.surfels.means.astype(np.float64) @ asset.world_from_asset[:3, :3].T
    normals = (asset.surfels.normals() @ rotation.T).astype(np.float32)
    positions += asset.world_from_asset[:3, 3]
    return Layer(instance_id, positions, asset.surfels.base_colors(), normals=normals)


def _points_by_instance(scene: Scene) -> dict[int, PointCloud]:
    """The points of a scene, or of its surfels if it has none, by instance; 0 = none."""
    cloud = scene.points
    if cloud is None and scene.surfels is not None:
        solid = scene.surfels[scene.surfels.opacities >= _FAINT]
        cloud = PointCloud(solid.means, solid.base_colors(), solid.normals(), solid.instance_id)
    if cloud is None or not len(cloud):
        return {}
    if cloud.instance_id is None:
        return {0: cloud}
    order = np.argsort(cloud.instance_id, kind="stable")
    ids, first = np.unique(cloud.instance_id[order], return_index=True)
    parts = np.split(order, first[1:])
    return {int(i): cloud[part] for i, part in zip(ids, parts, strict=True)}


def _point_layer(instance_id: int, cloud: PointCloud) -> Layer:
    colors = _gray(len(cloud)) if cloud.colors is None else cloud.colors
    return Layer(instance_id, cloud.points.astype(np.float64), colors, normals=cloud.normals)


def _gray(count: int) -> NDArray[np.uint8]:
    return np.full((count, 3), _GRAY, np.uint8)
