"""State grids: the space around an object is occupied, free, or unknown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from scenewright.core.camera import Camera
from scenewright.core.errors import ConventionError
from scenewright.core.state_grid import FREE, OCCUPIED, UNKNOWN, StateGrid
from scenewright.geometry.depth_noise import DepthNoise
from scenewright.geometry.indices import cell_index
from scenewright.geometry.transforms import invert_rigid

RESOLUTION = 64
"""Default number of cells along each edge of a grid."""
MARGIN = 1.25
"""Default edge of a grid, in longest sides of the visible part of the object."""
TOLERANCE = 1.5
"""Largest distance along z between a cell and a depth that hits it, in cells."""
LEAST_VIEWS = 2
"""A cell is occupied if at least this many views hit it with the object, or ..."""
LEAST_POINTS = 3
"""... if at least this many points of the object lie in it."""
NOISE_REACH = 3.0
"""Standard deviations of the depth that are added to the tolerance."""
_SKIN_REACH = 2
_LEAST_SIDE = 1e-3
_OUTSIDE = 0.002
_CELL_REACH = 0.8660254037844386
"""Half the diagonal of a cell, in edges."""


@dataclass(frozen=True, eq=False)
class GridFrame:
    """Position and size of a cubic grid.

    Attributes:
        origin: (3,) float64 lowest corner, meters, world frame.
        cell_size: Edge of a cell, meters.
        resolution: Cells along each edge.
    """

    origin: NDArray[np.float64]
    cell_size: float
    resolution: int


def grid_frame(
    points: NDArray[np.floating], *, resolution: int = RESOLUTION, margin: float = MARGIN
) -> GridFrame:
    """A grid around the visible part of an object, aligned with the axes of the world.

    Args:
        points: (N, 3) points of the object, at least one; a few outliers may lie outside the grid.
        resolution: Cells along each edge.
        margin: Edge of the grid, in longest sides of the object.

    Raises:
        ConventionError: There is no point.
    """
    if not len(points):
        raise ConventionError("points of the object", expected="at least one", got="none")
    low, high = np.quantile(np.asarray(points, np.float64), [_OUTSIDE, 1 - _OUTSIDE], axis=0)
    side = float((high - low).max())
    if not side > 0:  # a single point
        side = _LEAST_SIDE
    edge = margin * side
    return GridFrame((low + high) / 2 - edge / 2, edge / resolution, resolution)


class StateCounts:
    """Evidence of all views on the cells of all grids; `add` one view after another.

    Let z be the depth of the center of a cell in a view, and tau 1.5 cells. The cell is seen
    through if the depth is more than tau behind it on all pixels that the cell covers, so not at
    edges. It is hit if the depth at its center is within tau of z; the id of the pixel shows
    whether by the object or by something else.

    Args:
        frames: A grid per instance id.
        limits: (M, 4) half-spaces ``n x + d < 0`` that are known to be empty, such as below the
            floor: their cells are free. None = there are none.
        noise: Noise of the depth, of which `NOISE_REACH` deviations are added to tau; None = the
            depth is exact.
    """

    def __init__(
        self,
        frames: dict[int, GridFrame],
        *,
        limits: NDArray[np.float64] | None = None,
        noise: DepthNoise | None = None,
    ) -> None:
        self._frames = frames
        self._noise = DepthNoise() if noise is None else noise
        self._limits = np.zeros((0, 4)) if limits is None else np.asarray(limits, np.float64)
        self._seen_through: dict[int, NDArray[np.bool_]] = {}
        self._object_hits: dict[int, NDArray[np.uint16]] = {}
        self._other_hits: dict[int, NDArray[np.uint16]] = {}
        for i, frame in frames.items():
            shape = (frame.resolution,) * 3
            self._seen_through[i] = np.zeros(shape, np.bool_)
            self._object_hits[i] = np.zeros(shape, np.uint16)
            self._other_hits[i] = np.zeros(shape, np.uint16)

    def add(
        self,
        depth: NDArray[np.float32],
        ids: NDArray[np.int32],
        *,
        camera: Camera,
        world_from_cam: NDArray[np.float64],
    ) -> None:
        """Adds the evidence of one view.

        Args:
            depth: (H, W) along z, meters, 0 = no reading.
            ids: (H, W) instance that each pixel shows, 0 = none.
            camera: Camera of both.
            world_from_cam: (4, 4) its pose.
        """
        cam_from_world = invert_rigid(world_from_cam)
        noise = (NOISE_REACH * self._noise.floor, NOISE_REACH * self._noise.growth)
        for i, frame in self._frames.items():
            if not _in_view(frame, camera, cam_from_world):
                continue
            _update_cells(
                depth, ids, camera.K, cam_from_world, i, frame.origin, frame.cell_size,
                TOLERANCE * frame.cell_size, noise[0], noise[1], self._seen_through[i],
                self._object_hits[i], self._other_hits[i],
            )  # fmt: skip

    def grid(self, instance: int, points: NDArray[np.floating]) -> StateGrid:
        """The state grid of one object.

        Free: seen through in any view, hit by something else in most of the views that hit it, or
        outside the limits. Occupied: hit by the object in at least two views, or with at least
        three of its points. Both or neither: unknown.

        Args:
            instance: Id of the object.
            points: (N, 3) points of the object, such as its opaque surfels.
        """
        frame = self._frames[instance]
        object_hits, other_hits = self._object_hits[instance], self._other_hits[instance]
        free = (
            self._seen_through[instance]
            | (other_hits > object_hits)
            | _outside(frame, self._limits)
        )
        occupied = (object_hits >= LEAST_VIEWS) & (object_hits >= other_hits)
        occupied |= _points_per_cell(frame, points) >= LEAST_POINTS
        states = np.full(free.shape, UNKNOWN, np.uint8)
        states[free & ~occupied] = FREE
        states[occupied & ~free] = OCCUPIED
        return StateGrid(states, frame.origin, frame.cell_size, seen_share(states))


def seen_share(states: NDArray[np.uint8]) -> float:
    """Estimated share of the surface of an object that was seen.

    The cells that are not free form a solid that contains the object. Its skin is the cells with a
    free neighbor across a face, and those at the sides of the smallest cube around the occupied
    cells (the object is assumed to be no deeper than it is long and wide; unknown cells farther
    away are ignored). The share is the part of the skin that is occupied or near an occupied cell,
    since a layer of cells in front of oblique surfaces remains unknown; 0 if no cell is occupied. A
    ball seen from one side has about one half; seen from all around it has 1.

    Args:
        states: (X, Y, Z) uint8 of a `StateGrid`.
    """
    solid = np.argwhere(states == OCCUPIED)
    if not len(solid):
        return 0.0
    low, high = solid.min(axis=0), solid.max(axis=0) + 1
    side = int((high - low).max())
    low = np.clip((low + high - side) // 2, 0, None)
    high = np.minimum(low + side, states.shape)
    inside = states[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    # A free border makes the sides of the cube part of the skin.
    padded = np.pad(inside, 1, constant_values=FREE) == FREE
    touches = np.zeros(inside.shape, np.bool_)
    for axis in range(3):
        for shift in (0, 2):
            view = [slice(1, -1)] * 3
            view[axis] = slice(shift, shift + inside.shape[axis])
            touches |= padded[tuple(view)]
    skin = touches & (inside != FREE)
    known = maximum_filter(inside == OCCUPIED, size=2 * _SKIN_REACH + 1)
    return float((skin & known).sum() / max(int(skin.sum()), 1))


def _in_view(frame: GridFrame, camera: Camera, cam_from_world: NDArray[np.float64]) -> bool:
    """Whether the bounding sphere of a grid may intersect the view frustum."""
    half = frame.cell_size * frame.resolution / 2
    middle = cam_from_world[:3, :3] @ (frame.origin + half) + cam_from_world[:3, 3]
    radius = half * np.sqrt(3)
    if middle[2] < -radius:
        return False
    sides = np.array(
        [
            (camera.fx, 0, camera.cx), (-camera.fx, 0, camera.width - camera.cx),
            (0, camera.fy, camera.cy), (0, -camera.fy, camera.height - camera.cy),
        ]
    )  # fmt: skip
    away = sides @ middle / np.linalg.norm(sides, axis=1)
    return bool((away > -radius).all())


def _outside(frame: GridFrame, limits: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells whose center lies in any of the empty half-spaces."""
    n = frame.resolution
    result = np.zeros((n, n, n), np.bool_)
    at = frame.cell_size * (np.arange(n) + 0.5)
    for a, b, c, d in limits:
        x, y, z = (frame.origin[k] + at for k in range(3))
        result |= a * x[:, None, None] + b * y[:, None] + c * z + d < 0
    return result


def _points_per_cell(frame: GridFrame, points: NDArray[np.floating]) -> NDArray[np.int64]:
    """Number of points in each cell."""
    n = frame.resolution
    scaled = (np.asarray(points, np.float64) - frame.origin) / frame.cell_size
    cell = np.floor(scaled).astype(np.int64)
    cell = cell[((cell >= 0) & (cell < n)).all(axis=1)]
    flat = np.ravel_multi_index(tuple(cell.T), (n, n, n))
    return np.bincount(flat, minlength=n**3).reshape(n, n, n)


@njit(cache=True, nogil=True, parallel=True)
def _update_cells(
    depth: NDArray[np.float32],
    ids: NDArray[np.int32],
    K: NDArray[np.float64],
    cam_from_world: NDArray[np.float64],
    instance: int,
    origin: NDArray[np.float64],
    cell: float,
    tolerance: float,
    noise_floor: float,
    noise_growth: float,
    seen_through: NDArray[np.bool_],
    object_hits: NDArray[np.uint16],
    other_hits: NDArray[np.uint16],
) -> None:
    height, width = depth.shape
    m = cam_from_world
    for i in prange(object_hits.shape[0]):
        x = origin[0] + (i + 0.5) * cell
        for j in range(object_hits.shape[1]):
            y = origin[1] + (j + 0.5) * cell
            for k in range(object_hits.shape[2]):
                z = origin[2] + (k + 0.5) * cell
                pz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
                if pz <= cell:
                    continue
                px = (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) / pz
                py = (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) / pz
                uf, vf = K[0, 0] * px + K[0, 2], K[1, 1] * py + K[1, 2]
                u, v = cell_index(uf, width), cell_index(vf, height)
                if u < 0 or v < 0:
                    continue
                reading = depth[v, u]
                if reading <= 0.0:
                    continue
                tau = tolerance + noise_floor + noise_growth * pz * pz
                if abs(reading - pz) <= tau:
                    if ids[v, u] == instance:
                        object_hits[i, j, k] += 1
                    else:
                        other_hits[i, j, k] += 1
                elif reading > pz and not seen_through[i, j, k]:
                    across = _CELL_REACH * cell / pz
                    seen_through[i, j, k] = _is_in_front(
                        depth, uf, vf, K[0, 0] * across, K[1, 1] * across, pz + tau
                    )


@njit(cache=True, nogil=True)
def _is_in_front(
    depth: NDArray[np.float32], uf: float, vf: float, wide: float, high: float, limit: float
) -> bool:
    """Whether the depth exceeds a limit at nine points of the pixels that a cell covers."""
    height, width = depth.shape
    for a in range(-1, 2):
        for b in range(-1, 2):
            u, v = cell_index(uf + a * wide, width), cell_index(vf + b * high, height)
            if u < 0 or v < 0:
                continue
            if depth[v, u] <= limit:
                return False
    return True
