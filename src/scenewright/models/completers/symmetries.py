"""Search for the planes and the axis of symmetry of a partly seen object.

A symmetry is judged by where it sends the seen surface: to seen surface (a match), to unknown cells
(it says nothing), or deep into free space (a contradiction). Mitra et al., SIGGRAPH 2006, vote in
the space of symmetries; here objects stand upright, so that a plane has two numbers and an axis
two, and all of them are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.geometry.transforms import upright_frame
from scenewright.models.completers.cells import cube_dilated, grid_map, match_counts
from scenewright.models.partial_shapes import PartialShape

MOST_WRONG = 0.02
"""Largest share of the seen surface that a symmetry may send into free space."""
LEAST_MATCH = 0.25
"""Smallest share of the seen surface that a symmetry must send to seen surface."""
LEAST_MOVED = 0.6
"""Smallest share of the seen surface that a symmetry must send elsewhere."""
_PAIR_MATCH = 0.9
"""Smallest match of a pair of planes under noise, in matches of its better plane. A screen is
symmetric from left to right, and its foot is so from front to back as well, but not the whole."""
_MOST_POINTS = 1500
_FEW_POINTS = 400
"""Points that all planes and axes are tried with; the best are judged with more."""
_MOST_TRIED = 40
_NEAR_ANGLE, _NEAR_OFFSET = 8.0, 2.5
"""Degrees and cells within which a plane is not refined where another one failed."""
_ANGLES = 36
"""Directions of planes that are tried: steps of five degrees."""
_TURNS = (60, 90, 120, 150, 180, 210, 240, 270, 300)
"""Turns by which an axis is judged, degrees."""
_MIDDLE = 0.3
"""A plane or an axis lies within this share of the extent from the middle of what was seen."""
_MOST_LONG = 2.5
"""Largest ratio of length and width of the footprint of what was seen of a round object: from one
side it is half of the circle."""
_FINE = ((-2.0, 0.0), (2.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -0.5), (0.0, 0.5))
"""Steps of the refinement: degrees, and cells."""


@dataclass(frozen=True, eq=False)
class FoundSymmetry:
    """A symmetry, and how it agrees with the evidence.

    Attributes:
        name: ``"mirror plane"``, ``"two mirror planes"`` or ``"axis"``.
        maps: (S, 4, 4) maps of the world, without the identity.
        match: Of the seen surface that it sends elsewhere, the share that reaches seen surface.
        wrong: The share that it sends into free space.
    """

    name: str
    maps: NDArray[np.float64]
    match: float
    wrong: float

    @property
    def score(self) -> float:
        """Agreement; larger is better."""
        return self.match - 5 * self.wrong

    @property
    def is_sound(self) -> bool:
        """Whether it has enough matches, and contradicts nothing."""
        return self.wrong <= MOST_WRONG and self.match >= LEAST_MATCH


class SymmetrySearch:
    """Finds the symmetries of one object.

    Args:
        shape: The evidence on it.
        seed: Random seed of the sample of its surface that is mapped.
    """

    def __init__(self, shape: PartialShape, *, seed: int = 0) -> None:
        self._shape = shape
        occupied = shape.occupied
        cells = np.argwhere(occupied).astype(np.float64) + 0.5
        if len(cells) > _MOST_POINTS:
            rng = np.random.default_rng(seed)
            cells = cells[np.sort(rng.choice(len(cells), _MOST_POINTS, replace=False))]
        self._cells = cells
        self._near = cube_dilated(occupied)
        self._deep = ~cube_dilated(~shape.free)
        self._axes = upright_frame(shape.up)
        self._cell = shape.grid.cell_size
        world = shape.grid.origin + shape.grid.cell_size * cells
        self._level = world @ self._axes

    def planes(self) -> list[FoundSymmetry]:
        """The sound vertical mirror planes that differ, best first."""
        if not len(self._cells):
            return []
        tried = [
            (float(angle), float(offset))
            for angle in np.arange(_ANGLES) * np.pi / _ANGLES
            for offset in self._offsets(self._level[:, :2] @ _direction(angle))
        ]
        scores = self._judge(self._planes(tried), coarse=True)
        order = np.argsort(-scores[:, 2], kind="stable")
        found: list[FoundSymmetry] = []
        kept: list[float] = []
        failed: list[tuple[float, float]] = []
        for n in order[:_MOST_TRIED]:
            angle, offset = tried[n]
            if any(_turn_between(angle, other) < np.deg2rad(25) for other in kept):
                continue
            if any(self._are_near(tried[n], other) for other in failed):
                continue
            best = self._refined(angle, offset)
            one = self._found("mirror plane", self._planes([best]))
            if one.is_sound:
                kept.append(best[0])
                found.append(one)
            else:
                failed.append(tried[n])
        return sorted(found, key=lambda one: -one.score)

    def _are_near(self, one: tuple[float, float], other: tuple[float, float]) -> bool:
        """Whether the refinement of one plane would hardly lead elsewhere than that of another."""
        near = abs(one[1] - other[1]) < _NEAR_OFFSET * self._cell
        return near and _turn_between(one[0], other[0]) < np.deg2rad(_NEAR_ANGLE)

    def pairs(self, planes: list[FoundSymmetry]) -> list[FoundSymmetry]:
        """Pairs of perpendicular planes, each sound together, best first."""
        found = []
        for n, one in enumerate(planes):
            for other in planes[n + 1 :]:
                a, b = one.maps[0], other.maps[0]
                turn = a @ b
                if abs(np.trace(turn[:3, :3]) + 1) > 0.1:  # not a half turn
                    continue
                joined = self._found("two mirror planes", np.stack([a, b, turn]))
                least = _PAIR_MATCH * max(one.match, other.match) if self._shape.is_noisy else 0.0
                if joined.is_sound and joined.match >= least:
                    found.append(joined)
        return sorted(found, key=lambda one: -one.score)

    def axis(self) -> FoundSymmetry | None:
        """The sound vertical axis about which any turn maps the object to itself."""
        if not len(self._cells) or _length_by_width(self._level[:, :2], self._cell) > _MOST_LONG:
            return None
        tried = [
            (float(x), float(y))
            for x in self._offsets(self._level[:, 0])
            for y in self._offsets(self._level[:, 1])
        ]
        turns = self._turns(tried)
        judged = self._judge(turns.reshape(-1, 4, 4), coarse=True)
        judged = judged.reshape(len(tried), len(_TURNS), 3)
        best = int(judged[:, :, 2].mean(axis=1).argmax())
        one = self._found("axis", turns[best])
        return one if one.is_sound and judged[best, :, 1].max() <= 2 * MOST_WRONG else None

    def _offsets(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions to try along one direction, a cell apart."""
        low, high = float(along.min()), float(along.max())
        middle, reach = (low + high) / 2, _MIDDLE * (high - low)
        steps = int(np.ceil(reach / self._shape.grid.cell_size))
        offsets: NDArray[np.float64] = middle + self._shape.grid.cell_size * np.arange(
            -steps, steps + 1, dtype=np.float64
        )
        return offsets

    def _planes(self, tried: list[tuple[float, float]]) -> NDArray[np.float64]:
        """(N, 4, 4) reflections of the world at planes of an angle and an offset."""
        angles, offsets = np.array(tried).T
        normals = np.column_stack([np.cos(angles), np.sin(angles)]) @ self._axes[:, :2].T
        matrices = np.tile(np.eye(4), (len(tried), 1, 1))
        matrices[:, :3, :3] -= 2 * normals[:, :, None] * normals[:, None]
        matrices[:, :3, 3] = 2 * offsets[:, None] * normals
        return matrices

    def _turns(self, tried: list[tuple[float, float]]) -> NDArray[np.float64]:
        """(N, T, 4, 4) turns of the world about vertical axes, by the angles of `_TURNS`."""
        c, s = np.cos(np.deg2rad(_TURNS)), np.sin(np.deg2rad(_TURNS))
        level = np.tile(np.eye(3), (len(_TURNS), 1, 1))
        level[:, 0, 0], level[:, 0, 1], level[:, 1, 0], level[:, 1, 1] = c, -s, s, c
        turns = self._axes @ level @ self._axes.T
        centers = np.array(tried) @ self._axes[:, :2].T
        matrices = np.tile(np.eye(4), (len(tried), len(_TURNS), 1, 1))
        matrices[:, :, :3, :3] = turns
        matrices[:, :, :3, 3] = centers[:, None] - np.einsum("tij,nj->nti", turns, centers)
        return matrices

    def _judge(self, maps: NDArray[np.float64], *, coarse: bool = False) -> NDArray[np.float64]:
        """(M, 3) match, wrong and score of each map, by a part of the surface if many are tried."""
        grid = self._shape.grid
        cells = self._cells[:: max(len(self._cells) // _FEW_POINTS, 1)] if coarse else self._cells
        moves = grid_map(maps, grid.origin, grid.cell_size)
        counts = match_counts(cells, moves, self._near, self._deep)
        shares = counts[:, :2] / np.maximum(counts[:, 2:], 1)
        shares[counts[:, 2] < LEAST_MOVED * len(cells), 0] = 0
        return np.column_stack([shares, shares[:, 0] - 5 * shares[:, 1]])

    def _found(self, name: str, maps: NDArray[np.float64]) -> FoundSymmetry:
        judged = self._judge(maps)
        return FoundSymmetry(name, maps, *map(float, judged[:, :2].mean(axis=0)))

    def _refined(self, angle: float, offset: float) -> tuple[float, float]:
        """A plane moved to the best of its neighbors until none is better."""
        cell = self._shape.grid.cell_size
        middle = self._level[:, :2].mean(axis=0)
        best = float(self._judge(self._planes([(angle, offset)]))[0, 2])
        for _ in range(12):
            tried = []
            for turn, shift in _FINE:
                other = angle + np.deg2rad(turn)
                # Turned about the middle of the object, not about the origin.
                moved = offset + middle @ (_direction(other) - _direction(angle))
                tried.append((float(other), float(moved + shift * cell)))
            scores = self._judge(self._planes(tried))[:, 2]
            n = int(np.argmax(scores))
            if scores[n] <= best:
                break
            best, (angle, offset) = float(scores[n]), tried[n]
        return angle, offset


def _length_by_width(points: NDArray[np.float64], cell: float) -> float:
    """Ratio of the extents of (N, 2) points along their principal axes."""
    centered = points - points.mean(axis=0)
    axes = np.linalg.eigh(centered.T @ centered)[1]
    width, length = np.ptp(centered @ axes, axis=0) + cell
    return float(length / width)


def _direction(angle: float) -> NDArray[np.float64]:
    return np.array([np.cos(angle), np.sin(angle)])


def _turn_between(a: float, b: float) -> float:
    """Angle between two planes, radians."""
    turn = abs(a - b) % np.pi
    return float(min(turn, np.pi - turn))
