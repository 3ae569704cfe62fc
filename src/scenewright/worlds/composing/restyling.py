"""Restyled worlds: shared colors, wallpaper, print, curtains; to learn more than one look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenewright.worlds.composing.world import PlacedObject, World
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.model import Color, Material, ObjectModel, Part

_SHARED = 0.65
"""Share of worlds whose objects share a few colors."""
_PALE = 0.35
"""Share of these worlds that are white and pale as a whole."""
_REPAINTED = {"floor": 0.6, "wall": 0.4}
"""Share of floors and walls that get another pattern."""
_PRINTED = {
    "picture": 0.6, "cover": 0.5, "screen": 0.3, "body": 0.12, "lid": 0.1, "pages": 0.2,
}  # fmt: skip
"""Share of the parts of each name that show print: text, blocks of color and blank space."""
_CURTAINS = 0.6
"""Share of windows with curtains."""
_HEIGHT_ABOVE = 0.12
"""How far curtains begin above their window, meters."""
_GAP = 0.03
"""Least distance of the folds of a curtain from the wall, meters."""


def restyled(world: World, *, seed: int) -> World:
    """A copy of a world that looks different: the same objects in the same places.

    Colors of real rooms are not independent: furniture often shares one wood or one white with
    its neighbors and with the walls. Most restyled worlds therefore draw all colors from a few.
    Floors and walls may get patterns, some parts show print, and windows of rooms may get
    curtains where there is space.

    Args:
        world: The world.
        seed: Random seed of the style.

    Returns:
        The world with other materials; curtains come last and have new instance ids.
    """
    rng = np.random.default_rng([seed, 9])
    recolor = _shared_colors(rng) if rng.random() < _SHARED else _as_before
    objects = [_repainted(placed, rng, recolor) for placed in world.objects]
    objects += _curtains(objects, world.size[2], rng, recolor)
    return replace(world, objects=tuple(objects))


Recolor = Callable[[Material], Material]


def _as_before(material: Material) -> Material:
    return material


def _shared_colors(rng: np.random.Generator) -> Recolor:
    """Draws all colors of a world from few; equal materials stay equal."""
    is_pale = rng.random() < _PALE
    count = int(rng.integers(1, 4)) if is_pale else int(rng.integers(2, 7))
    palette = [_pale(rng) if is_pale else _any(rng) for _ in range(count)]
    weights = rng.dirichlet(np.ones(count))
    jitter = float(rng.choice([0.0, 0.02, 0.05]))
    known: dict[Color, Color] = {}

    def recolor(material: Material) -> Material:
        if material.color not in known:
            base = np.array(palette[int(rng.choice(count, p=weights))])
            known[material.color] = _color(base * (1 + jitter * rng.normal()))
        color = known[material.color]
        second = material.second_color
        if second is not None:
            # The contrast of a pattern stays.
            ratio = (np.array(second) + 0.05) / (np.array(material.color) + 0.05)
            second = _color(np.array(color) * np.clip(ratio, 0.3, 1.5))
        return replace(material, color=color, second_color=second)

    return recolor


def _pale(rng: np.random.Generator) -> Color:
    return _color(rng.uniform(0.6, 0.97) * (1 - rng.uniform(0, 0.12) * np.array([0, 0.4, 1.0])))


def _any(rng: np.random.Generator) -> Color:
    draw = rng.random()
    if draw < 0.35:
        return _pale(rng)
    if draw < 0.7:
        return materials.wood(rng).color
    return materials.any_color(rng, vivid=0.4)


def _color(values: NDArray[np.float64]) -> Color:
    red, green, blue = np.clip(values, 0.02, 0.98)
    return float(red), float(green), float(blue)


def _repainted(placed: PlacedObject, rng: np.random.Generator, recolor: Recolor) -> PlacedObject:
    styles: dict[int, Material] = {}
    parts = []
    chance = _REPAINTED.get(placed.label, 0.0) if placed.is_stuff else 0.0
    for part in placed.model.parts:
        material = part.material
        if material.image is not None:
            parts.append(part)
            continue
        if id(material) not in styles:
            styles[id(material)] = _restyle(part, rng, recolor, chance)
        parts.append(replace(part, material=styles[id(material)]))
    return replace(placed, model=placed.model.with_parts(tuple(parts)))


def _restyle(part: Part, rng: np.random.Generator, recolor: Recolor, chance: float) -> Material:
    material = recolor(part.material)
    if rng.random() < chance:
        pattern = str(rng.choice(["bricks", "stripes", "noise", "wood", "weave", "checker"]))
        contrast = float(rng.uniform(0.6, 1.15))
        second = _color(np.array(material.color) * contrast)
        scale = float(np.exp(rng.uniform(np.log(0.05), np.log(1.0))))
        return replace(material, pattern=pattern, second_color=second, scale=scale)
    if rng.random() < _PRINTED.get(part.name, 0.0):
        second = materials.any_color(rng, vivid=0.6)
        scale = float(np.exp(rng.uniform(np.log(0.04), np.log(0.4))))
        return replace(material, pattern="print", second_color=second, scale=scale)
    return material


def _curtains(
    objects: list[PlacedObject], height: float, rng: np.random.Generator, recolor: Recolor
) -> list[PlacedObject]:
    """Curtains beside windows, where nothing else stands."""
    found: list[PlacedObject] = []
    others = [(placed.instance_id, world_bounds(placed)) for placed in objects]
    next_id = max((placed.instance_id for placed in objects), default=0) + 1
    for window in [placed for placed in objects if placed.is_stuff and placed.label == "window"]:
        if rng.random() >= _CURTAINS:
            continue
        material = recolor(materials.cloth(rng))
        # A wall's windows are one body; its curtains hang beside the outermost edges.
        low, high = window.model.bounds
        top = min(float(high[2]) + _HEIGHT_ABOVE, height - 0.02)
        bottom = 0.02 if rng.random() < 0.7 else float(low[2]) - 0.1
        for edge, side in ((float(low[0]), -1), (float(high[0]), 1)):
            model = _curtain(edge, side, (bottom, top), rng, material)
            body = PlacedObject(
                next_id, model, window.world_from_object, supported_by=window.instance_id
            )
            bounds = world_bounds(body)
            if not any(
                _overlap(bounds, other) for key, other in others if key != window.instance_id
            ):
                found.append(body)
                next_id += 1
    return found


def _curtain(
    edge: float, side: int, heights: tuple[float, float], rng: np.random.Generator, cloth: Material
) -> ObjectModel:
    """A pleated curtain in the frame of a window: x along the wall, the room toward -y."""
    width, deep = float(rng.uniform(0.25, 0.6)), float(rng.uniform(0.02, 0.05))
    pleats = int(np.ceil(width / rng.uniform(0.06, 0.14)))
    steps = np.linspace(0, 1, 6 * pleats + 1)
    x = edge + side * width * (steps - 0.35)
    y = -_GAP - deep * (1 + np.sin(2 * np.pi * pleats * steps))
    path = np.column_stack([x, y])[::side]
    mesh = shapes.sheet(path, thickness=0.006, low=heights[0], high=heights[1])
    return ObjectModel("curtain", (Part("cloth", mesh, cloth),))


def world_bounds(placed: PlacedObject) -> NDArray[np.float64]:
    """(2, 3) lowest and highest corner of a placed object, world frame, meters."""
    points = np.concatenate([part.mesh.vertices for part in placed.model.parts])
    pose = placed.world_from_object
    moved = points @ pose[:3, :3].T + pose[:3, 3]
    return np.stack([moved.min(axis=0), moved.max(axis=0)])


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    return bool((a[0] < b[1] - 1e-6).all() and (b[0] < a[1] - 1e-6).all())
