"""The shell of a room: floor plan, walls with doors and windows, floor and ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.worlds.composing._body import Body, upright
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.model import Color, Material, ObjectModel, Part

THICKNESS = 0.12
"""Thickness of floor, walls and ceiling, meters."""

Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1 in meters."""


@dataclass(frozen=True)
class Opening:
    """A door or a window in a wall.

    Attributes:
        kind: ``"door"`` or ``"window"``.
        along: Position of its center along the wall, meters from the center of the wall.
        width: Meters.
        low: Height of its lower edge, meters.
        high: Height of its upper edge, meters.
    """

    kind: str
    along: float
    width: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Wall:
    """One side of a room.

    Attributes:
        middle: (2,) center of its inner face on the floor, meters.
        heading: Heading of an object whose front faces into the room, radians.
        length: Length of its inner face, meters.
        start: How far the wall extends beyond its inner face at the left end, seen from inside,
            meters; negative if it ends earlier.
        end: The same at the right end.
    """

    middle: NDArray[np.float64]
    heading: float
    length: float
    start: float
    end: float

    def point(self, along: float, away: float) -> NDArray[np.float64]:
        """(2,) the point `along` meters to the right, seen from inside, and `away` from it."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        shift = np.array([c * along + s * away, s * along - c * away])
        point: NDArray[np.float64] = self.middle + shift
        return point


@dataclass(frozen=True, eq=False)
class Outline:
    """Rectilinear floor plan around the origin.

    Attributes:
        rects: Rectangles that make up the floor; they share edges and do not overlap.
        walls: One per side, counter-clockwise seen from above.
        height: Meters.
    """

    rects: tuple[Rect, ...]
    walls: tuple[Wall, ...]
    height: float

    @property
    def size(self) -> tuple[float, float, float]:
        """Extents, meters."""
        x0, y0, x1, y1 = np.asarray(self.rects).T
        return float(x1.max() - x0.min()), float(y1.max() - y0.min()), self.height

    @property
    def area(self) -> float:
        """Floor area, square meters."""
        return sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in self.rects)

    def contains(self, points: NDArray[np.float64]) -> bool:
        """Whether all of the (N, 2) points are on the floor."""
        inside = np.zeros(len(points), bool)
        for x0, y0, x1, y1 in self.rects:
            x, y = points[:, 0], points[:, 1]
            inside |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
        return bool(inside.all())


def outline(size: tuple[float, float, float], notch: tuple[float, float] | None = None) -> Outline:
    """A rectangular or L-shaped floor plan around the origin.

    Args:
        size: Extents x, y, z, meters.
        notch: Extents of the missing corner at greatest x and y, or None for a rectangle.
    """
    x, y = size[0] / 2, size[1] / 2
    if notch is None:
        corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
        rects: tuple[Rect, ...] = ((-x, -y, x, y),)
    else:
        a, b = x - notch[0], y - notch[1]
        corners = [(-x, -y), (x, -y), (x, b), (a, b), (a, y), (-x, y)]
        rects = ((-x, -y, x, b), (-x, b, a, y))
    points = np.array(corners)
    return Outline(rects, tuple(_wall(points, i) for i in range(len(points))), size[2])


def _wall(points: NDArray[np.float64], index: int) -> Wall:
    """The side from one corner to the next; corners are counter-clockwise, the room is left."""
    before, start, end, after = (points[(index + k) % len(points)] for k in (-1, 0, 1, 2))
    along = end - start
    length = float(np.linalg.norm(along))
    # Seen from inside, the side runs from right to left.
    heading = float(np.arctan2(-along[1], -along[0]))
    is_start_convex = np.linalg.det(np.stack([start - before, along])) > 0
    is_end_convex = np.linalg.det(np.stack([along, after - end])) > 0
    return Wall(
        (start + end) / 2,
        heading,
        length,
        start=THICKNESS if is_end_convex else 0.0,
        end=0.0 if is_start_convex else -THICKNESS,
    )


def wall_bodies(
    wall: Wall, height: float, openings: tuple[Opening, ...], paint: Material, trim: Material
) -> list[Body]:
    """A wall, and its doors and windows as bodies of their own, which fill its openings."""
    x0, x1 = -wall.length / 2 - wall.start, wall.length / 2 + wall.end
    parts: list[Part] = []
    left = x0
    for hole in sorted(openings, key=lambda one: one.along):
        a, b = hole.along - hole.width / 2, hole.along + hole.width / 2
        parts.append(_slab("wall", (left, a), (0.0, height), paint))
        parts.append(_slab("wall", (a, b), (hole.high, height), paint))
        if hole.low > 0:
            parts.append(_slab("wall", (a, b), (0.0, hole.low), paint))
        left = b
    parts.append(_slab("wall", (left, x1), (0.0, height), paint))
    x, y = wall.point(0.0, 0.0)
    pose = upright(x, y, 0.0, wall.heading)
    filled = [(hole.kind, tuple(_door_or_window(hole, trim))) for hole in openings]
    return [
        Body(ObjectModel(label, inside), pose, is_stuff=True)
        for label, inside in (("wall", tuple(parts)), *filled)
    ]


def _slab(
    name: str,
    x: tuple[float, float],
    z: tuple[float, float],
    material: Material,
    y: tuple[float, float] = (0.0, THICKNESS),
) -> Part:
    return Part(name, block((x[0], y[0], z[0]), (x[1], y[1], z[1])), material)


def block(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    """A box between two corners."""
    a, b = np.array(low), np.array(high)
    size, center = (b - a).tolist(), ((a + b) / 2).tolist()
    return shapes.box((size[0], size[1], size[2]), (center[0], center[1], center[2]))


def _door_or_window(hole: Opening, trim: Material) -> list[Part]:
    """Frame of a window, or leaf and handle of a door, within the thickness of the wall."""
    a, b = hole.along - hole.width / 2, hole.along + hole.width / 2
    deep, rail = (0.03, 0.09), 0.05
    if hole.kind == "door":
        knob = Material((0.75, 0.74, 0.7), gloss=0.7)
        handle = a + 0.07 if hole.along > 0 else b - 0.19
        return [
            _slab("door", (a, b), (hole.low, hole.high), trim, deep),
            _slab("door handle", (handle, handle + 0.12), (1.02, 1.05), knob, (0.0, 0.03)),
        ]
    middle = hole.along
    bars = [
        ((a, b), (hole.low, hole.low + rail)),
        ((a, b), (hole.high - rail, hole.high)),
        ((a, a + rail), (hole.low, hole.high)),
        ((b - rail, b), (hole.low, hole.high)),
        ((middle - 0.02, middle + 0.02), (hole.low, hole.high)),
    ]
    return [_slab("window frame", x, z, trim, deep) for x, z in bars]


def slab_bodies(plan: Outline, floor: Material, ceiling: Color | None) -> list[Body]:
    """Floor and, unless its color is None, ceiling; both extend below and above the walls."""
    bodies = [_flat(plan, "floor", floor, -THICKNESS)]
    if ceiling is not None:
        bodies.append(_flat(plan, "ceiling", Material(ceiling, gloss=0.0), plan.height))
    return bodies


def _flat(plan: Outline, label: str, material: Material, z: float) -> Body:
    x0, y0 = np.asarray(plan.rects)[:, :2].min(axis=0)
    parts = []
    for rect in plan.rects:
        low = [rect[k] - (THICKNESS if rect[k] == (x0, y0)[k] else 0.0) for k in (0, 1)]
        high = [rect[k + 2] + THICKNESS for k in (0, 1)]
        parts.append(
            Part(label, block((low[0], low[1], 0), (high[0], high[1], THICKNESS)), material)
        )
    return Body(ObjectModel(label, tuple(parts)), upright(0.0, 0.0, z, 0.0), is_stuff=True)
