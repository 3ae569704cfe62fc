"""Removal of floaters: small connected parts of a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.geometry.connected import connected_groups

MOST_PARTS = 50
"""Default number of connected parts to keep, the largest ones."""
LEAST_FACES = 50
"""Default number of faces that a part must have to be kept."""


def face_parts(faces: NDArray[np.int32], num_vertices: int) -> NDArray[np.int32]:
    """(F,) connected part of each face, numbered from 0."""
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    part_of_vertex = connected_groups(edges[:, 0], edges[:, 1], count=num_vertices)
    parts = np.unique(part_of_vertex[faces[:, 0]], return_inverse=True)[1]
    return parts.astype(np.int32)


def kept_faces(
    faces: NDArray[np.int32],
    num_vertices: int,
    *,
    most_parts: int = MOST_PARTS,
    least_faces: int = LEAST_FACES,
) -> NDArray[np.bool_]:
    """(F,) bool, which faces have three different corners and lie in one of the largest parts.

    Args:
        faces: (F, 3) vertices.
        num_vertices: V.
        most_parts: Largest number of parts to keep.
        least_faces: Smaller parts are removed.
    """
    a, b, c = faces.T
    solid = np.flatnonzero((a != b) & (b != c) & (a != c))
    keep = np.zeros(len(faces), bool)
    if not len(solid):
        return keep
    part = face_parts(faces[solid], num_vertices)
    counts = np.bincount(part)
    largest = np.argsort(-counts, kind="stable")[:most_parts]
    good = largest[counts[largest] >= least_faces]
    keep[solid] = np.isin(part, good)
    return keep


def largest_parts(
    mesh: Mesh, *, most_parts: int = MOST_PARTS, least_faces: int = LEAST_FACES
) -> Mesh:
    """A mesh without small parts, degenerate faces, and unused vertices.

    Args:
        mesh: Any mesh.
        most_parts: See `kept_faces`.
        least_faces: See `kept_faces`.
    """
    keep = kept_faces(
        mesh.faces, len(mesh.vertices), most_parts=most_parts, least_faces=least_faces
    )
    used, local = np.unique(mesh.faces[keep], return_inverse=True)
    return Mesh(
        mesh.vertices[used],
        local.reshape(-1, 3).astype(np.int32),
        None if mesh.vertex_colors is None else mesh.vertex_colors[used],
    )
