"""The kinds of worlds that a random seed alone can make."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenewright.core import UnknownNameError
from scenewright.worlds.composing.random_worlds import RandomConfig, make_random_world
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.composing.world import World

NumObjects = tuple[int, int] | None


def _room(seed: int, num_objects: NumObjects) -> World:
    config = RoomConfig() if num_objects is None else RoomConfig(num_objects=num_objects)
    return make_room_world(seed, config)


def _random(seed: int, num_objects: NumObjects) -> World:
    return make_random_world(seed, RandomConfig(num_objects=num_objects))


def _tabletop(seed: int, num_objects: NumObjects) -> World:
    return make_random_world(seed, RandomConfig(layout="tabletop", num_objects=num_objects))


_MAKERS: dict[str, Callable[[int, NumObjects], World]] = {
    "rooms": _room,
    "random": _random,
    "tabletop": _tabletop,
}
KINDS = tuple(_MAKERS)
"""Names that `make_world` accepts."""


def make_world(kind: str, seed: int, *, num_objects: NumObjects = None) -> World:
    """Makes a world.

    Args:
        kind: One of `KINDS`.
        seed: Random seed; the same arguments make the same world.
        num_objects: Minimum and maximum number of objects; None = the default of the kind.

    Raises:
        UnknownNameError: There is no such kind.
        ConventionError: The numbers are out of range, or fewer objects fit than requested.
    """
    check_kind(kind)
    return _MAKERS[kind](seed, num_objects)


def check_kind(kind: str) -> None:
    """Raises unless the kind of world is known.

    Raises:
        UnknownNameError: There is no such kind.
    """
    if kind not in _MAKERS:
        raise UnknownNameError(
            f"There is no kind of world '{kind}'", expected=f"one of {', '.join(KINDS)}"
        )


def backdrop(world: World) -> tuple[float, float, float]:
    """sRGB background of renderings: a sky behind windows of rooms, else a gray drawn by seed."""
    if world.kind.startswith("rooms"):
        return 0.78, 0.86, 0.93
    gray = float(np.random.default_rng([world.seed, 6]).uniform(0.05, 0.9))
    return gray, gray, gray
