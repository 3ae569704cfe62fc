"""Light and surfaces that make worlds harder to see: hard sun, dim light, gloss, white on white."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scenewright.core import ConventionError
from scenewright.worlds.composing.world import AreaLight, Light, PlacedObject, Sun, World
from scenewright.worlds.objects.model import Color, Material

_HARD_SPREAD = 0.004
"""Half of the angular diameter of the sun, radians."""
_LAMP = 0.02
"""Edge of a bare lamp, meters; shadows of lamps this small are hard."""
_WHITENESS = (0.82, 0.93)
"""sRGB range of the materials of a white world."""


@dataclass(frozen=True)
class Lighting:
    """How a world is lit and how its surfaces reflect; the default changes nothing.

    Attributes:
        sun: Irradiance of a sun with hard shadows, in units of `Sun.color`; it replaces the suns
            of the world. 0 = none is added.
        sun_direction: (x, y, z) toward that sun, world frame. It reaches a closed room only
            through openings.
        lamp: Irradiance at 1 m of a bare lamp with hard shadows, on one side of the world below
            the ceiling; 0 = none.
        lamp_side: Its position from the center, -1 to 1 along x and y; 1 is 0.4
            of the extent.
        power: Factor on the lights of the world.
        ambient: Factor on the ambient light.
        gloss: Factor on the gloss of all materials.
        reflection: How much glossy surfaces mirror an imaginary surrounding, 0 to 1. It brightens
            them depending on the view, most at grazing angles.
        white: Whether all surfaces are plain and nearly white.
    """

    sun: float = 0.0
    sun_direction: tuple[float, float, float] = (0.5, 0.3, 0.8)
    lamp: float = 0.0
    lamp_side: tuple[float, float] = (0.0, 0.0)
    power: float = 1.0
    ambient: float = 1.0
    gloss: float = 1.0
    reflection: float = 0.0
    white: bool = False

    def __post_init__(self) -> None:
        for name in ("sun", "lamp", "power", "ambient", "gloss"):
            if not getattr(self, name) >= 0:
                raise ConventionError(
                    f"Lighting.{name}", expected="0 or more", got=f"{getattr(self, name):g}"
                )
        if not 0 <= self.reflection <= 1:
            raise ConventionError(
                "Lighting.reflection", expected="0 to 1", got=f"{self.reflection:g}"
            )

    def applied_to(self, world: World) -> World:
        """The world in this light: the same objects in the same places.

        `reflection` is not part of a world; pass it to the renderer.
        """
        objects = world.objects
        if self.gloss != 1 or self.white:
            objects = tuple(self._repainted(placed) for placed in objects)
        ambient = _scaled(world.ambient, self.ambient)
        return replace(world, objects=objects, lights=self._lights(world), ambient=ambient)

    def _lights(self, world: World) -> tuple[Light, ...]:
        kept = (one for one in world.lights if not (self.sun > 0 and isinstance(one, Sun)))
        lights: list[Light] = [replace(one, color=_scaled(one.color, self.power)) for one in kept]
        if self.sun > 0:
            color = _scaled((1.0, 0.96, 0.88), self.sun)
            lights.append(Sun(self.sun_direction, color, spread=_HARD_SPREAD))
        if self.lamp > 0:
            x, y, z = world.size
            center = (0.4 * self.lamp_side[0] * x, 0.4 * self.lamp_side[1] * y, 0.9 * z)
            lights.append(AreaLight(center, (_LAMP, _LAMP), _scaled((1.0, 0.95, 0.9), self.lamp)))
        return tuple(lights)

    def _repainted(self, placed: PlacedObject) -> PlacedObject:
        parts = tuple(
            replace(part, material=self._material(part.material)) for part in placed.model.parts
        )
        return replace(placed, model=placed.model.with_parts(parts))

    def _material(self, material: Material) -> Material:
        gloss = self.gloss * material.gloss
        if not self.white:
            return replace(material, gloss=gloss)
        low, high = _WHITENESS
        level = low + (high - low) * float(np.mean(material.color))
        return Material((level, level, 0.98 * level), gloss=gloss)


def random_lighting(world: World, *, rng: np.random.Generator) -> Lighting:
    """One of several kinds of hard light, often with glossy or white surfaces.

    Args:
        world: The world; in rooms the sun shines through a window, if there is one.
        rng: Source of all random numbers.
    """
    lighting = Lighting(
        sun_direction=_toward_sun(world, rng),
        lamp_side=(float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1))),
    )
    kind = rng.random()
    is_closed = world.kind.startswith("rooms") and not _windows(world)
    if kind < 0.4 and not is_closed:  # the sun from outside, the lights off or nearly so
        changes = {
            "sun": rng.uniform(2, 6),
            "power": rng.uniform(0, 0.4),
            "ambient": rng.uniform(0.5, 1.6),
        }
    elif kind < 0.75:  # a bare lamp
        changes = {
            "lamp": rng.uniform(1, 6),
            "power": rng.uniform(0, 0.5),
            "ambient": rng.uniform(0.15, 0.7),
        }
    elif kind < 0.85:  # dusk
        changes = {"power": rng.uniform(0.05, 0.3), "ambient": rng.uniform(0.15, 0.4)}
    else:  # an overcast sky: no shadows but those of corners
        changes = {"power": 0.0, "ambient": rng.uniform(1.5, 2.5)}
    if rng.random() < 0.5:
        changes |= {"gloss": rng.uniform(1.5, 5), "reflection": rng.uniform(0.2, 1)}
    values: dict[str, Any] = {name: float(value) for name, value in changes.items()}
    return replace(lighting, **values, white=bool(rng.random() < 0.2))


def _toward_sun(world: World, rng: np.random.Generator) -> tuple[float, float, float]:
    """A direction to the sun from which it shines in through a window, if there is one."""
    turn, slope = rng.uniform(0, 2 * np.pi), float(rng.uniform(0.3, 1.2))
    suns = [light for light in world.lights if isinstance(light, Sun)]
    if suns:
        return suns[0].direction
    windows = _windows(world)
    if windows:
        chosen = windows[int(rng.integers(len(windows)))]
        middle = np.append(np.mean(chosen.model.bounds, axis=0), 1.0)
        x, y, _ = (chosen.world_from_object @ middle)[:3]
        turn = np.arctan2(y, x) + rng.uniform(-0.5, 0.5)
    return float(np.cos(turn)), float(np.sin(turn)), slope


def _windows(world: World) -> list[PlacedObject]:
    return [placed for placed in world.objects if placed.is_stuff and placed.label == "window"]


def _scaled(color: Color, factor: float) -> Color:
    red, green, blue = color
    return factor * red, factor * green, factor * blue
