"""The surfaces of a scene as one table of triangles and points, and views of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from scenewright.geometry.scene_layers import Layer
from scenewright.geometry.viewing import direction, face_normals, framed_bounds
from scenewright.pipelines.pictures._surface_drawing import draw_points, draw_triangles

_LARGEST_RADIUS = 12
"""Maximum radius in pixels; otherwise a few points would fill the picture."""
_CEILING_CUT = 0.85
"""Share of the height above which points without normals are left out as ceiling."""
_FILL = 0.92
"""Share of the picture that the framed surfaces cover."""
_EDGE_ON = 0.02
_SAMPLE = 100_000


@dataclass(frozen=True, eq=False)
class Surfaces:
    """Triangles, then points.

    Attributes:
        corners: (F, 3, 3) corners of the triangles, level axes, meters.
        points: (N, 3) points.
        normals: (F + N, 3) float32 unit normals; zero where unknown.
        colors: (F + N, 3) float32 RGB, 0 to 255.
        instance: (F + N,) id of each, 0 = none.
        spacing: Distance between neighboring points, meters.
    """

    corners: NDArray[np.float64]
    points: NDArray[np.float64]
    normals: NDArray[np.float32]
    colors: NDArray[np.float32]
    instance: NDArray[np.int64]
    spacing: float

    @property
    def places(self) -> NDArray[np.float64]:
        """(F + N, 3) the middle of each triangle, and the points."""
        return np.concatenate([self.corners.mean(axis=1), self.points])

    @property
    def areas(self) -> NDArray[np.float64]:
        """(F + N,) area of each, square meters; a point stands for the area around it."""
        a, b, c = self.corners.transpose(1, 0, 2)
        size = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        return np.concatenate([size, np.full(len(self.points), self.spacing**2)])


def surfaces_of(layers: Sequence[Layer], level_from_world: NDArray[np.float64]) -> Surfaces:
    """All layers in one table.

    Args:
        layers: At least one.
        level_from_world: (3, 3) rotation to level axes.
    """
    turned = [layer.turned(level_from_world) for layer in layers]
    meshes = [layer for layer in turned if layer.faces is not None]
    clouds = [layer for layer in turned if layer.faces is None]
    corners, normals, colors, owners = [], [], [], []
    for layer in meshes:
        assert layer.faces is not None
        corners.append(layer.positions[layer.faces])
        normals.append(face_normals(layer.positions, layer.faces)[0])
        colors.append(layer.colors[layer.faces].mean(axis=1))
        owners.append(np.full(len(layer.faces), layer.instance))
    for layer in clouds:
        flat = np.zeros_like(layer.positions) if layer.normals is None else layer.normals
        normals.append(flat.astype(np.float64))
        colors.append(layer.colors.astype(np.float64))
        owners.append(np.full(len(layer.positions), layer.instance))
    points = np.concatenate([np.zeros((0, 3)), *(layer.positions for layer in clouds)])
    return Surfaces(
        np.concatenate([np.zeros((0, 3, 3)), *corners]),
        points,
        np.concatenate(normals).astype(np.float32),
        np.concatenate(colors).astype(np.float32),
        np.concatenate(owners),
        _spacing(points),
    )


@dataclass(frozen=True, eq=False)
class DrawnSurfaces:
    """One view, before it is colored.

    Attributes:
        index: (H, W) int32 row of the nearest surface in the table, -1 = none.
        depth: (H, W) float32 distance from the viewer, meters; infinite where there is nothing.
        meters_per_pixel: Scale of the view.
        towards_viewer: (3,) unit vector, level axes.
        view_from_level: (3, 3) axes of the view: right, down and away from the viewer.
        offset: (2,) column and row of the origin of the level axes, pixels.
    """

    index: NDArray[np.int32]
    depth: NDArray[np.float32]
    meters_per_pixel: float
    towards_viewer: NDArray[np.float64]
    view_from_level: NDArray[np.float64]
    offset: NDArray[np.float64]

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) columns and rows of (N, 3) points in level axes."""
        seen: NDArray[np.float64] = points @ self.view_from_level[:2].T / self.meters_per_pixel
        return seen + self.offset


def draw_surfaces(
    surfaces: Surfaces, size: tuple[int, int], *, azimuth_deg: float, elevation_deg: float
) -> DrawnSurfaces:
    """Draws the surfaces that face a distant viewer, framed by what is visible of them.

    Args:
        surfaces: The table.
        size: Width and height, pixels.
        azimuth_deg: Of the viewer; see `direction`.
        elevation_deg: Of the viewer.
    """
    towards = direction(azimuth_deg, elevation_deg)
    turn, tilt = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    down = -np.array([-np.sin(turn) * np.sin(tilt), np.cos(turn) * np.sin(tilt), np.cos(tilt)])
    view = np.stack([right, down, -towards])
    keep = _facing(surfaces, towards)
    numbers = np.flatnonzero(keep)
    is_triangle = numbers < len(surfaces.corners)
    triangles, points = numbers[is_triangle], numbers[~is_triangle] - len(surfaces.corners)
    corners = surfaces.corners[triangles] @ view.T
    places = surfaces.points[points] @ view.T
    low, high = _frame(surfaces, corners, places, numbers)
    width, height = size
    scale = _FILL * float(min(np.array(size) / np.maximum(high - low, 1e-9)))
    offset = np.array([width, height]) / 2 - scale * (low + high) / 2
    for array in (corners, places):
        array[..., :2] = array[..., :2] * scale + offset
    nearest = np.full((height, width), np.inf, np.float32)
    index = np.full((height, width), -1, np.int32)
    draw_triangles(corners, 0, nearest, index)
    radius = min(max(round(0.62 * surfaces.spacing * scale), 1), _LARGEST_RADIUS)
    draw_points(places, len(triangles), radius, nearest, index)
    rows = np.append(numbers, -1).astype(np.int32)
    return DrawnSurfaces(rows[index], nearest, 1 / scale, towards, view, offset)


def _frame(
    surfaces: Surfaces,
    corners: NDArray[np.float64],
    places: NDArray[np.float64],
    numbers: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2,) lowest and highest column and row of what is visible of the objects, meters."""
    spots = np.concatenate([corners.reshape(-1, 3), places])
    is_object = surfaces.instance[numbers] > 0
    num_corners = np.where(numbers < len(surfaces.corners), 3, 1)
    shown = spots[np.repeat(is_object, num_corners)] if is_object.any() else spots
    low, high = framed_bounds(shown[:: max(len(shown) // _SAMPLE, 1)], share=0.996)
    return low[:2], high[:2]


def _facing(surfaces: Surfaces, towards: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Surfaces that face the viewer; of points without normals, those below the ceiling."""
    facing: NDArray[np.bool_] = surfaces.normals @ towards > _EDGE_ON
    unknown: NDArray[np.bool_] = ~np.any(surfaces.normals, axis=1)
    unknown[: len(surfaces.corners)] = False
    if not unknown.any():
        return facing if facing.any() else np.ones_like(facing)
    height = surfaces.places[:, 2]
    low, high = np.quantile(height[unknown], [0.01, 0.99])
    facing |= unknown & (height <= low + _CEILING_CUT * (high - low))
    return facing


def _spacing(points: NDArray[np.float64]) -> float:
    """Distance between neighboring points, meters."""
    if len(points) < 2:
        return 1e-4
    sample = points[:: max(len(points) // 2000, 1)]
    distance = KDTree(points).query(sample, k=[min(4, len(points))])[0][:, 0]
    return float(max(np.median(distance), 1e-4))
