"""Closed solids of meshes that are open or inconsistent: repaired, or approximated."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import manifold3d
import numpy as np
from numpy.typing import NDArray

from scenewright.core import FormatError, Mesh
from scenewright.geometry.connected import connected_groups
from scenewright.worlds.objects.closed_meshes import is_closed
from scenewright.worlds.objects.model import Part

SolidFrom = Literal["as is", "repaired", "approximated"]

_ORDER: tuple[SolidFrom, ...] = ("as is", "repaired", "approximated")
_MOST_PIECES = 400
_CELLS = 40
_SHEET = 0.002
"""Thickness given to flat sheets, meters."""


def solid_of(parts: tuple[Part, ...]) -> tuple[Mesh, SolidFrom]:
    """A closed mesh of the space that some parts occupy.

    Each connected piece of the surface is used as is if it is closed, else repaired (vertices
    merged, holes filled, faces reoriented), else approximated: by its convex hull if that is
    nearly as small as the filled voxels of the piece, else by these voxels. The solid is the
    union of all pieces.

    Args:
        parts: Parts in meters.

    Returns:
        The solid, and the strongest change that any piece needed.

    Raises:
        FormatError: The surface encloses no space.
    """
    pieces = _pieces(parts)
    solids, left, worst = [], [], 0
    for points, faces in pieces:
        solid, how = (None, None) if len(pieces) > _MOST_PIECES else _piece_solid(points, faces)
        if solid is None:
            left.append(points[faces])
            how = "approximated"
        else:
            solids.append(solid)
        worst = max(worst, _ORDER.index(how or "approximated"))
    if left:
        solids.append(_boxed(*_filled(np.concatenate(left))))
    union = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add) if solids else None
    if union is None or union.is_empty() or union.volume() <= 0:
        raise FormatError("mesh", expected="a surface that encloses some space", got="none")
    return _mesh(union), _ORDER[worst]


def _pieces(
    parts: tuple[Part, ...],
) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Connected pieces of the surface, after merging vertices at the same position."""
    points = np.concatenate([part.mesh.vertices for part in parts]).astype(np.float64)
    starts = np.cumsum([0, *(len(part.mesh.vertices) for part in parts[:-1])])
    faces = np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts, strict=True)])
    grain = 1e-5 * float(np.ptp(points, axis=0).max())
    _, first, merged = np.unique(
        np.rint(points / grain).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    points, faces = points[first], merged.reshape(-1)[faces]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    piece_of = connected_groups(edges[:, 0], edges[:, 1], count=len(points))
    count = int(piece_of.max(initial=-1)) + 1
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
    """The faces without degenerate and duplicate ones."""
    a, b, c = (points[faces[:, corner]] for corner in range(3))
    distinct = (np.diff(np.sort(faces, axis=1), axis=1) > 0).all(axis=1)
    distinct &= np.linalg.norm(np.cross(b - a, c - a), axis=1) > 0
    faces = faces[distinct]
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    return faces[np.sort(first)]


def _piece_solid(
    points: NDArray[np.float64], faces: NDArray[np.int64]
) -> tuple[manifold3d.Manifold | None, SolidFrom]:
    """The solid of one connected piece, or None if it has to be voxelized."""
    solid = _closed(points, faces)
    if solid is not None:
        return solid, "as is"
    solid = _repaired(points, faces)
    hull = _hull(points)
    if solid is not None and (hull is None or solid.volume() > 0.05 * hull.volume()):
        return solid, "repaired"
    if hull is None:
        return None, "approximated"
    filled, _, edge = _filled(points[faces])
    is_close = hull.volume() <= 1.4 * edge**3 * np.count_nonzero(filled)
    return (hull if is_close else None), "approximated"


def _closed(points: NDArray[Any], faces: NDArray[Any]) -> manifold3d.Manifold | None:
    """The piece as a solid, oriented outward, if it is closed; else None."""
    # Manifold may crash on invalid faces, so they are checked first.
    if not is_closed(faces):
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
    # Vertices that nearly meet are merged at growing tolerances: modeling gaps are small.
    size = float(np.ptp(points, axis=0).max())
    for digits in (1e-4, 1e-3):
        cells = np.rint(points / (digits * size)).astype(np.int64)
        _, first, merged = np.unique(cells, axis=0, return_index=True, return_inverse=True)
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
    """The convex hull; a flat piece is thickened first."""
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


def _filled(
    triangles: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], NDArray[np.float64], float]:
    """The voxels of a surface and of the space that they enclose.

    Args:
        triangles: (F, 3, 3) corners.

    Returns:
        The voxels with an empty border, the corner of the first voxel, and the voxel size.
    """
    from scipy import ndimage

    low = triangles.min(axis=(0, 1))
    edge = float((triangles.max(axis=(0, 1)) - low).max()) / _CELLS
    shape = np.ceil((triangles.max(axis=(0, 1)) - low) / edge + 1e-9).astype(int) + 2
    filled = np.zeros(shape, bool)
    cells = np.floor((_samples(triangles, edge / 2) - low) / edge).astype(int) + 1
    filled[tuple(np.clip(cells, 1, shape - 2).T)] = True
    return ndimage.binary_fill_holes(filled), low - edge, edge


def _boxed(
    filled: NDArray[np.bool_], corner: NDArray[np.float64], edge: float
) -> manifold3d.Manifold:
    """Voxels as one solid: every face between a filled and an empty voxel becomes a square."""
    filled = _without_diagonals(filled)
    step = np.cumprod((1, *(np.array(filled.shape[::-1]) + 1)))[:3][::-1]
    squares = []
    for axis in range(3):
        across, up = step[(axis + 1) % 3], step[(axis + 2) % 3]
        change = np.diff(filled.astype(np.int8), axis=axis)
        for sign in (-1, 1):
            at = np.argwhere(change == sign)
            at[:, axis] += 1
            first = at @ step
            ring = [first, first + across, first + across + up, first + up]
            # Filled behind, empty ahead: the face is oriented along the axis.
            squares.append(np.stack(ring if sign < 0 else ring[::-1], axis=1))
    quads = np.concatenate(squares)
    used, numbers = np.unique(quads, return_inverse=True)
    numbers = numbers.reshape(-1, 4)
    corners = np.stack(np.unravel_index(used, np.array(filled.shape) + 1), axis=1)
    solid = manifold3d.Manifold(
        manifold3d.Mesh(
            vert_properties=(corner + corners * edge).astype(np.float32),
            tri_verts=np.concatenate([numbers[:, [0, 1, 2]], numbers[:, [0, 2, 3]]]).astype(
                np.uint32
            ),
        )
    )
    return solid.simplify(edge / 50)


def _without_diagonals(filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fills voxels until no two filled ones touch only along an edge."""
    filled = filled.copy()
    changed = True
    while changed:
        changed = False
        for axis in range(3):
            view = np.moveaxis(filled, axis, 0)
            a, b = view[:, :-1, :-1], view[:, 1:, :-1]
            c, d = view[:, :-1, 1:], view[:, 1:, 1:]
            falling, rising = a & d & ~b & ~c, b & c & ~a & ~d
            if falling.any() or rising.any():
                b |= falling
                a |= rising
                changed = True
    return filled


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
