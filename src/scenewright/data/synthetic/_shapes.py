"""What a synthetic world is made of: coloured primitives, grouped into things with a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BOX, ELLIPSOID, CYLINDER = 0, 1, 2
PLAIN, WOOD, CHECKER, SPECKLED = 0, 1, 2, 3

Color = tuple[float, float, float]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Part:
    """One primitive in the frame of its thing.

    Attributes:
        kind: `BOX`, `ELLIPSOID` or `CYLINDER` (its axis is z).
        center: Metres.
        half: Half extents along the primitive's own axes, metres.
        color: RGB in [0, 1].
        texture: `PLAIN`, `WOOD`, `CHECKER` or `SPECKLED`.
        tilt: Rotation about x, then about y, radians.
    """

    kind: int
    center: Vector
    half: Vector
    color: Color
    texture: int = PLAIN
    tilt: tuple[float, float] = (0.0, 0.0)


def box(center: Vector, size: Vector, color: Color, *, texture: int = PLAIN) -> Part:
    """A box by its centre and full size, metres."""
    return Part(BOX, center, (size[0] / 2, size[1] / 2, size[2] / 2), color, texture)


def cylinder(
    center: Vector, radius: float, height: float, color: Color, *, texture: int = PLAIN
) -> Part:
    """An upright cylinder by its centre, radius and full height, metres."""
    return Part(CYLINDER, center, (radius, radius, height / 2), color, texture)


def ellipsoid(center: Vector, half: Vector, color: Color, *, texture: int = PLAIN) -> Part:
    """An ellipsoid by its centre and half axes, metres."""
    return Part(ELLIPSOID, center, half, color, texture)


@dataclass(frozen=True)
class Thing:
    """One object: parts that belong together. Its frame stands on z = 0, centred in x and y.

    Attributes:
        label: Word for what it is.
        parts: Its primitives.
        top: Half extents x, y and height of a surface that smaller things can stand on, or None.
        is_stuff: Whether it is part of the room (floor, wall) and not an object.
    """

    label: str
    parts: tuple[Part, ...]
    top: Vector | None = None
    is_stuff: bool = False

    def footprint(self) -> tuple[float, float]:
        """Half extents in x and y that hold all parts, metres; tilts are bounded generously."""
        reach = np.zeros(2)
        for part in self.parts:
            half = (
                np.array(part.half[:2]) if part.tilt == (0.0, 0.0) else np.full(2, max(part.half))
            )
            reach = np.maximum(reach, np.abs(part.center[:2]) + half)
        return float(reach[0]), float(reach[1])


@dataclass(frozen=True)
class Placed:
    """A thing and where it stands.

    Attributes:
        thing: What stands there.
        position: World position of the origin of its frame, metres.
        heading: Rotation about the world's z axis, radians.
    """

    thing: Thing
    position: Vector
    heading: float = 0.0


@dataclass(frozen=True, eq=False)
class World:
    """All primitives of a world, a column per property; part `i` belongs to `instance_id[i]`.

    Attributes:
        kind: (P,) int32.
        center: (P, 3) float64, metres, world frame.
        rotation: (P, 3, 3) float64, world from part.
        half: (P, 3) float64 half extents, metres.
        color: (P, 3) float64 RGB in [0, 1].
        texture: (P,) int32.
        instance_id: (P,) int32, 1 or more.
        labels: Word per instance id.
        stuff_ids: Ids of floor and walls.
    """

    kind: NDArray[np.int32]
    center: NDArray[np.float64]
    rotation: NDArray[np.float64]
    half: NDArray[np.float64]
    color: NDArray[np.float64]
    texture: NDArray[np.int32]
    instance_id: NDArray[np.int32]
    labels: dict[int, str]
    stuff_ids: frozenset[int]

    @classmethod
    def assemble(cls, placed: Sequence[Placed]) -> World:
        """Puts things into one world; ids are 1, 2, ... in the order given."""
        rows = [
            (number, item, part)
            for number, item in enumerate(placed, start=1)
            for part in item.thing.parts
        ]
        turns = [_about_z(item.heading) for _, item, _ in rows]
        return cls(
            np.array([part.kind for _, _, part in rows], np.int32),
            np.array(
                [
                    turn @ np.array(part.center) + np.array(item.position)
                    for turn, (_, item, part) in zip(turns, rows, strict=True)
                ]
            ),
            np.array(
                [turn @ _tilt(*part.tilt) for turn, (_, _, part) in zip(turns, rows, strict=True)]
            ),
            np.array([part.half for _, _, part in rows]),
            np.array([part.color for _, _, part in rows]),
            np.array([part.texture for _, _, part in rows], np.int32),
            np.array([number for number, _, _ in rows], np.int32),
            {number: item.thing.label for number, item in enumerate(placed, start=1)},
            frozenset(n for n, item in enumerate(placed, start=1) if item.thing.is_stuff),
        )

    def bounds(self, instance_id: int) -> NDArray[np.float64]:
        """(2, 3) lower and upper corner of a whole instance, seen or not, metres, world frame."""
        mine = self.instance_id == instance_id
        rounded = (self.kind[mine] != BOX)[:, None]
        scaled = self.rotation[mine] * self.half[mine][:, None, :]
        # A box reaches out by the sum over its axes, an ellipsoid by their root sum of squares;
        # a cylinder lies between and is upright unless it is tilted, where the box bound holds.
        as_box = np.abs(scaled).sum(axis=2)
        as_ellipsoid = np.sqrt((scaled**2).sum(axis=2))
        upright = np.abs(self.rotation[mine][:, 2, 2]) > 1 - 1e-9
        tight = (self.kind[mine] == ELLIPSOID) | ((self.kind[mine] == CYLINDER) & upright)
        reach = np.where(rounded & tight[:, None], as_ellipsoid, as_box)
        center = self.center[mine]
        return np.stack([(center - reach).min(axis=0), (center + reach).max(axis=0)])


def _about_z(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _tilt(about_x: float, about_y: float) -> NDArray[np.float64]:
    cx, sx, cy, sy = np.cos(about_x), np.sin(about_x), np.cos(about_y), np.sin(about_y)
    first = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    second = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    rotation: NDArray[np.float64] = second @ first
    return rotation
