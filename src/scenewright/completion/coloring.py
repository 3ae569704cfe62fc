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
_FINE, _COARSE = 0.5, 2.0
"""Distance between the samples of the seen surface whose colors are taken for what was seen and its
mirror images, and for what has neither, in cells."""
_PATCH = 1.5
"""Edge of the patches of hidden surface that have one color, in cells."""


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
    fine = surface.thinned(_FINE * cell_size)
    tree = KDTree(fine.points)
    colors[seen] = fine.colors[tree.query(vertices[seen])[1]]
    is_open = ~seen
    for world_map in symmetries:
        rows = np.flatnonzero(is_open)
        if not len(rows):
            break
        images = vertices[rows] @ world_map[:3, :3].T + world_map[:3, 3]
        facing = normals[rows] @ world_map[:3, :3].T
        distance, nearest = tree.query(images, distance_upper_bound=_MIRROR_REACH * cell_size)
        rows, nearest, facing = (one[np.isfinite(distance)] for one in (rows, nearest, facing))
        same_side = np.einsum("ij,ij->i", facing, fine.normals[nearest]) > 0
        colors[rows[same_side]] = fine.colors[nearest[same_side]]
        is_open[rows[same_side]] = False
    rows = np.flatnonzero(is_open)
    if len(rows):
        colors[rows] = _colors_around(vertices[rows], normals[rows], surface, cell_size)
    return colors


def _colors_around(
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    surface: SeenSurface,
    cell_size: float,
) -> NDArray[np.uint8]:
    """Colors of near surface that faces the same way; neighboring vertices share one."""
    scale = _NORMAL_WEIGHT * cell_size
    coarse = surface.thinned(_COARSE * cell_size)
    known = KDTree(np.hstack([coarse.points, scale * coarse.normals]))
    patch = np.column_stack([
        np.floor(vertices / (_PATCH * cell_size)), np.rint(2 * normals)
    ]).astype(np.int64)  # fmt: skip
    patch -= patch.min(axis=0)
    keys = np.ravel_multi_index(tuple(patch.T), tuple((patch.max(axis=0) + 1).tolist()))
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    asked = np.hstack([vertices[first], scale * normals[first]])
    count = min(4, len(coarse))
    nearest = known.query(asked, k=count)[1].reshape(len(first), count)
    means = np.rint(coarse.colors[nearest].astype(np.float64).mean(axis=1)).astype(np.uint8)
    found: NDArray[np.uint8] = means[number.reshape(-1)]
    return found
