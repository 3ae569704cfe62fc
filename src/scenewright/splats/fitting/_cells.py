"""An octree over samples of a surface, subdivided where the surface is not flat or not uniform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.splats.fitting._depth_samples import Samples

_FINEST = 0.8
"""Edge of the finest cells, in distances between neighboring samples."""
_NUM_LEVELS = 6
_ROUNDS = 24
"""Bisection steps of the search for the threshold."""
_BITS = 21
_WEIGHT, _COUNT = 0, 1
"""Columns of the sums over the samples of a cell."""
_POINT, _NORMAL, _COLOR = slice(2, 5), slice(5, 8), slice(8, 11)
_SQUARED_COLOR = 11
_FIRST_PRODUCT = 12
"""Products of the point: xx, xy, xz, yy, yz, zz."""
_NUM_SUMS = 18


@dataclass(frozen=True, eq=False)
class Level:
    """The cells of one size that hold samples.

    Attributes:
        sums: (M, 18) float64, see `_WEIGHT` and following; points are in edges of the finest cells.
        parent: (M,) index of the cell of the next level that contains this one; all 0 at the top.
        size: Edge, in edges of the finest cells.
        unit: Edge of the finest cells, world.
        origin: (3,) corner of the tree, world.
    """

    sums: NDArray[np.float64]
    parent: NDArray[np.intp]
    size: int
    unit: float
    origin: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Mean and spread of the samples of some cells.

    Attributes:
        points: (N, 3) mean.
        normals: (N, 3) mean, unit.
        colors: (N, 3) mean, 0 to 1.
        covariance: (N, 3, 3) covariance of the points.
        size: (N,) edge.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    colors: NDArray[np.float64]
    covariance: NDArray[np.float64]
    size: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, keep: NDArray[np.bool_]) -> Cells:
        return Cells(
            self.points[keep],
            self.normals[keep],
            self.colors[keep],
            self.covariance[keep],
            self.size[keep],
        )


def build_levels(samples: Samples) -> list[Level]:
    """The tree, finest cells first."""
    unit = _FINEST * samples.footprint
    origin = samples.points.min(axis=0) - 0.5 * unit
    points = (samples.points - origin) / unit
    coords = points.astype(np.int64)
    weight = samples.weights.astype(np.float64)
    weight /= weight.mean()
    owner, coords = _group(coords)
    columns = [weight, np.ones(len(points))]
    columns += [weight * points[:, a] for a in range(3)]
    columns += [weight * samples.normals[:, a] for a in range(3)]
    columns += [weight * samples.colors[:, a] for a in range(3)]
    columns.append(weight * (samples.colors.astype(np.float64) ** 2).sum(axis=1))
    columns += [weight * points[:, a] * points[:, b] for a in range(3) for b in range(a, 3)]
    sums: NDArray[np.float64] = np.stack(
        [np.bincount(owner, c, minlength=len(coords)) for c in columns], axis=1
    )
    levels = []
    for k in range(_NUM_LEVELS):
        owner, above = _group(coords >> 1)
        if k == _NUM_LEVELS - 1:
            owner = np.zeros(len(coords), np.intp)
        levels.append(Level(sums, owner, 2**k, unit, origin))
        sums = np.stack(
            [np.bincount(owner, sums[:, c], minlength=len(above)) for c in range(_NUM_SUMS)], axis=1
        )
        coords = above
    return levels


def _group(coords: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """(N,) index of each coordinate among the unique ones, and the unique ones."""
    keys = (coords[:, 0] << (2 * _BITS)) | (coords[:, 1] << _BITS) | coords[:, 2]
    different, owner = np.unique(keys, return_inverse=True)
    mask = (1 << _BITS) - 1
    parts = [different >> (2 * _BITS), (different >> _BITS) & mask, different & mask]
    return owner, np.stack(parts, axis=1)


def choose_leaves(levels: Sequence[Level], max_cells: int) -> list[NDArray[np.bool_]]:
    """Marks the cells of each level that are leaves, at most `max_cells` in all.

    The loss of a leaf is the sum over its samples of the squared difference of color and of the
    squared distance from the plane, in cells; the cells with the largest loss are subdivided first.
    """
    losses = [_loss(level) for level in levels]
    low, high = 0.0, max(float(loss.max()) for loss in losses)
    best = _leaves(levels, losses, high)
    for _ in range(_ROUNDS):
        middle = float(np.sqrt(max(low, 1e-9 * high) * high))
        found = _leaves(levels, losses, middle)
        if sum(int(leaf.sum()) for leaf in found) <= max_cells:
            best, high = found, middle
        else:
            low = middle
    return best


def _leaves(
    levels: Sequence[Level], losses: Sequence[NDArray[np.float64]], limit: float
) -> list[NDArray[np.bool_]]:
    """The leaves if cells with a larger loss are subdivided."""
    is_open = np.ones(len(levels[-1].sums), np.bool_)
    result = []
    for k in reversed(range(len(levels))):
        leaf = is_open if k == 0 else is_open & (losses[k] <= limit)
        result.append(leaf)
        if k:
            is_open = (is_open & ~leaf)[levels[k - 1].parent]
    return result[::-1]


def _loss(level: Level) -> NDArray[np.float64]:
    """(M,) loss of each cell as a leaf, see `choose_leaves`."""
    sums = level.sums
    weight = sums[:, _WEIGHT]
    color = sums[:, _COLOR] / weight[:, None]
    variance = np.maximum(sums[:, _SQUARED_COLOR] / weight - (color**2).sum(axis=1), 0) / 3
    thickness = np.maximum(np.linalg.eigvalsh(_covariance(sums))[:, 0], 0) / level.size**2
    result: NDArray[np.float64] = sums[:, _COUNT] * (variance + thickness)
    return result


def _covariance(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M, 3, 3) covariance of the points, in edges of the finest cells."""
    weight = sums[:, _WEIGHT]
    mean = sums[:, _POINT] / weight[:, None]
    result = np.empty((len(sums), 3, 3))
    column = _FIRST_PRODUCT
    for a in range(3):
        for b in range(a, 3):
            value = sums[:, column] / weight - mean[:, a] * mean[:, b]
            result[:, a, b] = result[:, b, a] = value
            column += 1
    return result


def select_cells(levels: Sequence[Level], leaves: Sequence[NDArray[np.bool_]]) -> Cells:
    """The leaves of all levels, without those whose normals cancel out."""
    unit, origin = levels[0].unit, levels[0].origin
    sums = np.concatenate([level.sums[leaf] for level, leaf in zip(levels, leaves, strict=True)])
    size = np.concatenate(
        [np.full(int(leaf.sum()), level.size) for level, leaf in zip(levels, leaves, strict=True)]
    )
    weight = sums[:, _WEIGHT, None]
    normals = sums[:, _NORMAL] / weight
    length = np.linalg.norm(normals, axis=1)
    cells = Cells(
        sums[:, _POINT] / weight * unit + origin,
        normals / np.maximum(length, 1e-9)[:, None],
        sums[:, _COLOR] / weight,
        _covariance(sums) * unit**2,
        size * unit,
    )
    return cells[length > 0.3]
