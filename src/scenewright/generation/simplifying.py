"""Fewer triangles: quadric error metrics (Garland and Heckbert, SIGGRAPH 1997), kept closed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.core.optional import require
from scenewright.geometry.sheets import separated_sheets
from scenewright.geometry.simplification import clusters, group_means

EXTRA = "assets"
"""The extra that installs the packages for simplification and texture coordinates."""
LEAST_FACES = 4
_MOST_TRIES = 20
_SHRINK = 0.9
_GROWTH = 1.25

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


def simplified_surface(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], *, max_faces: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Reduces a mesh to a number of faces.

    The collapse of edges glues thin walls and close sheets together; they are separated again, so
    that a closed mesh stays closed and manifold (see `separated_sheets`). Where edges cannot be
    collapsed far enough, vertices are joined in the cells of a grid.

    Args:
        vertices: (V, 3).
        faces: (F, 3).
        max_faces: Largest number of faces of the result; a mesh that has no more is returned as it
            is.

    Returns:
        Vertices and faces.

    Raises:
        ConventionError: `max_faces` is below 4, or nothing is left of the mesh.
        MissingExtraError: ``fast-simplification`` is not installed.
    """
    if max_faces < LEAST_FACES:
        raise ConventionError("max_faces", expected=f"at least {LEAST_FACES}", got=str(max_faces))
    points = np.ascontiguousarray(vertices, np.float32)
    triangles = np.ascontiguousarray(faces, np.int32)
    if len(triangles) <= max_faces:
        return points, triangles
    few, corners = _collapsed(points, triangles, max_faces)
    if len(corners) > max_faces:
        few, corners = _clustered(few, corners, max_faces)
    if not len(corners):
        raise ConventionError(
            "The mesh to simplify",
            expected=f"a surface that {max_faces} faces can describe",
            got=f"{len(triangles)} faces, of which none are left",
            do="Raise the number of faces.",
        )
    return few.astype(np.float32), corners.astype(np.int32)


def _collapsed(points: Floats, faces: Integers, max_faces: int) -> tuple[Floats, Integers]:
    """Edges collapsed by the library, until there are few enough faces or it makes no progress."""
    library = require("fast_simplification", extra=EXTRA)
    target = max_faces
    for _ in range(_MOST_TRIES):
        before = len(faces)
        few, corners = library.simplify(
            np.ascontiguousarray(points, np.float32),
            np.ascontiguousarray(faces, np.int32),
            target_count=target,
        )
        points, faces = separated_sheets(few, corners)
        if len(faces) <= max_faces or len(faces) >= before:
            break
        # New vertices in the middle of edges add faces, so that the next try aims lower.
        target = max(int(target * _SHRINK), LEAST_FACES)
    return points, faces


def _clustered(points: Floats, faces: Integers, max_faces: int) -> tuple[Floats, Integers]:
    """Vertices joined in the cells of ever coarser grids; takes what edges cannot be collapsed."""
    edges = points[faces] - points[np.roll(faces, -1, axis=1)]
    cell = float(np.linalg.norm(edges, axis=-1).mean()) / 2
    few, corners = points, faces
    while len(corners) > max_faces:
        group, count = clusters(points, cell)
        joined = group[faces]
        is_degenerate = (joined == np.roll(joined, 1, axis=1)).any(axis=1)
        few, corners = separated_sheets(group_means(points, group, count), joined[~is_degenerate])
        cell *= _GROWTH
    return few, corners
