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
from scipy.ndimage import binary_dilation, binary_erosion, generate_binary_structure

from scenewright.geometry.transforms import upright_frame
from scenewright.models.completers.cells import grid_map, match_counts
from scenewright.models.partial_shapes import PartialShape

MOST_WRONG = 0.02
"""Largest share of the seen surface that a symmetry may send into free space."""
LEAST_MATCH = 0.25
"""Smallest share of the seen surface that a symmetry must send to seen surface."""
_MOST_POINTS = 1500
_ANGLES = 36
"""Directions of planes that are tried: steps of five degrees."""
_TURNS = (60, 90, 120, 150, 180, 210, 240, 270, 300)
"""Turns by which an axis is judged, degrees."""
_MIDDLE = 0.3
"""A plane or an axis lies within this share of the extent from the middle of what was seen."""
_FINE = ((-2.0, 0.0), (2.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -0.5), (0.0, 0.5))
"""Steps of the refinement: degrees, and cells."""


@dataclass(frozen=True, eq=False)
class FoundSymmetry:
    """A symmetry, and how it agrees with the evidence.

    Attributes:
        name: ``"mirror plane"``, ``"two mirror planes"`` or ``"axis"``.
        maps: (S, 4, 4) maps of the world, without the identity.
        match: Share of the seen surface that it sends to seen surface.
        wrong: Share that it sends into free space.
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
        cube = generate_binary_structure(3, 3)
        self._near = binary_dilation(occupied, cube)
        self._deep = binary_erosion(shape.free, cube, border_value=1)
        self._axes = upright_frame(shape.up)
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
        scores = self._judge([self._plane(*one) for one in tried])
        order = np.argsort([-score for _, _, score in scores], kind="stable")
        found: list[FoundSymmetry] = []
        kept: list[tuple[float, float]] = []
        for n in order[:40]:
            angle = tried[n][0]
            if any(_turn_between(angle, other) < np.deg2rad(25) for other, _ in kept):
                continue
            best = self._refined(*tried[n])
            one = self._found("mirror plane", [self._plane(*best)])
            if one.is_sound:
                kept.append(best)
                found.append(one)
        return sorted(found, key=lambda one: -one.score)

    def pairs(self, planes: list[FoundSymmetry]) -> list[FoundSymmetry]:
        """Pairs of perpendicular planes, each sound together, best first."""
        found = []
        for n, one in enumerate(planes):
            for other in planes[n + 1 :]:
                a, b = one.maps[0], other.maps[0]
                turn = a @ b
                if abs(np.trace(turn[:3, :3]) + 1) > 0.1:  # not a half turn
                    continue
                joined = self._found("two mirror planes", [a, b, turn])
                if joined.is_sound:
                    found.append(joined)
        return sorted(found, key=lambda one: -one.score)

    def axis(self) -> FoundSymmetry | None:
        """The sound vertical axis about which any turn maps the object to itself."""
        if not len(self._cells):
            return None
        tried = [
            (float(x), float(y))
            for x in self._offsets(self._level[:, 0])
            for y in self._offsets(self._level[:, 1])
        ]
        turns = [self._turn(x, y, np.deg2rad(t)) for x, y in tried for t in _TURNS]
        judged = np.array(self._judge(turns)).reshape(len(tried), len(_TURNS), 3)
        best = int(judged[:, :, 2].mean(axis=1).argmax())
        maps = [self._turn(*tried[best], np.deg2rad(t)) for t in _TURNS]
        one = self._found("axis", maps)
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

    def _plane(self, angle: float, offset: float) -> NDArray[np.float64]:
        """(4, 4) reflection of the world."""
        normal = self._axes[:, :2] @ _direction(angle)
        matrix = np.eye(4)
        matrix[:3, :3] -= 2 * np.outer(normal, normal)
        matrix[:3, 3] = 2 * offset * normal
        return matrix

    def _turn(self, x: float, y: float, angle: float) -> NDArray[np.float64]:
        """(4, 4) turn of the world about a vertical axis."""
        c, s = np.cos(angle), np.sin(angle)
        level = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        matrix = np.eye(4)
        matrix[:3, :3] = self._axes @ level @ self._axes.T
        center = self._axes @ np.array([x, y, 0.0])
        matrix[:3, 3] = center - matrix[:3, :3] @ center
        return matrix

    def _judge(self, maps: list[NDArray[np.float64]]) -> list[tuple[float, float, float]]:
        """Match, wrong and score of each map."""
        grid = self._shape.grid
        cells = np.stack([grid_map(one, grid.origin, grid.cell_size) for one in maps])
        counts = match_counts(self._cells, cells, self._near, self._deep) / len(self._cells)
        return [(float(m), float(w), float(m - 5 * w)) for m, w in counts]

    def _found(self, name: str, maps: list[NDArray[np.float64]]) -> FoundSymmetry:
        judged = np.array(self._judge(maps))
        return FoundSymmetry(name, np.stack(maps), *map(float, judged[:, :2].mean(axis=0)))

    def _refined(self, angle: float, offset: float) -> tuple[float, float]:
        """A plane moved to the best of its neighbors until none is better."""
        cell = self._shape.grid.cell_size
        middle = self._level[:, :2].mean(axis=0)
        best = self._judge([self._plane(angle, offset)])[0][2]
        for _ in range(12):
            tried = []
            for turn, shift in _FINE:
                other = angle + np.deg2rad(turn)
                # Turned about the middle of the object, not about the origin.
                moved = offset + middle @ (_direction(other) - _direction(angle))
                tried.append((float(other), float(moved + shift * cell)))
            scores = [one[2] for one in self._judge([self._plane(*one) for one in tried])]
            n = int(np.argmax(scores))
            if scores[n] <= best:
                break
            best, (angle, offset) = scores[n], tried[n]
        return angle, offset


def _direction(angle: float) -> NDArray[np.float64]:
    return np.array([np.cos(angle), np.sin(angle)])


def _turn_between(a: float, b: float) -> float:
    """Angle between two planes, radians."""
    turn = abs(a - b) % np.pi
    return float(min(turn, np.pi - turn))
