"""Closed triangle meshes: construction from rings or convex hulls, volume, and a check.

Vertices are shared, and faces are counter-clockwise seen from outside.
"""

from __future__ import annotations

import functools

import manifold3d
import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenewright.core import ConventionError, Mesh

Vector = tuple[float, float, float]
"""x, y, z in meters."""


def closed_mesh(vertices: ArrayLike, faces: ArrayLike) -> Mesh:
    """A mesh with its faces oriented outward.

    Args:
        vertices: (V, 3) meters.
        faces: (F, 3) indices of a closed, consistently oriented surface, inward or outward.

    Raises:
        ConventionError: The surface encloses no volume.
    """
    points = np.asarray(vertices, np.float64).reshape(-1, 3)
    triangles = np.asarray(faces, np.int32).reshape(-1, 3)
    volume = mesh_volume(points, triangles)
    if volume == 0:
        raise ConventionError("closed_mesh", expected="a volume above 0", got="0")
    if volume < 0:
        triangles = triangles[:, ::-1]
    return Mesh(points.astype(np.float32), np.ascontiguousarray(triangles))


def mesh_volume(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> float:
    """Signed volume inside a closed surface, cubic meters; positive if it faces outward.

    Args:
        vertices: (V, 3) meters.
        faces: (F, 3) indices.
    """
    points = vertices.astype(np.float64) - vertices.mean(axis=0)
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


def is_closed(faces: NDArray[np.integer]) -> bool:
    """Whether each edge of (F, 3) faces is shared by exactly two, in opposite directions."""
    ends = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    span = int(ends.max(initial=0)) + 1
    forward = np.sort(ends[:, 0] * span + ends[:, 1])
    backward = np.sort(ends[:, 1] * span + ends[:, 0])
    return bool(len(faces) > 3 and (np.diff(forward) > 0).all() and (forward == backward).all())


def lofted(
    rings: ArrayLike,
    *,
    loop: bool = False,
    start: Vector | None = None,
    end: Vector | None = None,
) -> Mesh:
    """A surface through a sequence of rings (loft).

    Args:
        rings: (N, M, 3) points; the M points of each ring are in order around it.
        loop: Whether the last ring is joined to the first; there are no ends then.
        start: Apex in front of the first ring; None = a flat end.
        end: Apex behind the last ring; None = a flat end.
    """
    points = np.asarray(rings, np.float64)
    num_rings, num_points = points.shape[:2]
    flat = points.reshape(-1, 3)
    faces = [_side_triangles(num_rings, num_points, loop=loop)]
    vertices = [flat]
    if not loop:
        for first, tip, is_end in ((0, start, False), (len(flat) - num_points, end, True)):
            if tip is None:
                cap = first + _flat_triangles(flat[first : first + num_points])
            else:
                around = np.arange(num_points)
                apex = np.full(num_points, len(flat) + len(vertices) - 1)
                cap = np.stack([first + around, first + (around + 1) % num_points, apex], -1)
                vertices.append(np.asarray(tip, np.float64)[None])
            faces.append(cap if is_end else cap[:, ::-1])
    return closed_mesh(np.concatenate(vertices), np.concatenate(faces))


@functools.lru_cache(maxsize=256)
def _side_triangles(num_rings: int, num_points: int, *, loop: bool) -> NDArray[np.intp]:
    """(F, 3) triangles between neighboring rings."""
    index = np.arange(num_rings * num_points).reshape(num_rings, num_points)
    lower = index if loop else index[:-1]
    upper = np.roll(index, -1, axis=0) if loop else index[1:]
    after, after_upper = np.roll(lower, -1, axis=1), np.roll(upper, -1, axis=1)
    triangles = [(lower, after, after_upper), (lower, after_upper, upper)]
    faces = np.concatenate([np.stack(three, -1).reshape(-1, 3) for three in triangles])
    faces.setflags(write=False)
    return faces


def _flat_triangles(ring: NDArray[np.float64]) -> NDArray[np.intp]:
    """(F, 3) triangles that fill a flat ring, with the orientation of the ring."""
    count = len(ring)
    ahead = np.concatenate([ring[1:], ring[:1]])
    # Twice the projected area along each axis; the ring is projected along the largest.
    areas = [float(ring[:, i] @ ahead[:, j] - ring[:, j] @ ahead[:, i])
             for i, j in ((1, 2), (2, 0), (0, 1))]  # fmt: skip
    axis = int(np.abs(areas).argmax())
    flat = ring[:, [one for one in range(3) if one != axis]]
    edges = np.concatenate([flat[1:], flat[:1]]) - flat
    following = np.concatenate([edges[1:], edges[:1]])
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if (turns >= -1e-12).all() or (turns <= 1e-12).all():
        # A strip across the ring has better-shaped triangles than a fan.
        order = np.empty(count, np.intp)
        order[0::2] = np.arange((count + 1) // 2)
        order[1::2] = count - 1 - np.arange(count // 2)
        strips = np.stack([order[:-2], order[1:-1], order[2:]], -1)
        strips[0::2] = strips[0::2][:, [0, 2, 1]]
        return strips
    clockwise = turns.sum() < 0
    polygon = flat[::-1] if clockwise else flat
    triangles = np.asarray(manifold3d.triangulate([np.ascontiguousarray(polygon)]), np.intp)
    return np.ascontiguousarray((count - 1 - triangles)[:, ::-1]) if clockwise else triangles


def convex(points: ArrayLike) -> Mesh:
    """The convex hull of (N, 3) points."""
    solid = manifold3d.Manifold.hull_points(np.asarray(points, np.float64))
    mesh = solid.to_mesh()
    return closed_mesh(mesh.vert_properties[:, :3], mesh.tri_verts)
