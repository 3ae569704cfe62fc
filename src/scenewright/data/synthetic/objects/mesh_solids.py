"""A closed solid for meshes that were never meant to have one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import manifold3d
import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Mesh
from scenewright.data.synthetic.objects.model import Part

SolidFrom = Literal["as is", "repaired", "approximated"]

_ORDER: tuple[SolidFrom, ...] = ("as is", "repaired", "approximated")
_MOST_PIECES = 400
_CELLS = 40
_SHEET = 0.002
"""Thickness given to a flat sheet, metres."""


def solid_of(parts: tuple[Part, ...]) -> tuple[Mesh, SolidFrom]:
    """A closed mesh of the space that some parts take up.

    Each connected piece of the surface is taken as it is where it is closed, else repaired
    (corners merged, holes filled, faces turned), else approximated: by its convex hull where that
    is nearly as small as the piece's filled voxels, else by these voxels. The solid is the union.

    Args:
        parts: In metres.

    Returns:
        The solid, and the worst of what was done to a piece.

    Raises:
        FormatError: The surface takes up no space.
    """
    pieces = _pieces(parts)
    if len(pieces) > _MOST_PIECES:
        everything = np.concatenate([points[faces] for points, faces in pieces])
        return _mesh(_voxels(everything)), "approximated"
    solids, worst = [], 0
    for points, faces in pieces:
        solid, how = _piece_solid(points, faces)
        if solid is not None:
            solids.append(solid)
            worst = max(worst, _ORDER.index(how))
    union = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add) if solids else None
    if union is None or union.is_empty() or union.volume() <= 0:
        raise FormatError("mesh", expected="a surface around some space", got="none")
    return _mesh(union), _ORDER[worst]


def _pieces(
    parts: tuple[Part, ...],
) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Connected pieces of the surface, corners at the same place merged."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    points = np.concatenate([part.mesh.vertices for part in parts]).astype(np.float64)
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in parts[:-1])])
    faces = np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts, strict=True)])
    grain = 1e-5 * float(np.ptp(points, axis=0).max())
    _, first, place = np.unique(
        np.rint(points / grain).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    points, faces = points[first], place.reshape(-1)[faces]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(edges)), edges.T), shape=(len(points), len(points)))
    count, piece_of = connected_components(graph, directed=False)
    owner = piece_of[faces[:, 0]]
    order = np.argsort(owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(count + 1))
    pieces = []
    for low, high in pairwise(bounds):
        if low == high:
            continue
        used, renumbered = np.unique(faces[order[low:high]], return_inverse=True)
        pieces.append((points[used], _clean(points[used], renumbered.reshape(-1, 3))))
    return [piece for piece in pieces if len(piece[1])]


def _clean(points: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The faces without those that have no area, and each only once."""
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    distinct = (np.diff(np.sort(faces, axis=1), axis=1) > 0).all(axis=1)
    distinct &= np.linalg.norm(np.cross(b - a, c - a), axis=1) > 0
    faces = faces[distinct]
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return faces[np.sort(first)]


def _piece_solid(
    points: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[manifold3d.Manifold | None, SolidFrom]:
    solid = _closed(points, faces)
    if solid is not None:
        return solid, "as is"
    solid = _repaired(points, faces)
    hull = _hull(points)
    if solid is not None and (hull is None or solid.volume() > 0.05 * hull.volume()):
        return solid, "repaired"
    if len(faces) < 3 or hull is None:
        return hull, "approximated"
    voxels = _voxels(points[faces])
    close = hull.volume() <= 1.4 * voxels.volume()
    return (hull if close else voxels), "approximated"


def _closed(points: NDArray[Any], faces: NDArray[Any]) -> manifold3d.Manifold | None:
    """The piece as a solid if it is closed, turned outwards; else None."""
    if len(faces) < 4:
        return None
    a, b, c = (points[faces[:, corner]] - points.mean(axis=0) for corner in range(3))
    if np.einsum("fi,fi->", a, np.cross(b, c)) < 0:
        faces = faces[:, ::-1]
    solid = manifold3d.Manifold(
        manifold3d.Mesh(
            vert_properties=np.ascontiguousarray(points, np.float32),
            tri_verts=np.ascontiguousarray(faces, np.uint32),
        )
    )
    good = solid.status() == manifold3d.Error.NoError and solid.volume() > 0
    return solid if good else None


def _repaired(points: NDArray[Any], faces: NDArray[Any]) -> manifold3d.Manifold | None:
    import trimesh.repair

    repair: Any = trimesh.repair
    # Corners that nearly meet are merged at growing tolerances: gaps of modelers are small.
    size = float(np.ptp(points, axis=0).max())
    for digits in (1e-4, 1e-3):
        place = np.rint(points / (digits * size)).astype(np.int64)
        _, first, merged = np.unique(place, axis=0, return_index=True, return_inverse=True)
        tried = _clean(points[first], merged.reshape(-1)[faces])
        if len(tried) < 4:
            return None
        mesh = trimesh.Trimesh(points[first], tried, process=False)
        repair.fill_holes(mesh)
        repair.fix_winding(mesh)
        solid = _closed(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.int64))
        if solid is not None:
            return solid
    return None


def _hull(points: NDArray[np.float64]) -> manifold3d.Manifold | None:
    """The convex hull; a flat piece is first given some thickness."""
    middle = points.mean(axis=0)
    _, spread, axes = np.linalg.svd(points - middle, full_matrices=False)
    if len(points) < 3 or spread[1] < 1e-4:
        return None
    across = (points - middle) @ axes[2]
    thickness = float(np.ptp(across))
    if thickness < _SHEET:
        step = axes[2] * (_SHEET - thickness) / 2
        points = np.concatenate([points + step, points - step])
    hull = manifold3d.Manifold.hull_points(np.ascontiguousarray(points, np.float64))
    return None if hull.is_empty() or hull.volume() <= 0 else hull


def _voxels(triangles: NDArray[np.float64]) -> manifold3d.Manifold:
    """The surface's voxels and what they enclose, as one solid of boxes.

    Args:
        triangles: (F, 3, 3) corners.
    """
    from scipy import ndimage

    low = triangles.min(axis=(0, 1))
    edge = float((triangles.max(axis=(0, 1)) - low).max()) / _CELLS
    shape = np.ceil((triangles.max(axis=(0, 1)) - low) / edge + 1e-9).astype(int) + 2
    filled = np.zeros(shape, bool)
    cells = np.floor((_samples(triangles, edge / 2) - low) / edge).astype(int) + 1
    filled[tuple(np.minimum(cells, shape - 1).T)] = True
    filled = ndimage.binary_fill_holes(filled)
    boxes = []
    for x, y in zip(*np.nonzero(filled.any(axis=2)), strict=True):
        steps = np.flatnonzero(np.diff(np.concatenate([[0], filled[x, y].astype(np.int8), [0]])))
        for start, end in steps.reshape(-1, 2):
            corner = low + (np.array((x, y, start)) - 1) * edge
            size = (edge, edge, float(end - start) * edge)
            boxes.append(manifold3d.Manifold.cube(size).translate(tuple(corner)))
    return manifold3d.Manifold.batch_boolean(boxes, manifold3d.OpType.Add)


def _samples(triangles: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Points on triangles, at most `step` apart."""
    sides = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(axis=1)
    counts = np.ceil(sides / step).astype(int).clip(1, 4 * _CELLS)
    points = []
    for count in np.unique(counts):
        i, j = np.meshgrid(np.arange(count + 1), np.arange(count + 1), indexing="ij")
        keep = i + j <= count
        u, v = i[keep] / count, j[keep] / count
        weights = np.stack([1 - u - v, u, v], axis=1)
        chosen = triangles[counts == count]
        points.append(np.einsum("sk,fki->fsi", weights, chosen).reshape(-1, 3))
    return np.concatenate(points)


def _mesh(solid: manifold3d.Manifold) -> Mesh:
    mesh = solid.to_mesh()
    points = np.ascontiguousarray(mesh.vert_properties[:, :3], np.float32)
    return Mesh(points, np.asarray(mesh.tri_verts).astype(np.int32))
