"""Detailed worlds: mouldings, panes, blinds, beams, lamps, panels, folds; for harder shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scenewright.worlds.composing import _furniture_details, _shell_details
from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects.model import ObjectModel, Part

Adder = Callable[[PlacedObject, np.random.Generator], tuple[Part, ...]]

_OF_SHELL: dict[str, tuple[float, Adder]] = {
    "door": (0.8, _shell_details.door),
    "window": (0.85, _shell_details.window),
    "wall": (0.6, _shell_details.wall),
    "ceiling": (0.35, _shell_details.ceiling),
}
"""Share of doors, windows, walls and ceilings that get details, and what makes them."""
_PANELED = 0.5
"""Share of worlds whose furniture has panels, frames and panes on its fronts."""
_SOFT = 0.7
"""Share of worlds whose soft parts have folds."""
_THROWS = 0.35
"""Share of beds and sofas with a throw."""


def detailed(world: World, *, seed: int) -> World:
    """A copy of a world whose objects have more parts and less simple shapes.

    Doors get casings, panels and panes; windows panes, sills, bars and blinds; walls skirting
    boards, mouldings and paneling; ceilings beams; fronts of furniture frames and panes. What is
    soft is not flat, and throws lie on beds and sofas. Lamps hang from the ceiling. Each detail is
    a part of the object that it is on, so that what belongs together looks less alike.

    Args:
        world: The world.
        seed: Random seed of the details.

    Returns:
        The world with the same objects in the same places; lamps come last, with new ids.
    """
    rng = np.random.default_rng([seed, 10])
    # One style of walls in a room.
    shares = {label: rng.random() < share for label, (share, _) in _OF_SHELL.items()}
    wall_seed = int(rng.integers(2**32))
    is_paneled, is_soft = rng.random() < _PANELED, rng.random() < _SOFT
    objects = []
    for placed in world.objects:
        if placed.is_stuff:
            if shares.get(placed.label, False):
                style = np.random.default_rng([wall_seed, *placed.label.encode()])
                parts = _OF_SHELL[placed.label][1](placed, style)
                placed = _with_parts(placed, parts)
            objects.append(placed)
            continue
        parts = placed.model.parts
        if is_paneled:
            parts = _furniture_details.paneled(parts, rng)
        if placed.label in ("bed", "sofa") and rng.random() < _THROWS:
            parts = (*parts, *_furniture_details.throw(placed.model, rng))
        if is_soft:
            parts = _furniture_details.folded(parts, rng)
        objects.append(_with_parts(placed, parts))
    objects += _shell_details.hanging_lamps(tuple(objects), rng)
    return replace(world, objects=tuple(objects))


def _with_parts(placed: PlacedObject, parts: tuple[Part, ...]) -> PlacedObject:
    model: ObjectModel = placed.model.with_parts(parts)
    return replace(placed, model=model)
