"""Meshes translated, scaled, rotated, mirrored and joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from scenewright.core import Mesh


def moved(mesh: Mesh, offset: ArrayLike) -> Mesh:
    """The mesh translated by (x, y, z) meters."""
    return Mesh((mesh.vertices + np.asarray(offset, np.float64)).astype(np.float32), mesh.faces)


def scaled(mesh: Mesh, factors: ArrayLike) -> Mesh:
    """The mesh scaled by one positive factor, or by one per axis."""
    points = mesh.vertices.astype(np.float64) * np.asarray(factors, np.float64)
    return Mesh(points.astype(np.float32), mesh.faces, mesh.vertex_colors)


def turned(mesh: Mesh, axis: str, angle: float) -> Mesh:
    """The mesh rotated about the x, y or z axis through the origin; `angle` in degrees."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    matrix = np.eye(3)
    matrix[[first, first, second, second], [first, second, first, second]] = (
        cosine, -sine, sine, cosine,
    )  # fmt: skip
    return Mesh((mesh.vertices @ matrix.T).astype(np.float32), mesh.faces)


def mirrored(mesh: Mesh, axis: str = "x") -> Mesh:
    """The mesh mirrored at the plane through the origin perpendicular to an axis."""
    signs = np.where(np.array(list("xyz")) == axis, -1.0, 1.0)
    points = (mesh.vertices * signs).astype(np.float32)
    return Mesh(points, np.ascontiguousarray(mesh.faces[:, ::-1]))


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes concatenated to one; they must not touch."""
    shifts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    faces = [mesh.faces + shift for mesh, shift in zip(meshes, shifts, strict=True)]
    points = np.concatenate([mesh.vertices for mesh in meshes])
    return Mesh(points, np.concatenate(faces).astype(np.int32))


def both_sides(mesh: Mesh) -> tuple[Mesh, Mesh]:
    """The mesh and its mirror image across x = 0."""
    return mesh, mirrored(mesh)
