"""What views tell of the space around an object: solid, free, or never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from scenewright.core import FREE, OCCUPIED, UNKNOWN, ConventionError, StateGrid, SurfelCloud
from scenewright.geometry.transforms import invert_rigid
from scenewright.splats.meshing.surface_images import SurfacePicture

RESOLUTION = 64
"""Cells along each edge of an object's cube."""
MARGIN = 1.25
"""Edge of the cube in longest sides of what is visible of the object."""
TOLERANCE = 1.5
"""Cells along z between a cell and the depth that hits it."""
LEAST_VIEWS = 2
"""Views that must hit a cell with the object ..."""
LEAST_SURFELS = 3
"""... or surfels of the object that must lie in it."""
SOLID = 0.5
"""Opacity above which a surfel counts."""
_SKIN_REACH = 2
_OUTSIDE = 0.002
_CELL_REACH = 0.8660254037844386
"""Half the diagonal of a cell, in edges."""


@dataclass(frozen=True, eq=False)
class GridFrame:
    """Where a cube of cells lies.

    Attributes:
        origin: (3,) float64 lowest corner, metres, world frame.
        cell_size: Edge of a cell, metres.
        resolution: Cells along each edge.
    """

    origin: NDArray[np.float64]
    cell_size: float
    resolution: int


def grid_frame(
    surfels: SurfelCloud, *, resolution: int = RESOLUTION, margin: float = MARGIN
) -> GridFrame:
    """The cube around what is visible of an object, along the axes of the world.

    Args:
        surfels: Of the object, at least one; a few stray ones may lie outside.
        resolution: Cells along each edge.
        margin: Edge of the cube in longest sides of the object.

    Raises:
        ConventionError: There is no surfel.
    """
    if not len(surfels):
        raise ConventionError("surfels of the object", expected="at least one", got="none")
    means = surfels.means.astype(np.float64)
    low, high = np.quantile(means, [_OUTSIDE, 1 - _OUTSIDE], axis=0)
    side = float((high - low).max())
    if not side > 0:  # a single disk
        side = 2 * float(surfels.scales.max())
    edge = margin * side
    return GridFrame((low + high) / 2 - edge / 2, edge / resolution, resolution)


class StateCounts:
    """Counts what every view says of every cell, for all objects at once (one verb: `add`).

    A cell is looked up where its centre is in a picture, z its distance along the camera's axis
    and tau 1.5 cells. It is seen through if the depth is more than tau behind it everywhere on what
    the cell covers of the picture: a cell that an edge runs through is not. It is hit if the depth
    at its centre is within tau, by the object or by something else, as the pixel's id says.

    Args:
        frames: A cube per instance id.
        limits: (M, 4) half-spaces ``n x + d < 0`` that hold nothing, such as what is under the
            floor: their cells are free. None knows of none.
    """

    def __init__(
        self, frames: dict[int, GridFrame], *, limits: NDArray[np.float64] | None = None
    ) -> None:
        self._frames = frames
        self._limits = np.zeros((0, 4)) if limits is None else np.asarray(limits, np.float64)
        self._through: dict[int, NDArray[np.bool_]] = {}
        self._own: dict[int, NDArray[np.uint16]] = {}
        self._other: dict[int, NDArray[np.uint16]] = {}
        for i, frame in frames.items():
            shape = (frame.resolution,) * 3
            self._through[i] = np.zeros(shape, np.bool_)
            self._own[i] = np.zeros(shape, np.uint16)
            self._other[i] = np.zeros(shape, np.uint16)

    def add(self, picture: SurfacePicture) -> None:
        """Looks at every cell from one view.

        Raises:
            ConventionError: The picture has no ids.
        """
        if picture.ids is None:
            raise ConventionError("picture", expected="instance ids", got="none")
        cam_from_world = invert_rigid(picture.world_from_cam)
        for i, frame in self._frames.items():
            if not _in_view(frame, picture, cam_from_world):
                continue
            _look(
                picture.depth, picture.ids, picture.camera.K, cam_from_world, i, frame.origin,
                frame.cell_size, TOLERANCE * frame.cell_size, self._through[i], self._own[i],
                self._other[i],
            )  # fmt: skip

    def grid(self, instance: int, surfels: SurfelCloud) -> StateGrid:
        """The states of one object's cells.

        Free: seen through in any view, hit by something else in most of the views that hit it, or
        outside the limits. Occupied: hit by the object in two views, or holding three of its
        surfels with an opacity above one half. Both or neither: unknown.

        Args:
            instance: Id of the object.
            surfels: Of the object.
        """
        frame = self._frames[instance]
        own, other = self._own[instance], self._other[instance]
        free = self._through[instance] | (other > own) | _outside(frame, self._limits)
        occupied = (own >= LEAST_VIEWS) & (own >= other)
        occupied |= _surfels_per_cell(frame, surfels) >= LEAST_SURFELS
        states = np.full(own.shape, UNKNOWN, np.uint8)
        states[free & ~occupied] = FREE
        states[occupied & ~free] = OCCUPIED
        return StateGrid(states, frame.origin, frame.cell_size, seen_share(states))


def seen_share(states: NDArray[np.uint8]) -> float:
    """Share of the surface of an object, as far as one can tell, that is known.

    What is not free is a solid that holds the object. Its skin is made of the cells with a free
    neighbor across a face, and of those at the sides of the smallest cube around the occupied cells
    (the object is taken to be no deeper than it is long and wide; what is unknown farther away does
    not count). The share is the part of the skin that is occupied, or within the tolerance of an
    occupied cell, since what an oblique surface covers of a picture leaves a layer in front of it
    unknown; 0 if nothing is occupied. A ball seen from one side has about one half, whatever hides
    behind it; from all around it has 1.

    Args:
        states: (X, Y, Z) uint8 of a `StateGrid`.
    """
    places = np.argwhere(states == OCCUPIED)
    if not len(places):
        return 0.0
    low, high = places.min(axis=0), places.max(axis=0) + 1
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


def _in_view(
    frame: GridFrame, picture: SurfacePicture, cam_from_world: NDArray[np.float64]
) -> bool:
    """Whether the ball around a cube may reach into a picture."""
    half = frame.cell_size * frame.resolution / 2
    middle = cam_from_world[:3, :3] @ (frame.origin + half) + cam_from_world[:3, 3]
    radius = half * np.sqrt(3)
    camera = picture.camera
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
    n = frame.resolution
    result = np.zeros((n, n, n), np.bool_)
    at = frame.cell_size * (np.arange(n) + 0.5)
    for a, b, c, d in limits:
        x, y, z = (frame.origin[k] + at for k in range(3))
        result |= a * x[:, None, None] + b * y[:, None] + c * z + d < 0
    return result


def _surfels_per_cell(frame: GridFrame, surfels: SurfelCloud) -> NDArray[np.int64]:
    n = frame.resolution
    solid = surfels.means[surfels.opacities > SOLID].astype(np.float64)
    cell = np.floor((solid - frame.origin) / frame.cell_size).astype(np.int64)
    cell = cell[((cell >= 0) & (cell < n)).all(axis=1)]
    flat = np.ravel_multi_index(tuple(cell.T), (n, n, n))
    return np.bincount(flat, minlength=n**3).reshape(n, n, n)


@njit(cache=True, nogil=True, parallel=True)
def _look(
    depth: NDArray[np.float32],
    ids: NDArray[np.int32],
    K: NDArray[np.float64],
    cam_from_world: NDArray[np.float64],
    instance: int,
    origin: NDArray[np.float64],
    cell: float,
    tau: float,
    through: NDArray[np.bool_],
    own: NDArray[np.uint16],
    other: NDArray[np.uint16],
) -> None:
    height, width = depth.shape
    m = cam_from_world
    for i in prange(own.shape[0]):
        x = origin[0] + (i + 0.5) * cell
        for j in range(own.shape[1]):
            y = origin[1] + (j + 0.5) * cell
            for k in range(own.shape[2]):
                z = origin[2] + (k + 0.5) * cell
                pz = m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3]
                if pz <= cell:
                    continue
                px = (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]) / pz
                py = (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]) / pz
                uf, vf = K[0, 0] * px + K[0, 2], K[1, 1] * py + K[1, 2]
                if not (0.0 <= uf < width and 0.0 <= vf < height):
                    continue
                reading = depth[int(vf), int(uf)]
                if reading <= 0.0:
                    continue
                if abs(reading - pz) <= tau:
                    if ids[int(vf), int(uf)] == instance:
                        own[i, j, k] += 1
                    else:
                        other[i, j, k] += 1
                elif reading > pz and not through[i, j, k]:
                    across = _CELL_REACH * cell / pz
                    through[i, j, k] = _is_behind(
                        depth, uf, vf, K[0, 0] * across, K[1, 1] * across, pz + tau
                    )


@njit(cache=True, nogil=True)
def _is_behind(
    depth: NDArray[np.float32], uf: float, vf: float, wide: float, high: float, limit: float
) -> bool:
    """Whether the depth is farther than a limit at nine places over what a cell covers."""
    height, width = depth.shape
    for a in range(-1, 2):
        for b in range(-1, 2):
            u, v = int(np.floor(uf + a * wide)), int(np.floor(vf + b * high))
            if u < 0 or v < 0 or u >= width or v >= height:
                continue
            if depth[v, u] <= limit:
                return False
    return True
