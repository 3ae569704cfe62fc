"""Room themes: which furniture a kind of room has, and how it is arranged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenewright.worlds.composing._body import Body
from scenewright.worlds.composing._furnished_room import FurnishedRoom
from scenewright.worlds.composing._object_source import ObjectSource


@dataclass(frozen=True)
class Theme:
    """A kind of room.

    Attributes:
        arrange: Places the main furniture.
        at_walls: Families of additional furniture at walls.
        on_floor: Families of additional objects on the floor.
        small: Families of small objects on carriers that `SMALL_OBJECTS_ON` does not list.
    """

    arrange: Callable[[FurnishedRoom, ObjectSource], None]
    at_walls: tuple[str, ...]
    on_floor: tuple[str, ...]
    small: tuple[str, ...]


_BOOKISH = ("book stack", "vase", "box", "clock", "bowl", "toy car", "speaker", "can", "ball")
_KITCHEN = ("pot", "pan", "bowl", "plate", "bottle", "can", "teapot", "fruit", "toaster", "mug",
            "microwave", "tray")  # fmt: skip

SMALL_OBJECTS_ON: dict[str, tuple[str, ...]] = {
    "bed": ("cushion",),
    "sofa": ("cushion",),
    "armchair": ("cushion",),
    "bench": ("cushion", "book stack"),
    "chair": ("cushion", "book stack", "box"),
    "coffee table": ("book stack", "mug", "vase", "bowl", "tray", "fruit", "toy car", "laptop"),
    "desk": ("monitor", "keyboard", "laptop", "mug", "table lamp", "book stack", "can", "speaker"),
    "bookcase": _BOOKISH,
    "shelf": ("book stack", "vase", "mug", "bottle", "bowl", "toy car"),
    "nightstand": ("table lamp", "book stack", "mug", "can", "clock"),
    "tv stand": ("tv", "speaker", "vase", "book stack"),
    "wardrobe": ("box",),
    "stool": ("mug", "book stack", "vase"),
    "plant pot": (),
    "bin": (),
    "basket": ("ball", "cushion", "bottle"),
}
"""Families of small objects on each family of furniture."""


def living(room: FurnishedRoom, source: ObjectSource) -> None:
    """Sofa with a coffee table on a rug, armchairs, a TV opposite, bookcases and cabinets."""
    sofa = source.make("sofa")
    body = None if sofa is None else room.place_at_wall(sofa, front=1.2, middle=True)
    if body is not None:
        _in_front_of_sofa(room, source, body)
    stand = source.make("tv stand")
    if stand is not None:
        across = None if body is None else room.wall_opposite(body)
        placed = room.place_at_wall(stand, wall=across, middle=True) or room.place_at_wall(stand)
        tv = source.make("tv")
        if placed is not None and tv is not None:
            room.place_on_top(placed, tv, turn=0.0, behind=True)
    for labels in (("bookcase",), ("cabinet", "drawer chest"), ("bookcase", "cabinet")):
        if room.rng.uniform() < 0.7:
            _at_wall(room, source, labels)


def _in_front_of_sofa(room: FurnishedRoom, source: ObjectSource, sofa: Body) -> None:
    rng = room.rng
    half, front = float(sofa.model.bounds[1, 0]), float(sofa.model.bounds[0, 1])
    rug = source.make("rug", factor=(1.0, 1.3)) if rng.uniform() < 0.7 else None
    table = source.make("coffee table")
    deep = 0.0 if table is None else float(table.bounds[1, 1])
    away = front - float(rng.uniform(0.3, 0.45)) - deep
    shared: tuple[int, ...] = ()
    if rug is not None:
        laid = room.place_near(
            rug, sofa, (0.0, min(away, front - float(rug.bounds[1, 1]) - 0.03)), 0.0
        )
        shared = () if laid is None else (laid.instance_id,)
    if table is not None:
        room.place_near(table, sofa, (float(rng.uniform(-0.15, 0.15)), away), 0.0, ignore=shared)
    for side in (-1.0, 1.0):
        seat = source.make("armchair") if rng.uniform() < 0.5 else None
        if seat is not None:
            offset = (side * (half + 0.15), away - float(rng.uniform(0.1, 0.4)))
            room.place_near(seat, sofa, offset, -side * float(rng.uniform(0.9, 1.5)))
        end = source.make("nightstand", "floor lamp", "plant pot")
        if end is not None and rng.uniform() < 0.6:
            y = float(sofa.model.bounds[1, 1] - end.bounds[1, 1])
            room.place_near(end, sofa, (side * (half + 0.06 + float(end.bounds[1, 0])), y), 0.0)


def dining(room: FurnishedRoom, source: ObjectSource) -> None:
    """A table with chairs around it, cabinets at the walls."""
    _table_with_seats(room, source)
    for labels in (("cabinet",), ("drawer chest", "cabinet"), ("bookcase", "cabinet")):
        _at_wall(room, source, labels)


def _table_with_seats(room: FurnishedRoom, source: ObjectSource) -> None:
    table = source.make("table")
    rng = room.rng
    if table is None:
        return
    for attempt in range(16):
        rect = room.outline.rects[int(rng.integers(len(room.outline.rects)))]
        middle = np.array([(rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2])
        x, y = middle + rng.uniform(-0.5, 0.5, 2)
        turn = float(rng.integers(2)) * np.pi / 2 + float(rng.normal(0, 0.05))
        body = room.place(table, float(x), float(y), turn, margin=0.6 if attempt < 10 else 0.25)
        if body is not None:
            _seats_around(room, source, body)
            return


def _seats_around(room: FurnishedRoom, source: ObjectSource, table: Body) -> None:
    """Chairs that face a table, some pushed under it and some pulled out."""
    rng = room.rng
    first = source.make("chair", "stool")
    if first is None:
        return
    half_x, half_y = (float(value) for value in table.model.bounds[1, :2])
    width = float(np.ptp(first.bounds[:, 0])) + 0.12
    for turn, along, out in ((0.0, half_x, half_y), (np.pi / 2, half_y, half_x),
                             (np.pi, half_x, half_y), (-np.pi / 2, half_y, half_x)):  # fmt: skip
        number = min(max(int(2 * along / width), 1), 3)
        for k in range(number):
            if rng.uniform() > 0.85:
                continue
            shift = (k - (number - 1) / 2) * (2 * along / number) + float(rng.normal(0, 0.02))
            askew = turn + float(rng.normal(0, 0.1))
            for pulled in (float(rng.choice([-0.12, 0.0, 0.1])), 0.05, 0.3):
                # At turn 0 the chair is behind the table (+y) and its front faces the table.
                ahead = out + pulled - float(first.bounds[0, 1])
                c, s = np.cos(turn), np.sin(turn)
                offset = (float(c * shift - s * ahead), float(s * shift + c * ahead))
                if (
                    room.place_near(first, table, offset, askew, ignore=(table.instance_id,))
                    is not None
                ):
                    break


def kitchen(room: FurnishedRoom, source: ObjectSource) -> None:
    """A row of equal cabinets along a wall, shelves above, a table with seats."""
    unit = source.make("cabinet", "drawer chest", factor=(0.9, 1.0))
    if unit is not None:
        room.place_row(unit, int(room.rng.integers(2, 5)))
    for _ in range(int(room.rng.integers(1, 3))):
        shelf = source.make("shelf")
        if shelf is not None:
            room.place_hanging(shelf)
    _table_with_seats(room, source)
    _at_wall(room, source, ("cabinet",))


def bedroom(room: FurnishedRoom, source: ObjectSource) -> None:
    """A bed with its head at a wall, nightstands, a wardrobe."""
    rng = room.rng
    bed = source.make("bed")
    body = None if bed is None else room.place_at_wall(bed, front=0.4, middle=True)
    if body is not None and bed is not None:
        stand = source.make("nightstand")
        for side in (-1.0, 1.0):
            if stand is None or rng.uniform() < 0.2:
                continue
            x = side * float(bed.bounds[1, 0] + 0.05 + stand.bounds[1, 0])
            room.place_near(stand, body, (x, float(bed.bounds[1, 1] - stand.bounds[1, 1])), 0.0)
        rug = source.make("rug")
        if rug is not None and rng.uniform() < 0.5:
            side = float(rng.choice([-1.0, 1.0]))
            x = side * float(bed.bounds[1, 0] + 0.1 + rug.bounds[1, 1])
            room.place_near(rug, body, (x, -0.2), np.pi / 2)
        pillow = source.make("cushion")
        for side in (-0.22, 0.22):
            if pillow is not None:
                room.place_on_top(body, pillow, turn=0.0, behind=True, side=side)
    _at_wall(room, source, ("wardrobe",))
    for labels in (("drawer chest",), ("desk",), ("bookcase", "cabinet")):
        if rng.uniform() < 0.55:
            _at_wall(room, source, labels)


def office(room: FurnishedRoom, source: ObjectSource) -> None:
    """Desks with chairs and screens, bookcases, cabinets."""
    rng = room.rng
    for _ in range(int(rng.integers(1, 4))):
        desk = source.make("desk")
        body = None if desk is None else room.place_at_wall(desk, front=0.8)
        if body is None or desk is None:
            continue
        screen = source.make("monitor", "laptop")
        if screen is not None:
            room.place_on_top(body, screen, turn=float(rng.normal(0, 0.15)), behind=True)
        keyboard = source.make("keyboard")
        if keyboard is not None and rng.uniform() < 0.7:
            room.place_on_top(body, keyboard, turn=float(rng.normal(0, 0.05)))
        chair = source.make("chair")
        if chair is not None:
            # Rotated by half a turn, its front faces the desk.
            y = float(desk.bounds[0, 1] + chair.bounds[0, 1]) - float(rng.uniform(-0.1, 0.25))
            turn = np.pi + float(rng.normal(0, 0.3))
            ignore = (body.instance_id,)
            room.place_near(chair, body, (float(rng.normal(0, 0.1)), y), turn, ignore=ignore)
    for labels in (("bookcase",), ("cabinet", "drawer chest"), ("bookcase", "cabinet")):
        _at_wall(room, source, labels)


def store(room: FurnishedRoom, source: ObjectSource) -> None:
    """Storeroom: shelves along the walls, loose furniture and stacks of boxes."""
    for _ in range(int(room.rng.integers(2, 5))):
        _at_wall(room, source, ("bookcase", "cabinet"))
    for _ in range(int(room.rng.integers(1, 4))):
        model = source.any_of("floor")
        if model is not None:
            room.place_anywhere(model)
    for _ in range(int(room.rng.integers(1, 4))):
        room.place_stack([source.make("box") for _ in range(int(room.rng.integers(2, 4)))])


def _at_wall(room: FurnishedRoom, source: ObjectSource, labels: tuple[str, ...]) -> None:
    model = source.make(*labels)
    if model is not None:
        room.place_at_wall(model)


THEMES: dict[str, Theme] = {
    "living": Theme(
        living,
        ("bookcase", "cabinet", "drawer chest"),
        ("plant pot", "floor lamp", "basket", "toy car", "ball", "stool", "box"),
        _BOOKISH,
    ),
    "bedroom": Theme(
        bedroom,
        ("drawer chest", "cabinet", "bookcase"),
        ("shoe", "basket", "floor lamp", "plant pot", "ball", "box", "stool"),
        ("table lamp", "book stack", "vase", "clock", "box", "laptop"),
    ),
    "office": Theme(
        office,
        ("bookcase", "cabinet", "drawer chest"),
        ("bin", "plant pot", "floor lamp", "box"),
        ("book stack", "box", "vase", "can", "mug", "speaker", "table lamp"),
    ),
    "dining": Theme(
        dining,
        ("cabinet", "drawer chest", "bookcase"),
        ("plant pot", "floor lamp", "bin", "stool", "basket"),
        ("mug", "bowl", "plate", "bottle", "fruit", "vase", "teapot", "pot", "tray"),
    ),
    "kitchen": Theme(kitchen, ("cabinet",), ("bin", "basket", "stool", "plant pot"), _KITCHEN),
    "store": Theme(
        store,
        ("bookcase", "cabinet", "drawer chest", "wardrobe"),
        ("box", "basket", "bin", "shoe", "ball", "stool", "floor lamp"),
        ("box", "book stack", "bottle", "can", "pot", "ball", "speaker", "monitor"),
    ),
}
"""Room themes by name."""
