"""Splitting of a surface into the meshes of its instances and the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core.asset import Asset
from scenewright.core.mesh import Mesh
from scenewright.geometry.surface_nets import NetSurface


def split_meshes(surface: NetSurface, labels: NDArray[np.int32]) -> dict[int, Asset]:
    """Splits a surface into one mesh per instance, and one of the faces of no instance.

    A face belongs to the instance of most of its vertices (of its first vertex if all differ), so
    no face between neighboring objects is lost.

    Args:
        surface: The whole surface.
        labels: (V,) instance of each vertex, 0 = none.

    Returns:
        An asset per instance id, and under 0 that of the faces of no instance, if there are any.
        The frame of an asset has the axes of the world and its origin in the middle of the mesh.
    """
    if not len(surface.faces):
        return {}
    corner = labels[surface.faces]
    face_label = np.where(corner[:, 1] == corner[:, 2], corner[:, 1], corner[:, 0])
    order = np.argsort(face_label, kind="stable")
    ids, first = np.unique(face_label[order], return_index=True)
    assets = {}
    for i, faces in zip(ids, np.split(surface.faces[order], first[1:]), strict=True):
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
