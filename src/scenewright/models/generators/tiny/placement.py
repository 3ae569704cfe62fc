"""Where canonical shapes are in the scene cube: registration with what was sampled there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, map_coordinates

from scenewright.geometry.layouts import similarity, voxel_centers

Floats = NDArray[np.float64]

_STARTS = 36
"""Headings that are tried."""
_SCENE, _BOX, _HEADING, _MEASURED = 0.6, 1.0, 0.4, 1.0
"""Weights of the overlap with the sampled voxels, of that with the predicted box, of the predicted
heading, and of the distance to measured points."""
_REFINEMENTS = 4
_MOST_POINTS = 400
_FALL_OFF = 0.02
"""Distance to measured points, in edges of the scene cube, at which agreement falls to 1 / e."""


@dataclass(frozen=True, eq=False)
class PlacementHints:
    """What is known about the place of an object in the scene cube.

    Attributes:
        voxels: (r, r, r) float probability that a voxel belongs to the object.
        center: (3,) of the predicted box.
        size: (3,) edges of the predicted box.
        heading: (2,) cosine and sine, shorter if less certain.
        points: (P, 3) measured points of its visible surface; may be empty.
    """

    voxels: NDArray[np.floating]
    center: NDArray[np.floating]
    size: NDArray[np.floating]
    heading: NDArray[np.floating]
    points: NDArray[np.floating]


def registered(occupied: NDArray[np.bool_], hints: PlacementHints) -> Floats:
    """(4, 4) similarity from a canonical cube to the scene cube, turned about z only.

    For each of many headings, scale and center follow in closed form from the box; the heading
    that agrees best is refined.

    Args:
        occupied: (r, r, r) canonical voxels, at least one.
        hints: What is known about the place.
    """
    shape = _Shape.of(occupied)
    angles = np.arange(_STARTS) * 2 * np.pi / _STARTS
    best, chosen = -np.inf, (0.0, 0.0, np.zeros(3))
    for angle in angles:
        scale, center = _fitted(shape, float(angle), hints)
        score = _score(shape, hints, float(angle), scale, center)
        if score > best:
            best, chosen = score, (float(angle), scale, center)
    angle, scale, center = chosen
    step, grow = np.pi / _STARTS, 0.06
    for _ in range(_REFINEMENTS):
        moves: list[tuple[float, float, Floats]] = [
            (angle + step, scale, center), (angle - step, scale, center),
            (angle, scale * (1 + grow), center), (angle, scale / (1 + grow), center),
        ]  # fmt: skip
        for axis in range(3):
            shift = np.eye(3)[axis] * 0.5 * grow * scale
            moves += [(angle, scale, center + shift), (angle, scale, center - shift)]
        scores = [_score(shape, hints, *move) for move in moves]
        top = int(np.argmax(scores))
        if scores[top] > best:
            best = scores[top]
            angle, scale, center = moves[top]
        else:
            step, grow = step / 2, grow / 2
    return _matrix(shape, angle, scale, center)


@dataclass(frozen=True, eq=False)
class _Shape:
    """A canonical shape: centers of its voxels, its grid, and distances to its surface."""

    centers: Floats
    grid: Floats
    distances: Floats

    @classmethod
    def of(cls, occupied: NDArray[np.bool_]) -> _Shape:
        side = len(occupied)
        inside = distance_transform_edt(occupied)
        outside = distance_transform_edt(~occupied)
        return cls(
            voxel_centers(np.argwhere(occupied), resolution=side),
            occupied.astype(np.float64),
            np.where(occupied, inside - 0.5, outside - 0.5) / side,
        )


def _rotation(angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _bounds(shape: _Shape, angle: float) -> tuple[Floats, Floats]:
    """Lowest and highest corner of the turned shape; voxels have an extent."""
    turned = shape.centers @ _rotation(angle).T
    half = 0.5 / len(shape.grid)
    return turned.min(axis=0) - half, turned.max(axis=0) + half


def _fitted(shape: _Shape, angle: float, hints: PlacementHints) -> tuple[float, Floats]:
    """Scale, and center of the box, of the turned shape."""
    low, high = _bounds(shape, angle)
    ratios = np.log(np.maximum(hints.size, 1e-3)) - np.log(high - low)
    return float(np.exp(ratios.mean())), np.asarray(hints.center, np.float64)


def _matrix(shape: _Shape, angle: float, scale: float, center: Floats) -> Floats:
    low, high = _bounds(shape, angle)
    return similarity(scale, _rotation(angle), center - scale * (low + high) / 2)


def _score(
    shape: _Shape, hints: PlacementHints, angle: float, scale: float, center: Floats
) -> float:
    low, high = _bounds(shape, angle)
    size = scale * (high - low)
    corner = center - size / 2
    target = hints.center - hints.size / 2
    both = np.minimum(corner + size, target + hints.size) - np.maximum(corner, target)
    shared = float(np.maximum(both, 0).prod())
    total = float(size.prod() + hints.size.prod()) - shared
    heading = float(np.cos(angle) * hints.heading[0] + np.sin(angle) * hints.heading[1])
    score = _BOX * shared / max(total, 1e-12) + _HEADING * heading
    matrix = _matrix(shape, angle, scale, center)
    score += _SCENE * _voxel_overlap(shape, hints.voxels, matrix, scale)
    if len(hints.points):
        local = (hints.points - matrix[:3, 3]) @ (matrix[:3, :3] / scale**2)
        distance = scale * _looked_up(shape.distances, local, 0.5)
        score += _MEASURED * float(np.exp(-distance / _FALL_OFF).mean())
    return score


def _voxel_overlap(
    shape: _Shape, voxels: NDArray[np.floating], matrix: Floats, scale: float
) -> float:
    """Soft overlap of the placed shape with sampled voxels."""
    side = len(voxels)
    found = np.argwhere(voxels > 0.1)
    if not len(found):
        return 0.0
    given = voxels[tuple(found.T)]
    local = (voxel_centers(found, resolution=side) - matrix[:3, 3]) @ (matrix[:3, :3] / scale**2)
    inside = _looked_up(shape.grid, local, 0.0)
    shared = float(np.minimum(given, inside).sum())
    volume = len(shape.centers) * (scale * side / len(shape.grid)) ** 3
    return shared / max(float(given.sum()) + volume - shared, 1e-9)


def _looked_up(grid: Floats, points: Floats, beyond: float) -> Floats:
    """Values of a grid over the cube [-0.5, 0.5]^3 at points, interpolated."""
    places = (points + 0.5) * len(grid) - 0.5
    values: Floats = map_coordinates(grid, places.T, order=1, mode="constant", cval=beyond)
    return values


def thinned(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """At most 400 of (P, 3) points, evenly."""
    step = max(-(-len(points) // _MOST_POINTS), 1)
    return np.asarray(points[::step], np.float64)
