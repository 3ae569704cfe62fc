"""Colors of the surface that no camera saw: from its mirror image, or from its neighbors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from scenewright.completion.seen_surface import GRAY, SeenSurface

_MIRROR_REACH = 2.0
"""Largest distance between the image of a vertex and the seen surface there, in cells."""
_NORMAL_WEIGHT = 6.0
"""Distance that counts as much as the distance between opposite normals, in cells, over two."""


def hidden_colors(
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    *,
    seen: NDArray[np.bool_],
    surface: SeenSurface,
    symmetries: NDArray[np.float64],
    cell_size: float,
) -> NDArray[np.uint8]:
    """(V, 3) uint8 colors of all vertices.

    A seen vertex takes that of the seen surface there. A hidden one takes the color of the seen
    surface where a symmetry sends it; without one, that of seen surface near it which faces the
    same way.

    Args:
        vertices: (V, 3) meters, world frame.
        normals: (V, 3) unit normals.
        seen: (V,) which vertices lie on the seen surface.
        surface: The seen surface.
        symmetries: (S, 4, 4) maps of the world that map the object to itself.
        cell_size: Of the grid that the mesh was made of, meters.
    """
    colors = np.full(vertices.shape, GRAY, np.uint8)
    if not len(surface):
        return colors
    tree = KDTree(surface.points)
    colors[seen] = surface.colors[tree.query(vertices[seen])[1]]
    is_open = ~seen
    for world_map in symmetries:
        rows = np.flatnonzero(is_open)
        if not len(rows):
            break
        images = vertices[rows] @ world_map[:3, :3].T + world_map[:3, 3]
        facing = normals[rows] @ world_map[:3, :3].T
        distance, nearest = tree.query(images)
        same_side = np.einsum("ij,ij->i", facing, surface.normals[nearest]) > 0
        found = (distance < _MIRROR_REACH * cell_size) & same_side
        colors[rows[found]] = surface.colors[nearest[found]]
        is_open[rows[found]] = False
    rows = np.flatnonzero(is_open)
    if len(rows):
        scale = _NORMAL_WEIGHT * cell_size
        known = KDTree(np.hstack([surface.points, scale * surface.normals]))
        asked = np.hstack([vertices[rows], scale * normals[rows]])
        count = min(4, len(surface))
        nearest = known.query(asked, k=count)[1].reshape(len(rows), count)
        means = surface.colors[nearest].astype(np.float64).mean(axis=1)
        colors[rows] = np.rint(means).astype(np.uint8)
    return colors
