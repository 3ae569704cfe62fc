"""Free cells of a horizontal plane, where a camera may move, and loops through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from scenewright.core import ConventionError
from scenewright.worlds.cameras.probe import Probe

_CELL = 0.1
"""Edge of a cell, meters."""
_STEP_HEIGHT = 0.08
"""Objects lower than this, such as rugs, can be walked on; meters."""
_BODY = 0.2
"""Half the width of the person who carries the camera, meters."""
_LONGEST_REACH = 2.6
"""Maximum radius of a loop, meters."""
_NUM_ANGLES = 180


@dataclass(frozen=True, eq=False)
class FreePlane:
    """A horizontal plane divided into square cells.

    Attributes:
        corner: (2,) outer corner of cell [0, 0], meters.
        free: (X, Y) whether a camera may be anywhere in the cell.
    """

    corner: NDArray[np.float64]
    free: NDArray[np.bool_]

    def is_free(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each of (..., 2) points lies in a free cell."""
        cells = np.floor((points - self.corner) / _CELL).astype(np.int64)
        inside: NDArray[np.bool_] = np.all((cells >= 0) & (cells < self.free.shape), axis=-1)
        cells[~inside] = 0
        found: NDArray[np.bool_] = self.free[cells[..., 0], cells[..., 1]] & inside
        return found

    def centers(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """(N, 2) centers of (N, 2) cells, meters."""
        return self.corner + (cells + 0.5) * _CELL

    def most_open_point(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The point with the most free space around it, and the free distance in each direction.

        Returns:
            (2,) the point, meters; (A,) angles, radians; (A,) meters to the first cell that is
            not free, at most 2.6.

        Raises:
            ConventionError: No cell is free.
        """
        cells = np.argwhere(self.free)
        if not len(cells):
            raise no_free_space("no free point at the height of the camera")
        # A coarse grid is enough to find a good center; of small planes every cell is tried.
        coarse = cells[(cells % 4 == 0).all(axis=1)]
        candidates = self.centers(coarse if len(coarse) > 8 else cells)
        angles = np.arange(_NUM_ANGLES, dtype=np.float64) * (2 * np.pi / _NUM_ANGLES)
        directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        radii = np.arange(0.0, _LONGEST_REACH, _CELL / 2)
        best, center, reach = -1.0, candidates[0], np.zeros(_NUM_ANGLES, np.float64)
        for candidate in candidates:
            free = self.is_free(candidate + directions[:, None] * radii[:, None])
            reached = radii[np.where(free.all(axis=1), len(radii), free.argmin(axis=1)) - 1]
            # Free area counts, and the free distance in the narrowest direction counts more.
            score = float(np.square(reached).mean() + 4 * np.square(reached.min()))
            if score > best:
                best, center, reach = score, candidate, np.maximum(reached, 0.0)
        return center, angles, reach


def no_free_space(found: str) -> ConventionError:
    """The error for a world without free space."""
    return ConventionError(
        "World to film",
        expected="free space for a camera",
        got=found,
        do="Make the world larger, use fewer objects, or choose another trajectory.",
    )


def free_plane(
    probe: Probe, level: float, *, sway: float, clearance: float, floor: bool = False
) -> FreePlane:
    """Finds the free cells of a horizontal plane.

    Args:
        probe: Probe of the world.
        level: Height of the plane, meters.
        sway: How far the camera may leave the plane up and down, meters.
        clearance: Minimum distance to every surface from anywhere in a free cell, meters.
        floor: Whether the floor below must be free too, so that a person can walk there.
    """
    half = np.minimum(np.array(probe.world.size[:2]) / 2, 12.0)
    shape = np.maximum(np.ceil(2 * half / _CELL).astype(np.int64), 1)
    cells = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 2)
    plane = FreePlane(-half, np.zeros(shape, np.bool_))
    spots = plane.centers(cells)
    # The distance field is 1-Lipschitz, so the center of a cell bounds the whole cell.
    needed = clearance + _CELL / np.sqrt(2) + sway / 2
    free = ~probe.is_outdoors(np.column_stack([spots, np.full(len(spots), level)]))
    for height in (level - sway, level, level + sway):
        rows = np.flatnonzero(free)
        if not len(rows):
            break
        points = np.column_stack([spots[rows], np.full(len(rows), height)])
        free[rows] = probe.clearance(points, limit=needed + 0.01) >= needed
    if floor:
        free &= _walkable(probe, spots, level, shape)
    return FreePlane(plane.corner, free.reshape(shape))


def _walkable(
    probe: Probe, spots: NDArray[np.float64], level: float, shape: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether nothing is between each spot and the floor, within the width of a person."""
    start = np.column_stack([spots, np.full(len(spots), level)])
    distance, ids, behind = probe.cast(start, np.broadcast_to((0.0, 0.0, -1.0), start.shape))
    height = level - distance
    bare = (ids > 0) & ~behind & (np.abs(height) < _STEP_HEIGHT)
    grid = ndimage.distance_transform_edt(np.pad(bare.reshape(shape), 1))[1:-1, 1:-1] * _CELL
    wide: NDArray[np.bool_] = (grid > _BODY + _CELL / 2).ravel()
    return wide


def free_loop(
    plane: FreePlane, rng: np.random.Generator, *, num_points: int, num_stops: int = 6
) -> NDArray[np.float64]:
    """A smooth closed path through free cells that are far apart.

    Args:
        plane: The free cells.
        rng: Chooses the first cell and the direction.
        num_points: Number of points of the path.
        num_stops: Number of cells that the path passes through.

    Returns:
        (num_points, 2) meters, evenly spaced, all in free cells.

    Raises:
        ConventionError: The largest connected free area is below half a square meter.
    """
    parts, count = ndimage.label(plane.free)
    sizes = np.bincount(parts.ravel(), minlength=2)[1:]
    if not count or sizes.max() * _CELL**2 < 0.5:
        raise no_free_space(f"{sizes.max(initial=0) * _CELL**2:.2f} m2 of connected free floor")
    inside = parts == 1 + int(sizes.argmax())
    cells = np.argwhere(inside)
    stops = _far_apart(cells, int(rng.integers(len(cells))), num_stops)
    middle = cells[stops].mean(axis=0)
    around = np.arctan2(*(cells[stops] - middle).T[::-1])
    stops = stops[np.argsort(around, kind="stable")][:: int(rng.choice([-1, 1]))]
    route = _shortest_route(inside, cells, stops)
    path = _resampled(plane.centers(cells[route]), num_points)
    length = float(np.linalg.norm(np.diff(path, axis=0, append=path[:1]), axis=1).sum())
    for width in (0.3, 0.2, 0.12, 0.07, 0.03):
        smooth = ndimage.gaussian_filter1d(path, width / length * num_points, axis=0, mode="wrap")
        smooth = _resampled(smooth, num_points)
        if plane.is_free(smooth).all():
            return smooth
    return path


def _far_apart(cells: NDArray[np.int64], first: int, count: int) -> NDArray[np.int64]:
    """Farthest-point sampling: rows of cells, each as far as possible from those before."""
    chosen = [first]
    distance = np.linalg.norm(cells - cells[first], axis=1)
    for _ in range(count - 1):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(cells - cells[chosen[-1]], axis=1))
    return np.array(chosen)


def _shortest_route(
    inside: NDArray[np.bool_], cells: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows of the cells on the shortest closed route past all stops, away from the borders."""
    number = np.full(inside.shape, -1, np.int64)
    number[tuple(cells.T)] = np.arange(len(cells))
    padded = np.pad(inside, 1)
    border_distance = ndimage.distance_transform_edt(padded)[1:-1, 1:-1][tuple(cells.T)]
    cost = 1 + 6 / border_distance
    starts, ends, weights = [], [], []
    for step in ((1, 0), (0, 1)):
        neighbors = np.minimum(cells + step, np.array(inside.shape) - 1)
        other = number[tuple(neighbors.T)]
        other[(neighbors == cells).all(axis=1)] = -1
        rows = np.flatnonzero(other >= 0)
        starts.append(rows)
        ends.append(other[rows])
        weights.append((cost[rows] + cost[other[rows]]) / 2)
    graph = sparse.coo_array(
        (np.concatenate(weights), (np.concatenate(starts), np.concatenate(ends))),
        shape=(len(cells), len(cells)),
    ).tocsr()
    _, before = csgraph.dijkstra(graph, directed=False, indices=stops, return_predecessors=True)
    route: list[int] = []
    for index in range(len(stops)):
        start, end = int(stops[index]), int(stops[(index + 1) % len(stops)])
        leg = []
        while end != start:
            leg.append(end)
            end = int(before[index, end])
        route += [*leg[::-1]]
    return np.array(route or [int(stops[0])])


def _resampled(path: NDArray[np.float64], num_points: int) -> NDArray[np.float64]:
    """(num_points, 2) evenly spaced points of a closed path."""
    closed = np.concatenate([path, path[:1]])
    ends = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1)))
    wanted = np.arange(num_points) * (ends[-1] / num_points)
    return np.stack([np.interp(wanted, ends, closed[:, axis]) for axis in (0, 1)], axis=1)
