"""From the map and the instances on it to a `Scene`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.asset import Asset, Mesh
from scenewright.core.instance import Instance, InstanceTable
from scenewright.core.scene import Scene
from scenewright.fusion.tracker import Segmentation
from scenewright.fusion.volume import SurfaceVolume
from scenewright.geometry.boxes import fit_box
from scenewright.geometry.surface_nets import NetSurface

BOX_QUANTILE = 0.002
"""Share of an instance's points that may lie outside its box on each side: stray voxels."""


def build_scene(
    volume: SurfaceVolume, segmentation: Segmentation, *, up: NDArray[np.float64] | None
) -> Scene:
    """Builds points, instances and meshes.

    Args:
        volume: The map.
        segmentation: Instance per surface slot.
        up: (3,) unit vector against gravity, or None if unknown; boxes stand upright on it.
    """
    cloud, slots = volume.surface_points()
    ids = segmentation.instance_id[slots]
    present = [int(i) for i in np.unique(ids) if i > 0]
    ids = np.where(np.isin(ids, present), ids, 0).astype(np.int32)
    points = cloud.with_instance_id(ids)
    order = np.argsort(ids, kind="stable")
    first = np.searchsorted(ids[order], present, side="left")
    last = np.searchsorted(ids[order], present, side="right")
    vectors = segmentation.embedding
    no_vector = np.zeros_like(next(iter(vectors.values()))) if vectors else None
    rows = []
    for instance, begin, end in zip(present, first, last, strict=True):
        own = points.points[order[begin:end]]
        rows.append(
            Instance(
                id=instance,
                label="",
                score=segmentation.score[instance],
                box=fit_box(_trimmed(own), up=up),
                num_points=len(own),
                num_frames=segmentation.num_frames[instance],
                embedding=vectors.get(instance, no_vector),
            )
        )
    surface = volume.extract_surface()
    assets = split_meshes(surface, volume.labels_near(surface.voxel, segmentation.instance_id))
    return Scene(
        InstanceTable.from_rows(rows),
        points,
        {i: asset for i, asset in assets.items() if i in set(present)},
        up,
    )


def _trimmed(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The points without the outermost ones along the axes; never an empty set."""
    low, high = np.quantile(points, [BOX_QUANTILE, 1 - BOX_QUANTILE], axis=0)
    inside = np.all((points >= low) & (points <= high), axis=1)
    return points[inside] if inside.any() else points


def split_meshes(surface: NetSurface, labels: NDArray[np.int32]) -> dict[int, Asset]:
    """Cuts a surface into one mesh per instance.

    A face belongs to the instance of most of its vertices (of its first vertex if all differ), so
    neighboring objects touch and no face is lost between them.

    Args:
        surface: The whole surface.
        labels: (V,) instance of each vertex, 0 = none.

    Returns:
        An asset per instance id; its frame has the world's axes and the middle of the mesh as
        origin.
    """
    if not len(surface.faces):
        return {}
    corner = labels[surface.faces]
    face_label = np.where(corner[:, 1] == corner[:, 2], corner[:, 1], corner[:, 0])
    order = np.argsort(face_label, kind="stable")
    ids, first = np.unique(face_label[order], return_index=True)
    assets = {}
    for i, faces in zip(ids, np.split(surface.faces[order], first[1:]), strict=True):
        if i == 0:
            continue
        used, local = np.unique(faces, return_inverse=True)
        vertices = surface.vertices[used].astype(np.float64)
        middle = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        placement = np.eye(4)
        placement[:3, 3] = middle
        mesh = Mesh(
            (vertices - middle).astype(np.float32),
            local.reshape(-1, 3).astype(np.int32),
            surface.colors[used],
        )
        assets[int(i)] = Asset(mesh, placement)
    return assets
