"""What is around each object of a scene: surface, what carries it, and space that others fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from scenewright.completion.seen_surface import SeenSurface, has_faces
from scenewright.completion.support import find_support
from scenewright.core import OCCUPIED, UNKNOWN, Asset, Scene, StateGrid
from scenewright.geometry.solid_cells import fill_solid
from scenewright.geometry.transforms import upright_frame
from scenewright.models.completers.cells import cube_dilated

_OUTLIERS = 0.02
"""Share of the points of an object that its column may leave out at the top."""
_MOST_INSIDE = 0.1
"""An object that has a larger share of its surface in the column of another one does not carry
it."""
_LEAST_RING = 0.5
"""Smallest share of the cells around an outline that lie beside seen surface of what carries it."""
_THICKEST = 1.5
"""Largest height of hidden vertices above a plane onto which they are lowered, in cells."""
_ROUGH = 0.5
"""The same for vertices that a camera saw: noise, within the outline of what stands there."""


@dataclass(frozen=True, eq=False)
class _Column:
    """The space above the support of an object, within the outline of what was seen of it.

    Attributes:
        sides: (N, 3) lines ``a x + b y + c <= 0`` that enclose it, in an upright frame.
        low: Height of the support, meters.
        high: Height of the top of what was seen.
    """

    sides: NDArray[np.float64]
    low: float
    high: float

    def holds(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) which of (N, 3) points lie within the outline, at any height."""
        across = points[:, :2] @ self.sides[:, :2].T + self.sides[:, 2]
        inside: NDArray[np.bool_] = ~np.any(across > 0, axis=1)
        return inside


class Surroundings:
    """Everything around the objects: seen surface, and the objects that are already whole.

    Of instances with a mesh it is the mesh that counts: with noisy depth, the points of a cloud are
    off by half a voxel, which is several cells of a small object.

    Args:
        scene: With a state grid for each of the objects.
        surfaces: The seen surface of each object that will be completed.
        up: (3,) unit vector against gravity.
    """

    def __init__(
        self, scene: Scene, surfaces: Mapping[int, SeenSurface], *, up: NDArray[np.float64]
    ) -> None:
        self._assets = {
            row.id: asset
            for row in scene.instances
            if (asset := scene.assets.get(row.id)) is not None and has_faces(asset)
        }
        self._rest, self._ids = SeenSurface.empty(), np.zeros(0, np.int32)
        cloud = scene.points
        if cloud is not None and cloud.instance_id is not None:
            chosen = ~np.isin(cloud.instance_id, list(self._assets))
            self._rest, self._ids = SeenSurface.of_cloud(cloud[chosen]), cloud.instance_id[chosen]
        self._grids = {i: scene.grids[i] for i in surfaces}
        self._axes = upright_frame(up)
        self._whole: list[NDArray[np.float64]] = []
        self._supports = {i: find_support(surfaces[i], self.near(i), up=up) for i in surfaces}
        self._levels = {i: surface.points @ self._axes for i, surface in surfaces.items()}
        self._columns = {
            i: column
            for i, low in self._supports.items()
            if low is not None and (column := _column(self._levels[i], low)) is not None
        }

    def near(self, instance: int) -> SeenSurface:
        """The seen surface of everything else in and around the grid of an object."""
        grid = self._grids[instance]
        points = self._rest.points
        extent = grid.cell_size * np.array(grid.states.shape)
        low, high = grid.origin - 0.5 * extent, grid.origin + 1.5 * extent
        chosen = (self._ids != instance) & ((points > low) & (points < high)).all(axis=1)
        others = [asset for i, asset in self._assets.items() if i != instance]
        return SeenSurface.joined([self._rest.chosen(chosen)] + [
            SeenSurface.of_asset(asset, spacing=grid.cell_size, within=(low, high))
            for asset in others
        ])  # fmt: skip

    def support(self, instance: int) -> float | None:
        """Height of the plane below an object, meters; None if nothing carries it."""
        return self._supports[instance]

    def add(self, whole: Asset) -> None:
        """Adds a completed object, with a closed mesh."""
        assert whole.mesh is not None
        self._whole.append(whole.world_vertices()[whole.mesh.faces])

    def taken(self, instance: int, grid: StateGrid) -> NDArray[np.bool_]:
        """(X, Y, Z) cells that an object cannot fill, since others do.

        These are the inside of objects that are already whole, and the columns of what stands on
        the object: how far it reaches below them is hidden, but not that it ends there.

        Args:
            instance: Id of the object.
            grid: Its grid.
        """
        result = np.zeros(grid.states.shape, np.bool_)
        for corners in self._whole:
            filled = np.zeros(grid.states.shape, np.int32)
            fill_solid(corners, grid.origin, grid.cell_size, 1, filled)
            result |= filled > 0
        centers = grid.centers() @ self._axes
        for column in self._carried(instance, grid):
            above = centers[..., 2] > column.low + grid.cell_size / 2
            inside = above & (centers[..., 2] < column.high)
            inside[inside] = column.holds(centers[inside])
            result |= inside
        return result

    def carrying(self, instance: int, grid: StateGrid) -> NDArray[np.bool_]:
        """(X, Y, Z) unknown cells of an object that must be filled, since something stands on them.

        The top of a table goes on below a cup: the layer of cells at the plane that carries the
        cup, within its outline, if surface of the object was seen along most of that outline.

        Args:
            instance: Id of the object.
            grid: Its grid, at the precision of the seen surface.
        """
        result = np.zeros(grid.states.shape, np.bool_)
        seen = cube_dilated(grid.states == OCCUPIED)
        centers = grid.centers() @ self._axes
        for column in self._carried(instance, grid):
            layer = np.abs(centers[..., 2] - column.low) <= grid.cell_size / 2
            inside = layer.copy()
            inside[inside] = column.holds(centers[inside])
            ring = cube_dilated(inside) & layer & ~inside
            if ring.any() and float(seen[ring].mean()) >= _LEAST_RING:
                result |= inside & (grid.states == UNKNOWN)
        return result

    def lowered(self, instance: int, whole: Asset, grid: StateGrid) -> Asset:
        """The object with vertices lowered onto the planes that carry others on it.

        A cell of a large object is thick: filled up to a plane, it reaches above it, into what
        stands there; and so does the noise of its seen surface, a little.

        Args:
            instance: Id of the object.
            whole: The completed object.
            grid: Its grid.
        """
        assert whole.mesh is not None and whole.observed is not None
        level = whole.world_vertices() @ self._axes
        for column in self._carried(instance, grid):
            reach = np.where(whole.observed, _ROUGH, _THICKEST) * grid.cell_size
            moved = (level[:, 2] > column.low) & (level[:, 2] < column.low + reach)
            moved[moved] = column.holds(level[moved])
            level[moved, 2] = column.low
        placed = whole.world_from_asset
        world = level @ self._axes.T - placed[:3, 3]
        vertices = world @ np.linalg.inv(placed[:3, :3]).T
        return replace(whole, mesh=replace(whole.mesh, vertices=vertices.astype(np.float32)))

    def _carried(self, instance: int, grid: StateGrid) -> list[_Column]:
        """The columns of what may stand on an object."""
        own = self._supports[instance]
        if own is None:
            return []
        return [
            column
            for i, column in self._columns.items()
            if i != instance and column.low > own + grid.cell_size
            and self._share_in(instance, column) < _MOST_INSIDE
        ]  # fmt: skip

    def _share_in(self, instance: int, column: _Column) -> float:
        """Share of the seen surface of an object that lies in the column of another one."""
        level = self._levels[instance]
        inside = (level[:, 2] > column.low) & (level[:, 2] < column.high)
        inside[inside] = column.holds(level[inside])
        return float(inside.mean())


def _column(points: NDArray[np.float64], low: float) -> _Column | None:
    """The column of (N, 3) points in an upright frame; None if they have no outline."""
    try:
        hull = ConvexHull(points[:, :2])
    except (QhullError, ValueError):
        return None
    return _Column(hull.equations, low, float(np.quantile(points[:, 2], 1 - _OUTLIERS)))
