"""Objects of the scene cube that neither float nor pass through one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SIDE = 64
"""Cells per longest edge of the scene, on which overlaps are measured."""
_LEAST_OVERLAP = 0.01
"""Share of the smaller object that may be in another."""
_ROUNDS = 24
_SNAP = 0.35
"""A gap below an object is closed if it is at most this share of its height, or ..."""
_SNAP_SCENE = 0.06
"""... this much, in edges of the scene cube."""
_FACING = 0.25
"""Share of the footprint of an object that must be above a top to stand on it."""


def settled(shapes: Sequence[Floats]) -> list[Floats]:
    """Shifts that move objects apart and onto the ground or onto one another.

    Args:
        shapes: (P, 3) centers of the voxels of each object, placed in the scene cube, z up.

    Returns:
        (3,) per object.
    """
    shifts = [np.zeros(3) for _ in shapes]
    order = np.argsort([float(points[:, 2].min()) for points in shapes], kind="stable")
    ground = _ground(shapes)
    for position, index in enumerate(order.tolist()):
        below = [shapes[other] + shifts[other] for other in order[:position].tolist()]
        shifts[index][2] += _drop(shapes[index], below, ground)
    _part(shapes, shifts)
    for position, index in enumerate(order.tolist()):
        below = [shapes[other] + shifts[other] for other in order[:position].tolist()]
        shifts[index][2] += _drop(shapes[index] + shifts[index], below, ground)
    return shifts


def _ground(shapes: Sequence[Floats]) -> float:
    """Height of the ground: the mean of the lowest ends, weighted to the lowest ones."""
    ends = np.sort([float(points[:, 2].min()) for points in shapes])
    low = ends[ends <= ends[0] + _SNAP_SCENE]
    return float(low.mean())


def _drop(points: Floats, below: Sequence[Floats], ground: float) -> float:
    """How far an object must move along z so that it stands on what is below it."""
    low, high = points.min(axis=0), points.max(axis=0)
    reach = max(_SNAP * float(high[2] - low[2]), _SNAP_SCENE)
    best = ground - float(low[2])
    for other in below:
        other_low, other_high = other.min(axis=0), other.max(axis=0)
        both = np.minimum(high, other_high)[:2] - np.maximum(low, other_low)[:2]
        footprint = max(float((high - low)[:2].prod()), 1e-9)
        if (both <= 0).any() or both.prod() < _FACING * footprint:
            continue
        inside = (other[:, :2] >= low[:2]).all(axis=1) & (other[:, :2] <= high[:2]).all(axis=1)
        if not inside.any():
            continue
        gap = float(other[inside, 2].max()) - float(low[2])
        if abs(gap) < abs(best):
            best = gap
    return best if abs(best) <= reach else 0.0


def _part(shapes: Sequence[Floats], shifts: list[Floats]) -> None:
    """Moves overlapping objects apart sideways, the smaller one more, in place."""
    spans = np.concatenate(list(shapes))
    cell = max(float(np.ptp(spans, axis=0).max()) / _SIDE, 1e-6)
    for _ in range(_ROUNDS):
        moved = False
        for first in range(len(shapes)):
            for second in range(first):
                push = _push(shapes[first] + shifts[first], shapes[second] + shifts[second], cell)
                if push is None:
                    continue
                moved = True
                sizes = np.array([len(np.unique(_cells(shapes[i], cell), axis=0)) for i in
                                  (first, second)], float)  # fmt: skip
                share = sizes[1] / sizes.sum()
                shifts[first] = shifts[first] + share * push
                shifts[second] = shifts[second] - (1 - share) * push
        if not moved:
            return


def _push(first: Floats, second: Floats, cell: float) -> Floats | None:
    """The way along which the first object leaves the second soonest; None without overlap."""
    apart = (first.min(axis=0) > second.max(axis=0)) | (first.max(axis=0) < second.min(axis=0))
    if apart.any():
        return None
    one, other = (np.unique(_cells(points, cell), axis=0) for points in (first, second))
    keys = [_key(cells) for cells in (one, other)]
    shared = np.isin(keys[0], keys[1])
    if shared.sum() <= _LEAST_OVERLAP * min(len(one), len(other)):
        return None
    common = one[shared]
    extent = (np.ptp(common, axis=0) + 1) * cell
    middle = first.mean(axis=0) - second.mean(axis=0)
    axis = int(np.argmin(extent[:2]))
    push = np.zeros(3)
    push[axis] = np.copysign(min(float(extent[axis]), 4 * cell), middle[axis])
    return push


def _cells(points: Floats, cell: float) -> NDArray[np.int64]:
    cells: NDArray[np.int64] = np.floor(points / cell).astype(np.int64)
    return cells


def _key(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    offset = 1 << 20
    key: NDArray[np.int64] = (
        ((cells[:, 0] + offset) << 42) | ((cells[:, 1] + offset) << 21) | (cells[:, 2] + offset)
    )
    return key
