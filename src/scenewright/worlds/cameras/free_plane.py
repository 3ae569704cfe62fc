"""Where a camera may go: free parts of a level plane, and loops through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from scenewright.core import ConventionError
from scenewright.worlds.cameras.probe import Probe

_CELL = 0.1
"""Edge of a cell, metres."""
_STEP_HEIGHT = 0.08
"""What is flatter than this, such as a rug, can be walked on; metres."""
_BODY = 0.2
"""Half the width of who carries the camera, metres."""
_LONGEST_REACH = 2.6
"""Metres from the middle of a loop."""
_NUM_ANGLES = 180


@dataclass(frozen=True, eq=False)
class FreePlane:
    """A level plane cut into square cells.

    Attributes:
        corner: (2,) outer corner of the cell [0, 0], metres.
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

    def middles(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """(N, 2) points in the middle of (N, 2) cells, metres."""
        return self.corner + (cells + 0.5) * _CELL

    def star(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The place that sees most free plane, and how far one gets from there each way.

        Returns:
            (2,) the place, metres; (A,) angles, radians; (A,) metres to the first cell that is
            not free, at most 2.6.

        Raises:
            ConventionError: No cell is free.
        """
        cells = np.argwhere(self.free)
        if not len(cells):
            raise no_free_space("no free place at the camera's height")
        # A subset on a coarse grid is enough to find a good middle; small planes are taken whole.
        coarse = cells[(cells % 4 == 0).all(axis=1)]
        places = self.middles(coarse if len(coarse) > 8 else cells)
        angles = np.arange(_NUM_ANGLES, dtype=np.float64) * (2 * np.pi / _NUM_ANGLES)
        ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        radii = np.arange(0.0, _LONGEST_REACH, _CELL / 2)
        best, center, reach = -1.0, places[0], np.zeros(_NUM_ANGLES, np.float64)
        for place in places:
            free = self.is_free(place + ways[:, None] * radii[:, None])
            reached = radii[np.where(free.all(axis=1), len(radii), free.argmin(axis=1)) - 1]
            # Much plane counts, and a wide way in the narrowest direction counts more.
            score = float(np.square(reached).mean() + 4 * np.square(reached.min()))
            if score > best:
                best, center, reach = score, place, np.maximum(reached, 0.0)
        return center, angles, reach


def no_free_space(found: str) -> ConventionError:
    """The error for a world without space."""
    return ConventionError(
        "World to film",
        expected="free space for a camera",
        got=found,
        do="Make the world larger, put fewer objects into it, or choose another trajectory.",
    )


def free_plane(
    probe: Probe, level: float, *, sway: float, clearance: float, floor: bool = False
) -> FreePlane:
    """Finds the free cells of a level plane.

    Args:
        probe: Of the world.
        level: Height of the plane, metres.
        sway: How far up and down a camera in the plane may go, metres.
        clearance: To every surface, wherever in a free cell the camera is; metres.
        floor: Whether the floor below has to be free too, for somebody to walk there.
    """
    half = np.minimum(np.array(probe.world.size[:2]) / 2, 12.0)
    shape = np.maximum(np.ceil(2 * half / _CELL).astype(np.int64), 1)
    cells = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 2)
    plane = FreePlane(-half, np.zeros(shape, np.bool_))
    spots = plane.middles(cells)
    # Distance changes by no more than one moves, so middles answer for their whole cells.
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
    """Whether nothing stands between each spot and the floor, a body's width around."""
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
    """A smooth closed way through far-apart free places.

    Args:
        plane: Where one may go.
        rng: Chooses the first place and the direction.
        num_points: Of the way.
        num_stops: Places on it.

    Returns:
        (num_points, 2) metres, evenly spaced, all in free cells.

    Raises:
        ConventionError: Less than half a square metre hangs together.
    """
    parts, count = ndimage.label(plane.free)
    sizes = np.bincount(parts.ravel(), minlength=2)[1:]
    if not count or sizes.max() * _CELL**2 < 0.5:
        raise no_free_space(f"{sizes.max(initial=0) * _CELL**2:.2f} m2 of free floor in one piece")
    inside = parts == 1 + int(sizes.argmax())
    cells = np.argwhere(inside)
    stops = _far_apart(cells, int(rng.integers(len(cells))), num_stops)
    middle = cells[stops].mean(axis=0)
    around = np.arctan2(*(cells[stops] - middle).T[::-1])
    stops = stops[np.argsort(around, kind="stable")][:: int(rng.choice([-1, 1]))]
    route = _shortest_ways(inside, cells, stops)
    way = _resampled(plane.middles(cells[route]), num_points)
    length = float(np.linalg.norm(np.diff(way, axis=0, append=way[:1]), axis=1).sum())
    for width in (0.3, 0.2, 0.12, 0.07, 0.03):
        smooth = ndimage.gaussian_filter1d(way, width / length * num_points, axis=0, mode="wrap")
        smooth = _resampled(smooth, num_points)
        if plane.is_free(smooth).all():
            return smooth
    return way


def _far_apart(cells: NDArray[np.int64], first: int, count: int) -> NDArray[np.int64]:
    """Rows of cells, each as far from those before it as can be."""
    chosen = [first]
    distance = np.linalg.norm(cells - cells[first], axis=1)
    for _ in range(count - 1):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(cells - cells[chosen[-1]], axis=1))
    return np.array(chosen)


def _shortest_ways(
    inside: NDArray[np.bool_], cells: NDArray[np.int64], stops: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows of the cells on the way from stop to stop and back, keeping off the borders."""
    number = np.full(inside.shape, -1, np.int64)
    number[tuple(cells.T)] = np.arange(len(cells))
    open_ = np.pad(inside, 1)
    room = ndimage.distance_transform_edt(open_)[1:-1, 1:-1][tuple(cells.T)]
    cost = 1 + 6 / room
    starts, ends, weights = [], [], []
    for step in ((1, 0), (0, 1)):
        there = cells + step
        there = np.minimum(there, np.array(inside.shape) - 1)
        other = number[tuple(there.T)]
        other[(there == cells).all(axis=1)] = -1
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
        here, there_ = int(stops[index]), int(stops[(index + 1) % len(stops)])
        leg = []
        while there_ != here:
            leg.append(there_)
            there_ = int(before[index, there_])
        route += [*leg[::-1]]
    return np.array(route or [int(stops[0])])


def _resampled(way: NDArray[np.float64], num_points: int) -> NDArray[np.float64]:
    """(num_points, 2) evenly spaced points of a closed way."""
    closed = np.concatenate([way, way[:1]])
    ends = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1)))
    wanted = np.arange(num_points) * (ends[-1] / num_points)
    return np.stack([np.interp(wanted, ends, closed[:, axis]) for axis in (0, 1)], axis=1)
