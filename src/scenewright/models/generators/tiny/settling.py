"""Objects of the scene cube that neither float nor pass through one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.layouts import voxel_centers
from scenewright.geometry.transforms import transform_points

Floats = NDArray[np.float64]

MOST_OVERLAP = 0.01
"""Share of the smaller object that may be inside of another."""
_ROUNDS = 3
_STEPS = np.arange(1, 33) / 100
"""Lengths of the shifts that are tried, edges of the scene cube."""
_SNAP = 0.35
"""A gap below an object is closed if it is at most this share of its height, or ..."""
_SNAP_SCENE = 0.06
"""... this much, in edges of the scene cube."""
_FIXED = 3.0
"""A gap below an object that was measured is closed if it is at most this many half voxels."""
_FACING = 0.25
"""Share of the footprint of an object that must be above a top to stand on it."""
_DIRECTIONS = np.array([(1.0, 0, 0), (-1.0, 0, 0), (0, 1.0, 0), (0, -1.0, 0), (0, 0, 1.0)])


@dataclass(frozen=True, eq=False)
class Solid:
    """A canonical shape and its pose.

    Attributes:
        occupied: (r, r, r) voxels of its cube.
        pose: (4, 4) similarity to the scene cube, turned about z only.
    """

    occupied: NDArray[np.bool_]
    pose: Floats

    @property
    def points(self) -> Floats:
        """(V, 3) centers of the voxels in the scene cube."""
        centers = voxel_centers(np.argwhere(self.occupied), resolution=len(self.occupied))
        return transform_points(centers, self.pose)

    @property
    def half(self) -> float:
        """Half an edge of a voxel in the scene cube."""
        return 0.5 / len(self.occupied) * float(np.linalg.norm(self.pose[:3, 0]))

    def inside(self, points: Floats) -> NDArray[np.bool_]:
        """Whether (P, 3) points of the scene cube are in occupied voxels."""
        cells, known = self.cells(points)
        result = np.zeros(len(points), bool)
        result[known] = self.occupied[tuple(cells[known].T)]
        return result

    def cells(self, points: Floats) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(P, 3) voxels that hold (P, 3) points of the scene cube, and whether there is one."""
        side = len(self.occupied)
        turned = self.pose[:3, :3] / float(np.linalg.norm(self.pose[:3, 0])) ** 2
        cells = np.floor(((points - self.pose[:3, 3]) @ turned + 0.5) * side).astype(np.int64)
        return cells, np.asarray(((cells >= 0) & (cells < side)).all(axis=1), np.bool_)

    def without(self, voxels: NDArray[np.bool_]) -> Solid:
        """The solid without some of its (r, r, r) voxels."""
        return Solid(self.occupied & ~voxels, self.pose)


def overlap(first: Solid, second: Solid, shift: Floats | None = None) -> float:
    """The volume that two solids share, relative to the smaller one.

    Args:
        first: One solid.
        second: The other.
        shift: (3,) by which the first is moved before.
    """
    points = first.points if shift is None else first.points + shift
    volumes = [each.occupied.sum() * (2 * each.half) ** 3 for each in (first, second)]
    if not len(points):
        return 0.0
    shared = float(second.inside(points).mean()) * volumes[0]
    return float(shared / max(min(volumes), 1e-12))


def settled(solids: Sequence[Solid], *, fixed: Sequence[bool] | None = None) -> list[Floats]:
    """Shifts that move objects apart and onto the ground or onto one another.

    Args:
        solids: The objects, z up.
        fixed: Whether each stands where it was measured; None for none. Such objects close small
            gaps below them, and are moved no further (see `parted`).

    Returns:
        (3,) per object.
    """
    is_fixed = [False] * len(solids) if fixed is None else list(fixed)
    shifts = [np.zeros(3) for _ in solids]
    clouds = [solid.points for solid in solids]
    order = np.argsort([float(points[:, 2].min()) for points in clouds], kind="stable")
    sizes = [len(cloud) * solid.half**3 for cloud, solid in zip(clouds, solids, strict=True)]
    for _ in range(_ROUNDS):
        _stand(solids, clouds, shifts, order, is_fixed)
        if not _part(solids, shifts, sizes, is_fixed):
            break
    return shifts


def parted(solids: Sequence[Solid], seen: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """The voxels of objects that stay where none may be inside of another.

    A voxel in two objects belongs to the one whose surface was measured there, else to the smaller
    object. What still overlaps then, where both were measured, is left to the smaller one.

    Args:
        solids: The objects.
        seen: (r, r, r) voxels of each that hold measured points.

    Returns:
        (r, r, r) voxels per object.
    """
    kept = list(solids)
    sizes = [float(solid.occupied.sum()) * solid.half**3 for solid in solids]
    order = np.argsort(sizes, kind="stable").tolist()
    for position, small in enumerate(order):
        for large in order[position + 1 :]:
            touched = _shared(kept[large], kept[small]) | _holding(kept[large], kept[small])
            whole = kept[large]
            kept[large] = whole.without(touched & ~seen[large])
            kept[small] = kept[small].without(_shared(kept[small], kept[large]) & ~seen[small])
            if overlap(kept[small], kept[large]) > MOST_OVERLAP:
                kept[large] = whole.without(touched)
    return [solid.occupied for solid in kept]


def _shared(one: Solid, other: Solid) -> NDArray[np.bool_]:
    """(r, r, r) voxels of a solid whose centers are in another one."""
    result = np.zeros_like(one.occupied)
    cells = np.argwhere(one.occupied)
    if len(cells):
        result[tuple(cells[other.inside(one.points)].T)] = True
    return result


def _holding(one: Solid, other: Solid) -> NDArray[np.bool_]:
    """(r, r, r) voxels of a solid that hold centers of voxels of another one."""
    result = np.zeros_like(one.occupied)
    cells, inside = one.cells(other.points)
    result[tuple(cells[inside].T)] = True
    return result


def _stand(
    solids: Sequence[Solid],
    clouds: Sequence[Floats],
    shifts: list[Floats],
    order: NDArray[np.int64],
    is_fixed: Sequence[bool],
) -> None:
    """Moves every object onto what is below it, the lowest first, in place."""
    moved = [cloud + shift for cloud, shift in zip(clouds, shifts, strict=True)]
    ends = np.array([m[:, 2].min() - s.half for m, s in zip(moved, solids, strict=True)])
    ground = float(ends[ends <= ends.min() + _SNAP_SCENE].mean())
    for position, index in enumerate(order.tolist()):
        below = [
            (clouds[other] + shifts[other], solids[other].half)
            for other in order[:position].tolist()
        ]
        drop = _drop(clouds[index] + shifts[index], solids[index].half, below, ground)
        if not is_fixed[index] or abs(shifts[index][2] + drop) <= _FIXED * solids[index].half:
            shifts[index][2] += drop


def _drop(
    points: Floats, half: float, below: Sequence[tuple[Floats, float]], ground: float
) -> float:
    """How far an object must move along z so that it stands on what is below it."""
    low, high = points.min(axis=0) - half, points.max(axis=0) + half
    reach = max(_SNAP * float(high[2] - low[2]), _SNAP_SCENE)
    best = ground - float(low[2])
    for other, other_half in below:
        other_low, other_high = other.min(axis=0), other.max(axis=0)
        both = np.minimum(high, other_high)[:2] - np.maximum(low, other_low)[:2]
        footprint = max(float((high - low)[:2].prod()), 1e-9)
        if (both <= 0).any() or both.prod() < _FACING * footprint:
            continue
        inside = (other[:, :2] >= low[:2]).all(axis=1) & (other[:, :2] <= high[:2]).all(axis=1)
        if not inside.any():
            continue
        gap = float(other[inside, 2].max()) + other_half - float(low[2])
        if abs(gap) < abs(best):
            best = gap
    return best if abs(best) <= reach else 0.0


def _part(
    solids: Sequence[Solid],
    shifts: list[Floats],
    sizes: Sequence[float],
    is_fixed: Sequence[bool],
) -> bool:
    """Moves the smaller of two overlapping objects the shortest way out, in place.

    Returns:
        Whether anything was moved. An object that no short way leads out of stays.
    """
    moved = False
    for first in np.argsort(sizes, kind="stable").tolist():
        if is_fixed[first]:
            continue
        others = [other for other in range(len(solids)) if other != first]

        def worst(extra: Floats, first: int = first, others: list[int] = others) -> float:
            """The largest overlap of the object, moved further, with any other."""
            return max(
                (
                    overlap(solids[first], solids[other], shifts[first] + extra - shifts[other])
                    for other in others
                ),
                default=0.0,
            )

        if worst(np.zeros(3)) <= MOST_OVERLAP:
            continue
        ways = (step * way for step in _STEPS for way in _DIRECTIONS)
        found = next((way for way in ways if worst(way) <= MOST_OVERLAP), None)
        if found is not None:
            shifts[first] = shifts[first] + found
            moved = True
    return moved
