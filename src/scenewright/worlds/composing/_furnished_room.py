"""A room while it is being furnished: free floor, free surfaces, and ways to place objects."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.worlds.composing import _room_shell
from scenewright.worlds.composing._body import Body, Solid, upright
from scenewright.worlds.composing._rigid_scene import RigidScene
from scenewright.worlds.composing._room_shell import Outline, Wall
from scenewright.worlds.objects.model import ObjectModel

_ATTEMPTS = 25
_WALL_GAP = 0.015
"""Gap between the back of an object and its wall, meters."""


@dataclass(frozen=True, eq=False)
class Zone:
    """An oriented rectangle of floor that is in use.

    Attributes:
        corners: (4, 2) meters, in order.
        owner: Instance id of the object that stands there, 0 for floor that is kept free.
    """

    corners: NDArray[np.float64]
    owner: int

    def overlaps(self, corners: NDArray[np.float64]) -> bool:
        """Whether another (4, 2) rectangle overlaps this one by more than an edge."""
        for edges in (self.corners, corners):
            for along in (edges[1] - edges[0], edges[2] - edges[1]):
                first, second = self.corners @ along, corners @ along
                if first.max() <= second.min() + 1e-9 or second.max() <= first.min() + 1e-9:
                    return False
        return True


@dataclass(eq=False)
class Surface:
    """A carrier (level surface) of a placed object, and the space in use on it.

    Attributes:
        body: The object.
        rect: x0, y0, x1, y1 in the object frame, meters.
        z: Height in the object frame, meters.
        clear: Free height above, meters.
        taken: Rectangles in use, object frame.
    """

    body: Body
    rect: tuple[float, float, float, float]
    z: float
    clear: float
    taken: list[Zone] = field(default_factory=list)

    @property
    def area(self) -> float:
        """Square meters."""
        return (self.rect[2] - self.rect[0]) * (self.rect[3] - self.rect[1])

    @property
    def used(self) -> float:
        """Share of the area that objects cover."""
        covered = sum(
            float(np.linalg.norm(z.corners[1] - z.corners[0]))
            * float(np.linalg.norm(z.corners[2] - z.corners[1]))
            for z in self.taken
        )
        return covered / max(self.area, 1e-9)


def footprint(
    model: ObjectModel, x: float, y: float, heading: float, *, margin: float = 0.0
) -> NDArray[np.float64]:
    """(4, 2) corners of the footprint of an object, enlarged by a margin, meters."""
    low, high = model.bounds[0, :2] - margin, model.bounds[1, :2] + margin
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    c, s = np.cos(heading), np.sin(heading)
    turned: NDArray[np.float64] = corners @ np.array([[c, s], [-s, c]]) + (x, y)
    return turned


class FurnishedRoom:
    """Places objects in a room, each in exact contact with what supports it.

    Args:
        outline: Floor plan.
        scene: The scene, which already contains the shell of the room.
        rng: Source of all random numbers.
    """

    def __init__(self, outline: Outline, scene: RigidScene, rng: np.random.Generator) -> None:
        self.outline = outline
        self.scene = scene
        self.rng = rng
        self.zones: list[Zone] = []
        self.surfaces: list[Surface] = []
        self.openings: list[tuple[Wall, _room_shell.Opening]] = []
        self._solids: list[tuple[ObjectModel, Solid]] = []

    def solid(self, model: ObjectModel) -> Solid:
        """The solid of an object, cached."""
        for known, solid in self._solids:
            if known is model:
                return solid
        self._solids.append((model, Solid(model)))
        return self._solids[-1][1]

    def keep_free(self, corners: NDArray[np.float64]) -> None:
        """Reserves a rectangle of floor that must stay empty."""
        self.zones.append(Zone(corners, 0))

    def is_free(
        self, corners: NDArray[np.float64], *, ignore: tuple[int, ...] = (), walls: bool = True
    ) -> bool:
        """Whether a rectangle is on the floor and overlaps no zone."""
        if walls:
            steps = np.linspace(0, 1, 5)[:, None]
            edge = [a + (b - a) * steps for a, b in itertools.pairwise([*corners, corners[0]])]
            if not self.outline.contains(np.concatenate(edge)):
                return False
        return not any(z.overlaps(corners) for z in self.zones if z.owner not in ignore)

    def place(
        self,
        model: ObjectModel,
        x: float,
        y: float,
        heading: float,
        *,
        margin: float = 0.03,
        ignore: tuple[int, ...] = (),
    ) -> Body | None:
        """Places an object on the floor; None if it does not fit.

        Args:
            model: The object.
            x: Meters.
            y: Meters.
            heading: Radians.
            margin: Floor kept free around it, meters.
            ignore: Instance ids whose floor it may share, such as the table of a chair.
        """
        if not self.is_free(footprint(model, x, y, heading, margin=margin), ignore=ignore):
            return None
        start = Body(model, upright(x, y, 0.02, heading), solid=self.solid(model))
        body = self.scene.rest(start, from_above=False)
        if body is not None:
            self.zones.append(Zone(footprint(model, x, y, heading), body.instance_id))
            self._add_surfaces(body)
        return body

    def _add_surfaces(self, body: Body) -> None:
        for x0, y0, x1, y1, z, clear in body.model.carriers:
            if x1 > x0 and y1 > y0:
                self.surfaces.append(Surface(body, (x0, y0, x1, y1), z, clear))

    def place_at_wall(
        self, model: ObjectModel, *, wall: Wall | None = None, front: float = 0.4,
        middle: bool = False,
    ) -> Body | None:  # fmt: skip
        """Places an object with its back to a wall, clear of doors and, if tall, of windows.

        Args:
            model: The object.
            wall: The wall, or None for any.
            front: Free floor required in front, meters.
            middle: Whether to prefer the middle of the wall.
        """
        width = float(np.ptp(model.bounds[:, 0]))
        for _ in range(_ATTEMPTS):
            side = self.random_wall() if wall is None else wall
            span = side.length - width - 2 * _WALL_GAP
            if span < 0:
                continue
            if middle:
                share = float(np.clip(self.rng.normal(0, 0.15), -0.5, 0.5))
            else:
                # Corners are preferred, as in real rooms; the rest of the wall stays free.
                ends = [-0.5, 0.5, self.rng.uniform(-0.5, 0.5)]
                share = float(self.rng.choice(ends, p=[0.2, 0.2, 0.6]))
            body = self._place_against(model, side, share * span, front=front)
            if body is not None:
                return body
        return None

    def _place_against(
        self, model: ObjectModel, wall: Wall, along: float, *, front: float
    ) -> Body | None:
        half, height = float(model.bounds[1, 0]), float(model.bounds[1, 2])
        if self._overlaps_opening(wall, along - half, along + half, (0.0, height)):
            return None
        x, y = wall.point(along, float(model.bounds[1, 1]) + _WALL_GAP)
        ahead = footprint(model, float(x), float(y), wall.heading)
        ahead[:2] += np.array([np.sin(wall.heading), -np.cos(wall.heading)]) * front
        if not self.is_free(ahead):
            return None
        return self.place(model, float(x), float(y), wall.heading, margin=0.6 * _WALL_GAP)

    def _overlaps_opening(
        self, wall: Wall, start: float, end: float, heights: tuple[float, float]
    ) -> bool:
        return any(
            side is wall
            and start < hole.along + hole.width / 2
            and end > hole.along - hole.width / 2
            and heights[0] < hole.high
            and heights[1] > hole.low
            for side, hole in self.openings
        )

    def place_row(self, model: ObjectModel, number: int) -> None:
        """Places up to `number` copies side by side with their backs to one wall."""
        width = float(np.ptp(model.bounds[:, 0])) + 0.002
        for count in range(number, 0, -1):
            for _ in range(_ATTEMPTS):
                wall = self.random_wall()
                span = wall.length - count * width - 2 * _WALL_GAP
                if span < 0:
                    continue
                start = float(self.rng.choice([-0.5, 0.0, 0.5])) * span
                placed = []
                for k in range(count):
                    along = start + (k - (count - 1) / 2) * width
                    body = self._place_against(model, wall, along, front=0.5)
                    if body is None:
                        break
                    placed.append(body)
                if placed:
                    return

    def wall_opposite(self, body: Body) -> Wall:
        """The wall that an object at a wall faces."""
        front = body.pose[:2, :2] @ np.array([0.0, -1.0])
        facing = [
            float(front @ (wall.point(0.0, 0.0) - wall.point(0.0, 1.0))) * 10 + wall.length
            for wall in self.outline.walls
        ]
        return self.outline.walls[int(np.argmax(facing))]

    def place_stack(self, models: Sequence[ObjectModel | None]) -> None:
        """Stacks objects on the free floor, the widest at the bottom."""
        stack = [model for model in models if model is not None]
        stack.sort(key=lambda model: -float(np.ptp(model.bounds[:, :2], axis=0).prod()))
        below: Body | None = None
        for model in stack:
            if below is None:
                below = self.place_anywhere(model)
            else:
                turn = float(self.rng.normal(0, 0.15))
                below = self.place_on_top(below, model, turn=turn, side=0.0)
            if below is None:
                return

    def place_on_top(
        self, carrier: Body, model: ObjectModel, *, turn: float, behind: bool = False,
        side: float | None = None,
    ) -> Body | None:  # fmt: skip
        """Places an object on the largest surface of another.

        Args:
            carrier: The body below.
            model: The object.
            turn: Heading relative to the carrier, radians.
            behind: Whether to place it near the back (+y) instead of the middle or front.
            side: Offset from the middle as a share of the width; None = a small random one.
        """
        height = float(model.bounds[1, 2])
        fitting = [
            surface
            for surface in self.surfaces
            if surface.body is carrier and surface.clear > height + 0.01
        ]
        if not fitting:
            return None
        surface = max(fitting, key=lambda one: (round(one.area, 2), one.z))
        x0, y0, x1, y1 = surface.rect
        for _ in range(4):
            share = float(self.rng.uniform(-0.2, 0.2)) if side is None else side
            x = (x0 + x1) / 2 + share * (x1 - x0)
            back = y1 - float(model.bounds[1, 1]) - float(self.rng.uniform(0, 0.04))
            y = back if behind else (y0 + y1) / 2 - float(self.rng.uniform(0, 0.15)) * (y1 - y0)
            body = self._place_at(surface, model, (x, y), turn)
            if body is not None:
                return body
        return None

    def random_wall(self) -> Wall:
        """A random wall, with probability proportional to its length."""
        lengths = np.array([wall.length for wall in self.outline.walls])
        return self.outline.walls[int(self.rng.choice(len(lengths), p=lengths / lengths.sum()))]

    def place_anywhere(self, model: ObjectModel, *, margin: float = 0.05) -> Body | None:
        """Places an object on the free floor at a random heading."""
        for _ in range(_ATTEMPTS):
            rect = self.outline.rects[int(self.rng.integers(len(self.outline.rects)))]
            x, y = self.rng.uniform(rect[:2], rect[2:])
            heading = float(self.rng.uniform(0, 2 * np.pi))
            body = self.place(model, float(x), float(y), heading, margin=margin)
            if body is not None:
                return body
        return None

    def place_near(
        self,
        model: ObjectModel,
        anchor: Body,
        local: tuple[float, float],
        turn: float,
        *,
        margin: float = 0.0,
        ignore: tuple[int, ...] = (),
    ) -> Body | None:
        """Places an object at a position given in the frame of another."""
        position = anchor.pose @ np.array([*local, 0.0, 1.0])
        heading = float(np.arctan2(anchor.pose[1, 0], anchor.pose[0, 0])) + turn
        return self.place(
            model, float(position[0]), float(position[1]), heading, margin=margin, ignore=ignore
        )

    def place_on(
        self, surface: Surface, model: ObjectModel, *, turn: float | None = None, tries: int = 8
    ) -> Body | None:
        """Places an object on a surface, clear of the objects that are there already.

        Args:
            surface: The surface.
            model: The object.
            turn: Heading relative to the object of the surface, radians; None = random.
            tries: Number of random positions to try.
        """
        if float(model.bounds[1, 2]) > surface.clear - 0.01:
            return None
        for _ in range(tries):
            angle = float(self.rng.uniform(0, 2 * np.pi)) if turn is None else turn
            corners = footprint(model, 0.0, 0.0, angle)
            lowest = np.array(surface.rect[:2]) - corners.min(axis=0)
            highest = np.array(surface.rect[2:]) - corners.max(axis=0)
            if (lowest > highest).any():
                continue
            shift = self.rng.uniform(lowest, highest)
            body = self._place_at(surface, model, (float(shift[0]), float(shift[1])), angle)
            if body is not None:
                return body
        return None

    def _place_at(
        self, surface: Surface, model: ObjectModel, position: tuple[float, float], turn: float
    ) -> Body | None:
        """Drops an object onto a surface at a position in the frame of the surface's object."""
        corners = footprint(model, position[0], position[1], turn)
        if any(zone.overlaps(corners) for zone in surface.taken):
            return None
        lift = min(0.25, max(surface.clear - float(model.bounds[1, 2]) - 0.005, 0.002))
        local = upright(position[0], position[1], surface.z + lift, turn)
        start = Body(model, surface.body.pose @ local, solid=self.solid(model))
        body = self.scene.rest(start, from_above=False)
        if body is not None:
            surface.taken.append(Zone(corners, body.instance_id))
            self._add_surfaces(body)
        return body

    def place_hanging(self, model: ObjectModel) -> Body | None:
        """Hangs an object on a wall with its back against it, at eye height."""
        half, height = float(model.bounds[1, 0]), float(model.bounds[1, 2])
        for _ in range(6):
            wall = self.random_wall()
            reach = wall.length / 2 - half - 0.1
            z = min(
                float(self.rng.uniform(1.45, 1.65)) - height / 2, self.outline.height - height - 0.1
            )
            if reach < 0 or z < 0.3:
                continue
            along = float(self.rng.uniform(-reach, reach))
            heights = (z - 0.05, z + height + 0.05)
            if self._overlaps_opening(wall, along - half - 0.08, along + half + 0.08, heights):
                continue
            x, y = wall.point(along, float(model.bounds[1, 1]))
            pose = upright(float(x), float(y), z, wall.heading)
            body = Body(model, pose, solid=self.solid(model))
            around = self.scene.near(body.bounds, 0.05)
            if [one.model.label for one in around] == ["wall"]:
                self.scene.add(body, supported_by=around[0].instance_id)
                self._add_surfaces(body)
                return body
        return None
