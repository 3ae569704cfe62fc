"""Closes floor, walls and ceiling behind objects, as planes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_closing,
    binary_dilation,
    binary_fill_holes,
    distance_transform_edt,
    gaussian_filter,
)

from scenewright.completion.new_surfels import with_new_surfels
from scenewright.completion.seen_surface import GRAY, SeenSurface, seen_surface
from scenewright.core import Asset, Mesh, Scene

ROOM_ROLES = ("floor", "wall", "ceiling")
CELL = 0.04
"""Edge of the cells in which holes are found and closed, meters."""
_THICKNESS = 0.06
"""Distance from its plane within which surface belongs to a wall, meters."""
_LEAST_PLANAR = 0.5
"""Share of the surface of a wall that must lie on its plane."""
_REACH = 1.0
"""Objects farther from a plane than this hide none of it that is closed, meters."""
_AROUND = 0.4
"""Holes are closed up to this distance from the footprint of an object, meters."""
_BEHIND = 0.03
"""Depth below a wall from which on nothing belongs to the room, meters."""
_MOST_CELLS = 4_000_000
_UNCERTAIN = 0.5


@dataclass(frozen=True, eq=False)
class _Plane:
    """A plane with axes of its own: rows u, v and the normal toward the room."""

    origin: NDArray[np.float64]
    axes: NDArray[np.float64]

    def flat(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 3) position along u and v, and height above the plane."""
        result: NDArray[np.float64] = (points - self.origin) @ self.axes.T
        return result


@dataclass(frozen=True, eq=False)
class _Wall:
    """The plane of a floor, wall or ceiling, and its seen surface."""

    plane: _Plane
    surface: SeenSurface

    def hides(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) whether points lie behind the wall, beyond the room."""
        extent = self.plane.flat(self.surface.points)[:, :2]
        low, high = extent.min(axis=0) - _AROUND, extent.max(axis=0) + _AROUND
        flat = self.plane.flat(points)
        beside = ((flat[:, :2] > low) & (flat[:, :2] < high)).all(axis=1)
        result: NDArray[np.bool_] = beside & (flat[:, 2] < -_BEHIND) & (flat[:, 2] > -_REACH)
        return result


def closed_background(scene: Scene, *, behind: Sequence[int] | None = None) -> tuple[Scene, int]:
    """Closes the holes that objects leave in floor, walls and ceiling.

    A wall is a plane through its seen surface. Its holes are closed behind objects that stand near
    it and a little around them, but not beyond what was seen of it, so that doors and windows stay
    open unless an object stands in front of them. The color comes from around a hole.

    Args:
        scene: A scene whose instances have roles.
        behind: Objects behind which holes are closed; None takes all.

    Returns:
        The scene, in which new vertices of floor, walls and ceiling are not `Asset.observed`, and
        the number of new faces.
    """
    table = scene.instances
    objects = table.id[~table.is_stuff].tolist() if behind is None else list(behind)
    hiding = [np.zeros((0, 3))]
    for i in objects:
        hiding.append(seen_surface(scene, i, spacing=CELL).points)
        asset = scene.assets.get(i)
        if asset is not None:
            hiding.append(asset.world_vertices())
    spots = np.concatenate(hiding)
    if not len(spots):
        return scene, 0
    bounds = scene.bounds
    inside = spots.mean(axis=0) if bounds is None else bounds.mean(axis=0)
    walls: dict[int, _Wall] = {}
    for row in table:
        if row.role in ROOM_ROLES:
            surface = seen_surface(scene, row.id, spacing=CELL / 2)
            plane = _fit(surface, inside)
            if plane is not None:
                walls[row.id] = _Wall(plane, surface)
    assets, closed, count = dict(scene.assets), [], 0
    for i, wall in walls.items():
        patch = _patch(wall, spots, [other for j, other in walls.items() if j != i])
        if patch is None:
            continue
        assets[i] = _joined(scene.assets.get(i), *patch)
        closed.append(i)
        count += len(patch[1])
    return with_new_surfels(replace(scene, assets=assets), closed), count


def _fit(surface: SeenSurface, inside: NDArray[np.float64]) -> _Plane | None:
    """The plane of a wall, with the normal toward a point inside the room."""
    points = surface.points
    if len(points) < 30:
        return None
    chosen = points
    for _ in range(4):
        origin = chosen.mean(axis=0)
        axes = np.linalg.svd((chosen - origin)[:: max(len(chosen) // 20_000, 1)],
                             full_matrices=False)[2]  # fmt: skip
        away = np.abs((points - origin) @ axes[2])
        reach = max(_THICKNESS, float(np.quantile(away, _LEAST_PLANAR)))
        chosen = points[away <= reach]
    if np.mean(np.abs((points - origin) @ axes[2]) <= _THICKNESS) < _LEAST_PLANAR:
        return None
    if (inside - origin) @ axes[2] < 0:
        axes = -axes
    return _Plane(origin, axes)


def _patch(
    wall: _Wall, spots: NDArray[np.float64], others: Sequence[_Wall]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint8]] | None:
    """Vertices, faces and colors that close one wall; None if it has no hole behind objects."""
    plane, surface = wall.plane, wall.surface
    flat, hiding = plane.flat(surface.points), plane.flat(spots)
    on_plane = np.abs(flat[:, 2]) <= _THICKNESS
    flat, colors = flat[on_plane, :2], surface.colors[on_plane].astype(np.float64)
    low = flat.min(axis=0) - 2 * CELL
    shape = tuple((np.ceil((flat.max(axis=0) - low) / CELL) + 3).astype(int).tolist())
    if shape[0] * shape[1] > _MOST_CELLS:
        return None
    cell = ((flat - low) / CELL).astype(np.int64)
    count = np.zeros(shape)
    np.add.at(count, tuple(cell.T), 1)
    known = binary_closing(count > 0, iterations=1) | (count > 0)
    near = hiding[(hiding[:, 2] < _REACH) & (hiding[:, 2] > -_REACH), :2]
    spot = np.floor((near - low) / CELL).astype(np.int64)
    spot = spot[((spot >= 0) & (spot < shape)).all(axis=1)]
    footprint = np.zeros(shape, np.bool_)
    footprint[tuple(spot.T)] = True
    footprint = binary_fill_holes(binary_closing(footprint, iterations=3) | footprint)
    around = binary_dilation(footprint, iterations=round(_AROUND / CELL))
    hole = _hull(known) & ~known & around
    rows = np.argwhere(hole)
    centers = np.column_stack([low + CELL * (rows + 0.5), np.zeros(len(rows))])
    for other in others:
        gone = other.hides(plane.origin + centers @ plane.axes)
        hole[tuple(rows[gone].T)] = False
    if not hole.any():
        return None
    paint = np.zeros((*shape, 3))
    for k in range(3):
        np.add.at(paint[..., k], tuple(cell.T), colors[:, k])
    has_color = count > 0
    paint[has_color] /= count[has_color][:, None]
    hole = binary_dilation(hole)  # laps over the seen surface by one cell, so that no gap is left
    return _mesh_of(hole, _filled(paint, has_color), plane, low)


def _hull(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells between the tangents of the known cells in 32 directions."""
    cells = np.argwhere(known)
    i, j = (np.arange(n) for n in known.shape)
    result = np.ones(known.shape, np.bool_)
    for angle in np.arange(32) * np.pi / 16:
        a, b = np.cos(angle), np.sin(angle)
        result &= a * i[:, None] + b * j <= (cells @ np.array([a, b])).max() + 1e-9
    return result


def _filled(paint: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Colors of all cells: those of the nearest known ones, the smoother the farther away."""
    distance, nearest = distance_transform_edt(~known, return_indices=True)
    spread = paint[tuple(nearest)]
    soft = np.stack([gaussian_filter(spread[..., k], 6.0) for k in range(3)], axis=-1)
    share = np.clip(distance / 12, 0, 1)[..., None]
    mixed: NDArray[np.float64] = (1 - share) * spread + share * soft
    return mixed


def _mesh_of(
    cells: NDArray[np.bool_],
    paint: NDArray[np.float64],
    plane: _Plane,
    low: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint8]]:
    """Two triangles per cell, facing the room."""
    rows = np.argwhere(cells)
    corners = rows[:, None] + np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    used, number = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
    a, b, c, d = number.reshape(-1, 4).T
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    if np.linalg.det(plane.axes) < 0:
        faces = faces[:, ::-1]
    flat = np.column_stack([low + CELL * used, np.zeros(len(used))])
    vertices = plane.origin + flat @ plane.axes
    at = np.minimum(used, np.array(cells.shape) - 1)
    return vertices, faces, np.rint(paint[tuple(at.T)]).astype(np.uint8)


def _joined(
    asset: Asset | None,
    vertices: NDArray[np.float64],
    faces: NDArray[np.int64],
    colors: NDArray[np.uint8],
) -> Asset:
    """The seen mesh of a wall and the faces that close it."""
    if asset is None or asset.mesh is None:
        middle = vertices.mean(axis=0)
        placement = np.eye(4)
        placement[:3, 3] = middle
        mesh = Mesh((vertices - middle).astype(np.float32), faces.astype(np.int32), colors)
        no = np.zeros(len(vertices), np.bool_)
        return Asset(mesh, placement, observed=no,
                     uncertainty=np.full(len(no), _UNCERTAIN, np.float32))  # fmt: skip
    old, count = asset.mesh, len(asset.mesh.vertices)
    local = (vertices - asset.world_from_asset[:3, 3]) @ asset.world_from_asset[:3, :3]
    local /= asset.scale**2
    seen = old.colors_at_vertices()
    if seen is None:
        seen = np.full((count, 3), GRAY, np.uint8)
    mesh = Mesh(
        np.concatenate([old.vertices, local.astype(np.float32)]),
        np.concatenate([old.faces, (faces + count).astype(np.int32)]),
        np.concatenate([seen, colors]),
    )
    observed = np.ones(count, np.bool_) if asset.observed is None else asset.observed
    uncertainty = asset.uncertainty
    if uncertainty is None:
        uncertainty = np.where(observed, 0, 1).astype(np.float32)
    added = len(vertices)
    return Asset(
        mesh,
        asset.world_from_asset,
        asset.surfels,
        is_whole=None,
        observed=np.concatenate([observed, np.zeros(added, np.bool_)]),
        uncertainty=np.concatenate([uncertainty, np.full(added, _UNCERTAIN, np.float32)]),
    )
