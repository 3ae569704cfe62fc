"""What frames say about the space around each object: occupied, free or unknown.

`gather_evidence` reads frames once and stores a grid per object in the scene. `sharpened` brings a
grid, whichever verb stored it, to the precision of the seen surface before an object is completed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.spatial import KDTree

from scenewright.completion.seen_surface import SeenSurface, seen_surface
from scenewright.core import FREE, OCCUPIED, UNKNOWN, Camera, ConventionError, Scene, StateGrid
from scenewright.core.memory import available_bytes, require_memory
from scenewright.core.wording import counted
from scenewright.geometry.depth_noise import DepthNoise
from scenewright.geometry.state_grids import GridFrame, StateCounts, grid_frame

RESOLUTION = 64
"""Default number of cells along each edge of a grid."""
MARGIN = 1.3
"""Default edge of a grid, in longest sides of what was seen of the object."""
SAMPLES_PER_CELL = 2.0
"""Samples of the seen surface along the edge of a cell."""
_BYTES_PER_CELL, _BYTES_OF_ONE = 6, 24
"""Of the counts and the grid of each object, and of what is needed to make one of them."""
_FRONT_REACH = 2.5
"""Distance from the seen surface within which its normals say which cells are in front, in
cells."""
_FRONT = 0.35
"""A cell whose center is farther in front of the surface than this, in cells, is free."""
_ASKED = 16
"""Nearest samples that may say so."""
_THIN = 1.0
"""Thickness of walls whose both sides were seen, in cells: samples that are farther by this than
the nearest one count as well."""
_STEEPEST = 0.6
"""Smallest cosine between the normal and the direction of such a cell."""


@dataclass(frozen=True, eq=False)
class EvidenceFrame:
    """One view of the scene.

    Attributes:
        depth: (H, W) float32 along z, meters, 0 = no reading.
        ids: (H, W) int32 instance that each pixel shows, 0 = none.
        camera: Camera of both.
        world_from_cam: (4, 4) its pose.
    """

    depth: NDArray[np.float32]
    ids: NDArray[np.int32]
    camera: Camera
    world_from_cam: NDArray[np.float64]


def gather_evidence(
    scene: Scene,
    frames: Iterable[EvidenceFrame],
    *,
    ids: Sequence[int],
    noise: DepthNoise | None = None,
    resolution: int = RESOLUTION,
) -> dict[int, StateGrid]:
    """A state grid per object, from all frames.

    A cell is free where a frame sees through it, or where most frames that hit it show another
    object; occupied where the object was seen; unknown elsewhere, and where these contradict each
    other (see `geometry.state_grids.StateCounts`).

    Args:
        scene: The scene, whose frame that of the poses is.
        frames: The views.
        ids: The objects.
        noise: Noise of the depth; None = the depth is exact.
        resolution: Cells along each edge of a grid.

    Raises:
        ConventionError: An object has no seen surface.
        CaptureError: There is not enough memory for the grids.
    """
    require_memory(
        grid_bytes(len(ids), resolution), available_bytes(),
        what=f"{counted(len(ids), 'grid')} of {resolution} cells along each edge",
        do="Complete fewer objects at once (--ids).",
    )  # fmt: skip
    surfaces = {i: seen_surface(scene, i, spacing=np.inf) for i in ids}
    for i, surface in surfaces.items():
        if not len(surface):
            raise ConventionError(
                f"instance {i}", expected="points or a mesh that cameras saw", got="neither"
            )
    grids: dict[int, GridFrame] = {
        i: grid_frame(surface.points, resolution=resolution, margin=MARGIN)
        for i, surface in surfaces.items()
    }
    counts = StateCounts(grids, noise=noise)
    for frame in frames:
        counts.add(frame.depth, frame.ids, camera=frame.camera, world_from_cam=frame.world_from_cam)
    return {i: counts.grid(i, surface.points) for i, surface in surfaces.items()}


def grid_bytes(num_objects: int, resolution: int) -> int:
    """Most memory that the evidence on objects takes, bytes."""
    cells = resolution**3
    return cells * (num_objects * _BYTES_PER_CELL + _BYTES_OF_ONE)


def occupied_cells(grid: StateGrid, points: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(X, Y, Z) cells of a grid that hold a point."""
    shape = np.array(grid.states.shape)
    cell = np.floor((np.asarray(points, np.float64) - grid.origin) / grid.cell_size)
    cell = cell[((cell >= 0) & (cell < shape)).all(axis=1)].astype(np.int64)
    result = np.zeros(grid.states.shape, np.bool_)
    result[tuple(cell.T)] = True
    return result


def sharpened(
    grid: StateGrid,
    surface: SeenSurface,
    *,
    others: NDArray[np.floating],
    up: NDArray[np.float64],
    support: float | None,
) -> StateGrid:
    """The evidence at the precision of the seen surface.

    A frame hits a layer of cells around a surface, which is thicker than the surface. Here only
    cells that hold seen surface are occupied; cells in front of it, as its normals say, those that
    hold surface of others, and those below the support are free.

    Args:
        grid: Evidence of the frames.
        surface: The seen surface of the object, at least two samples per cell.
        others: (N, 3) points on everything else.
        up: (3,) unit vector against gravity.
        support: Height of the plane below the object, meters along `up`; None if there is none.
    """
    own = occupied_cells(grid, surface.points)
    seen_through = grid.states == FREE
    states = np.where(seen_through, FREE, UNKNOWN).astype(np.uint8)
    states[occupied_cells(grid, others) & ~own] = FREE
    states[_in_front(grid, surface, (states == UNKNOWN) & ~own)] = FREE
    if support is not None:
        below = grid.centers() @ up < support
        states[below & ~own] = FREE
    # Where the surface contradicts free space, as with drifting poses, nothing is known.
    states[own] = np.where(seen_through[own], UNKNOWN, OCCUPIED)
    return StateGrid(states, grid.origin, grid.cell_size, grid.seen_share, support)


def _in_front(grid: StateGrid, surface: SeenSurface, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells in front of the seen surface, close to it."""
    result = np.zeros(grid.states.shape, np.bool_)
    is_oriented = np.abs(surface.normals).sum(axis=1) > 0
    if not is_oriented.any():
        return result
    points, normals = surface.points[is_oriented], surface.normals[is_oriented]
    near = distance_transform_edt(~occupied_cells(grid, points)) <= _FRONT_REACH
    cells = np.argwhere(near & asked)
    if not len(cells):
        return result
    cell = grid.cell_size
    centers = grid.origin + cell * (cells + 0.5)
    count = min(_ASKED, len(points))
    distance, nearest = KDTree(points).query(centers, k=count)
    distance, nearest = distance.reshape(-1, count), nearest.reshape(-1, count)
    away = centers[:, None] - points[nearest]
    ahead = np.einsum("ckj,ckj->ck", away, normals[nearest])
    # The nearest sample of a thin wall may be on its other side.
    near_enough = distance <= distance[:, :1] + _THIN * cell
    front = near_enough & (ahead > _FRONT * cell) & (ahead > _STEEPEST * distance)
    result[tuple(cells[front.any(axis=1)].T)] = True
    return result


def conflict_share(grid: StateGrid, surface: SeenSurface) -> float:
    """Share of the cells with seen surface that frames see through, in [0, 1].

    Above a few percent, poses or depth are off, or the object moved.
    """
    own = occupied_cells(grid, surface.points)
    if not own.any():
        return 0.0
    return float((grid.states[own] == FREE).mean())
