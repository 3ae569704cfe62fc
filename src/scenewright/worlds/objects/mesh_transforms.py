"""Meshes translated, scaled, rotated, mirrored, joined and refined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def refined(mesh: Mesh, *, longest: float) -> Mesh:
    """The same surface with triangles whose edges are at most `longest` meters long.

    An edge is bisected in both of its triangles, so a closed mesh stays closed.
    """
    points, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    while True:
        edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1), axis=-1)
        unique, inverse = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
        lengths = np.linalg.norm(points[unique[:, 0]] - points[unique[:, 1]], axis=1)
        is_long = lengths > longest
        if not is_long.any():
            return Mesh(points.astype(np.float32), faces.astype(np.int32))
        middles = np.full(len(unique), -1)
        middles[is_long] = len(points) + np.arange(int(is_long.sum()))
        points = np.concatenate([points, points[unique[is_long]].mean(axis=1)])
        faces = _bisected(faces, middles[inverse.reshape(-1, 3)])


def _bisected(faces: NDArray[np.int64], middles: NDArray[np.int64]) -> NDArray[np.int64]:
    """Triangles with some edges bisected.

    Args:
        faces: (F, 3) corners.
        middles: (F, 3) the new point on the edge from corner k to k + 1, or -1.
    """
    found = [faces[(middles < 0).all(axis=1)]]
    for count in (1, 2, 3):
        chosen = (middles >= 0).sum(axis=1) == count
        corner, middle = faces[chosen], middles[chosen]
        # Rotated so that the edges that are bisected come first.
        start = np.argmax(middle >= 0, axis=1)
        if count == 2:
            start = (np.argmin(middle, axis=1) + 1) % 3
        turn = (start[:, None] + np.arange(3)) % 3
        a, b, c = np.take_along_axis(corner, turn, axis=1).T
        ab, bc, ca = np.take_along_axis(middle, turn, axis=1).T
        pieces = {
            1: [(a, ab, c), (ab, b, c)],
            2: [(ab, b, bc), (a, ab, bc), (a, bc, c)],
            3: [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)],
        }[count]
        found += [np.stack(piece, axis=1) for piece in pieces]
    return np.concatenate(found)
