"""Measures of generated objects in the scene cube, for `tiny_generation.py`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, Delaunay, QhullError, cKDTree

from scenewright.geometry.layouts import voxel_centers
from scenewright.geometry.transforms import transform_points
from scenewright.models.generators.tiny.colors import camera_pitch, painted
from scenewright.models.generators.tiny.cubes import moved_grid
from scenewright.models.generators.tiny.design import LONGEST_EDGE
from scenewright.models.generators.tiny.generator import PlacedShape
from scenewright.models.generators.tiny.inputs import Crop, measured_points
from scenewright.models.generators.tiny.surfaces import grid_surface, occupied_voxels
from scenewright.worlds.generation.shape_grids import RESOLUTION
from scenewright.worlds.generation.view_samples import ObjectSample

_TAU = 0.1
_POINTS = 2000
_LEAST_SEEN = 20


def turned_back(occupied: NDArray[np.bool_], heading: NDArray[np.floating]) -> NDArray[np.bool_]:
    """A shape in the axes of the view, in the cube of its predicted heading."""
    if not occupied.any():
        return occupied
    angle = float(np.arctan2(heading[1], heading[0]))
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    side = len(occupied)
    local = voxel_centers(np.argwhere(occupied), resolution=side) @ turn
    low, high = local.min(axis=0) - 0.5 / side, local.max(axis=0) + 0.5 / side
    scale = float((high - low).max()) / LONGEST_EDGE
    shift = turn @ ((low + high) / 2)
    return moved_grid(occupied, np.concatenate([scale * turn, shift[:, None]], axis=1))


def aligned(
    predicted: Sequence[NDArray[np.float64]], truth: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Predicted points with one scale and shift such that the scene fills the box of the truth."""
    found, true = np.concatenate(predicted), np.concatenate(truth)
    if not len(found):
        return list(predicted)
    low, high = found.min(axis=0), found.max(axis=0)
    first, last = true.min(axis=0), true.max(axis=0)
    scale = float(np.exp(np.log((last - first) / np.maximum(high - low, 1e-6)).mean()))
    return [(points - (low + high) / 2) * scale + (first + last) / 2 for points in predicted]


def grid_iou(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Volume IoU of two grids."""
    return float((predicted & truth).sum() / max((predicted | truth).sum(), 1))


def box_iou(
    points: NDArray[np.floating], box: NDArray[np.floating], *, half: float = 0.5 / RESOLUTION / 4
) -> float:
    """IoU of the box of points, larger by `half`, with a box (2, 3)."""
    if not len(points):
        return 0.0
    low, high = points.min(axis=0) - half, points.max(axis=0) + half
    both = np.maximum(np.minimum(high, box[1]) - np.maximum(low, box[0]), 0).prod()
    total = (high - low).prod() + (box[1] - box[0]).prod() - both
    return float(both / max(total, 1e-12))


def f_score(points: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """F-score at 0.1 with both scaled so that the longest edge of the truth is 2."""
    if not len(points):
        return 0.0
    scale = 2 / max(float(np.ptp(truth, axis=0).max()), 1e-9)
    a, b = thinned(points) * scale, thinned(truth) * scale
    precision = float((cKDTree(b).query(a)[0] < _TAU).mean())
    recall = float((cKDTree(a).query(b)[0] < _TAU).mean())
    return 100 * 2 * precision * recall / max(precision + recall, 1e-8)


def thinned(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """At most 2000 points, evenly."""
    return points[:: max(-(-len(points) // _POINTS), 1)]


def skin(occupied: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Centers of the voxels at the surface of a grid."""
    inner = occupied.copy()
    for axis in range(3):
        for step in (-1, 1):
            neighbor = np.roll(occupied, step, axis)
            edge = [slice(None)] * 3
            edge[axis] = slice(0, 1) if step == 1 else slice(-1, None)
            neighbor[tuple(edge)] = False
            inner &= neighbor
    return voxel_centers(np.argwhere(occupied & ~inner), resolution=len(occupied))


def shape_points(shape: PlacedShape) -> NDArray[np.float64]:
    """Surface points of a placed shape in the scene cube."""
    return transform_points(skin(occupied_voxels(shape.logits)), shape.pose)


def true_points(each: ObjectSample) -> NDArray[np.float64]:
    """Surface points of a true object in the scene cube."""
    return transform_points(skin(each.canonical), each.pose)


def hidden_color_errors(
    shape: PlacedShape, each: ObjectSample, crop: Crop
) -> tuple[float, float] | None:
    """Mean absolute error of the colors of what is not seen, and that of the mean of what is seen.

    True colors are without light: each channel is scaled such that the means over what is seen are
    alike. None where too little is seen or hidden.
    """
    occupied = occupied_voxels(shape.logits)
    vertices = grid_surface(shape.logits).vertices
    pitch = camera_pitch([occupied], [np.eye(3)], [crop])
    colors = painted(
        vertices, occupied, np.eye(3), crop, pitch=pitch, heading=shape.heading,
        expected=shape.colors,
    )  # fmt: skip
    placed = transform_points(vertices, shape.pose)
    voxel = float(np.linalg.norm(shape.pose[:3, 0])) / RESOLUTION
    measured = measured_points(crop)
    if len(measured) < _LEAST_SEEN:
        return None
    distance = cKDTree(measured).query(placed)[0]
    seen, hidden = distance < 1.5 * voxel, distance > 3 * voxel
    if min(seen.sum(), hidden.sum()) < _LEAST_SEEN:
        return None
    _, rows = cKDTree(each.surface).query(placed, k=8)
    truth = each.colors[rows].mean(axis=1) / 255
    mean = colors[seen].mean(axis=0)
    truth = np.minimum(truth * mean / np.maximum(truth[seen].mean(axis=0), 0.02), 1)
    errors = (np.abs(found - truth[hidden]).mean() for found in (colors[hidden], mean))
    return float(next(errors)), float(next(errors))


def hull_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grid points inside the convex hull of points; the points themselves if they are flat."""
    try:
        hull = Delaunay(points[ConvexHull(points).vertices])
    except (QhullError, ValueError):
        return points
    low, high = points.min(axis=0), points.max(axis=0)
    axes = [np.linspace(a, b, 14) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    inside = grid[hull.find_simplex(grid) >= 0]
    return inside if len(inside) else points


def hull_iou(hull: NDArray[np.float64], each: ObjectSample) -> float:
    """Volume IoU, in the true canonical cube, of a hull with the object."""
    if len(hull) < 4:
        return 0.0
    centers = voxel_centers(np.argwhere(np.ones((RESOLUTION,) * 3, bool)), resolution=RESOLUTION)
    try:
        inside = Delaunay(hull).find_simplex(transform_points(centers, each.pose)) >= 0
    except QhullError:
        return 0.0
    return grid_iou(inside.reshape((RESOLUTION,) * 3), each.canonical)


def mean_points(mean: NDArray[np.bool_], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Surface points of the mean shape, stretched to a box."""
    points = skin(mean)
    low, high = points.min(axis=0), points.max(axis=0)
    stretched: NDArray[np.float64] = box[0] + (points - low) / (high - low) * (box[1] - box[0])
    return stretched
