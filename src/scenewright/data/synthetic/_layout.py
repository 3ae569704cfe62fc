"""Furnishes a room: what stands where, from a seed."""

from __future__ import annotations

import colorsys
import logging
from dataclasses import dataclass, field

import numpy as np

from scenewright.data.synthetic import _furniture as furniture
from scenewright.data.synthetic._shapes import (
    CHECKER,
    PLAIN,
    Color,
    Part,
    Placed,
    Thing,
    World,
    box,
)

log = logging.getLogger("scenewright.data")

_ATTEMPTS = 80
_GAP = 0.12
"""Free floor between two things, metres, so that each can be seen as separate."""


@dataclass
class _Plan:
    """A room while it is being furnished.

    Attributes:
        size: Room extents x, y and wall height, metres; the floor's middle is the origin.
        rng: Source of every choice.
        placed: What stands so far.
        taken: Occupied floor as (centre x, centre y, half x, half y) rectangles.
    """

    size: tuple[float, float, float]
    rng: np.random.Generator
    placed: list[Placed] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def color(self, *, saturation: float = 0.55, value: float = 0.75) -> Color:
        """A colour of random hue."""
        r, g, b = colorsys.hsv_to_rgb(float(self.rng.uniform()), saturation, value)
        return r, g, b

    def is_free(self, x: float, y: float, half: tuple[float, float]) -> bool:
        """Whether an upright rectangle of floor lies in the room and touches nothing."""
        if abs(x) + half[0] > self.size[0] / 2 or abs(y) + half[1] > self.size[1] / 2:
            return False
        return all(
            abs(x - tx) > half[0] + hx + _GAP or abs(y - ty) > half[1] + hy + _GAP
            for tx, ty, hx, hy in self.taken
        )

    def put(self, thing: Thing, x: float, y: float, *, heading: float) -> bool:
        """Places a thing on the floor if it fits there."""
        half = _turned(thing.footprint(), heading)
        if not self.is_free(x, y, half):
            return False
        self.taken.append((x, y, *half))
        self.placed.append(Placed(thing, (x, y, 0.0), heading))
        return True

    def put_at_wall(self, thing: Thing) -> bool:
        """Places a thing with its back to a random wall."""
        back = thing.footprint()[1] + 0.03
        for _ in range(_ATTEMPTS):
            side = int(self.rng.integers(4))
            along, across = (self.size[0], self.size[1]) if side % 2 == 0 else self.size[1::-1]
            shift = self.rng.uniform(-0.5, 0.5) * (along - 2 * thing.footprint()[0])
            # Heading 0 has the back towards +y; each further side is a quarter turn.
            heading = side * np.pi / 2
            local = np.array([shift, across / 2 - back])
            c, s = np.cos(heading), np.sin(heading)
            x, y = float(c * local[0] - s * local[1]), float(s * local[0] + c * local[1])
            if self.put(thing, x, y, heading=heading):
                return True
        log.debug("no room left at the walls for the %s", thing.label)
        return False

    def put_anywhere(self, thing: Thing) -> bool:
        """Places a thing somewhere on the floor, turned at random."""
        for _ in range(_ATTEMPTS):
            x, y = (self.rng.uniform(-0.5, 0.5, 2) * np.array(self.size[:2])).tolist()
            if self.put(thing, x, y, heading=float(self.rng.uniform(0, 2 * np.pi))):
                return True
        log.debug("no room left on the floor for the %s", thing.label)
        return False

    def put_on(self, carrier: Placed, things: list[Thing]) -> None:
        """Spreads things over the top of a carrier, from left to right."""
        assert carrier.thing.top is not None
        half_x, half_y, height = carrier.thing.top
        lane = 2 * half_x / len(things)
        for i, thing in enumerate(things):
            room = max(lane / 2 - thing.footprint()[0] - 0.02, 0.0)
            local_x = -half_x + lane * (i + 0.5) + self.rng.uniform(-room, room)
            slack = max(half_y - thing.footprint()[1] - 0.03, 0.0)
            local_y = self.rng.uniform(-slack, slack)
            c, s = np.cos(carrier.heading), np.sin(carrier.heading)
            position = (
                carrier.position[0] + c * local_x - s * local_y,
                carrier.position[1] + s * local_x + c * local_y,
                carrier.position[2] + height,
            )
            turn = carrier.heading + float(self.rng.uniform(-0.3, 0.3))
            self.placed.append(Placed(thing, position, turn))


def furnish(seed: int) -> tuple[World, tuple[float, float, float]]:
    """Makes a furnished room.

    Args:
        seed: Decides everything; the same seed makes the same room.

    Returns:
        The world, z up, floor at z = 0 around the origin, and the room's extents x, y and height,
        metres.
    """
    rng = np.random.default_rng(seed)
    size = (float(rng.uniform(4.8, 5.4)), float(rng.uniform(4.2, 4.8)), 2.5)
    plan = _Plan(size, rng)
    shell = _shell(plan)
    _dining_place(plan)
    _along_the_walls(plan)
    _small_things(plan)
    return World.assemble([*shell, *plan.placed]), size


def _turned(half: tuple[float, float], heading: float) -> tuple[float, float]:
    c, s = abs(float(np.cos(heading))), abs(float(np.sin(heading)))
    return c * half[0] + s * half[1], s * half[0] + c * half[1]


def _shell(plan: _Plan) -> list[Placed]:
    """Floor and four walls, each a slab outside the room, each its own instance."""
    x, y, height = plan.size
    thick = 0.1
    floor_color: Color = (0.62, 0.54, 0.45)
    tint = 0.82 + 0.06 * plan.rng.uniform(size=3)
    wall_color: Color = (float(tint[0]), float(tint[1]), float(tint[2]))
    floor = box((0, 0, -thick / 2), (x + 2 * thick, y + 2 * thick, thick), floor_color,
                texture=CHECKER)  # fmt: skip
    slabs: list[Part] = [
        box((0, sign * (y + thick) / 2, height / 2), (x + 2 * thick, thick, height), wall_color)
        for sign in (-1, 1)
    ]
    slabs += [
        box((sign * (x + thick) / 2, 0, height / 2), (thick, y, height), wall_color, texture=PLAIN)
        for sign in (-1, 1)
    ]
    things = [Thing("floor", (floor,), is_stuff=True)]
    things += [Thing("wall", (slab,), is_stuff=True) for slab in slabs]
    return [Placed(thing, (0.0, 0.0, 0.0)) for thing in things]


def _dining_place(plan: _Plan) -> None:
    """A table near the middle with things on it and chairs around."""
    rng = plan.rng
    table = furniture.table(float(rng.uniform(1.2, 1.5)), 0.8, 0.74, furniture.OAK)
    heading = float(rng.uniform(-0.1, 0.1))
    x, y = rng.uniform(-0.25, 0.25, 2).tolist()
    plan.put(table, x, y, heading=heading)
    on_top = [
        furniture.monitor(plan.color(saturation=0.4, value=0.5)),
        furniture.books([plan.color() for _ in range(3)]),
        furniture.mug(plan.color(value=0.9)),
        furniture.ball(0.07, plan.color(value=0.9)),
    ]
    rng.shuffle(on_top)
    plan.put_on(plan.placed[-1], on_top)
    seat = plan.color()
    for side in (-1, 1):
        local = np.array([rng.uniform(-0.25, 0.25), side * 0.92])
        c, s = np.cos(heading), np.sin(heading)
        plan.put(
            furniture.chair(seat),
            x + float(c * local[0] - s * local[1]),
            y + float(s * local[0] + c * local[1]),
            # The back points away from the table.
            heading=heading + (0.0 if side > 0 else np.pi) + float(rng.uniform(-0.2, 0.2)),
        )


def _along_the_walls(plan: _Plan) -> None:
    """Sofa, cabinet with things on it, bookcase."""
    rng = plan.rng
    plan.put_at_wall(furniture.sofa(float(rng.uniform(1.7, 2.0)), plan.color(value=0.6)))
    cabinet = furniture.cabinet(float(rng.uniform(1.0, 1.3)), 0.8, furniture.WALNUT)
    if plan.put_at_wall(cabinet):
        on_top = [
            furniture.vase(plan.color(value=0.8)),
            furniture.carton((0.24, 0.18, 0.16), plan.color()),
            furniture.plant(0.4, rng),
        ]
        plan.put_on(plan.placed[-1], on_top)
    spines = [plan.color() for _ in range(7)]
    plan.put_at_wall(furniture.bookcase(1.5, furniture.WHITE, spines))


def _small_things(plan: _Plan) -> None:
    """Lamp, plant, stool, boxes and balls on the free floor."""
    rng = plan.rng
    plan.put_at_wall(furniture.floor_lamp(1.5, (0.93, 0.88, 0.72)))
    plan.put_at_wall(furniture.plant(0.9, rng))
    plan.put_anywhere(furniture.stool(plan.color()))
    for low, high in ((0.34, 0.48), (0.22, 0.32)):
        edges = rng.uniform(low, high, 3).tolist()
        plan.put_anywhere(furniture.carton((edges[0], edges[1], edges[2]), plan.color(value=0.7)))
    for radius in (0.16, 0.11):
        plan.put_anywhere(furniture.ball(radius, plan.color(value=0.85)))
