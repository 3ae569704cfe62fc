"""Furnished rooms: configuration and composer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenewright.core import ConventionError, UnknownNameError
from scenewright.worlds.composing import _room_shell
from scenewright.worlds.composing._config_checks import (
    check_families,
    check_library,
    check_range,
    check_seed,
)
from scenewright.worlds.composing._furnished_room import FurnishedRoom
from scenewright.worlds.composing._object_source import ObjectSource
from scenewright.worlds.composing._relations import relations
from scenewright.worlds.composing._rigid_scene import RigidScene
from scenewright.worlds.composing._themes import SMALL_OBJECTS_ON, THEMES, Theme
from scenewright.worlds.composing.world import AreaLight, Light, Sun, World
from scenewright.worlds.objects.mesh_library import ObjectLibrary
from scenewright.worlds.objects.model import Color, Material

_PER_SQUARE_METER = (1.2, 3.0)
"""Range of objects per square meter of floor, clipped to `RoomConfig.num_objects`."""
_MISSES = 60
"""A room counts as full after this many failed placements in a row."""
_ORDERLY = ("desk", "bookcase", "shelf", "tv stand", "nightstand", "bed", "sofa", "armchair")
"""Families on which small objects face the front."""


@dataclass(frozen=True)
class RoomConfig:
    """Settings of a furnished room.

    Attributes:
        num_objects: Minimum and maximum number of objects, stuff not counted.
        size: Minimum and maximum side length, meters.
        height: Minimum and maximum height, meters.
        l_shape: Probability of an L-shaped room.
        size_factor: Minimum and maximum scale factor of each object.
        clutter: Share of each surface from which on no small objects are added.
        themes: Themes among `THEMES`; one is drawn.
        families: Families to draw from, None = all.
        library: Meshes of the user to draw from as well, or None.
        library_share: Probability of using the library if it has a suitable object.
        ceiling: Whether the room has a ceiling.
        flat_objects: Minimum and maximum number of additional rugs, pictures and mirrors.
    """

    num_objects: tuple[int, int] = (12, 50)
    size: tuple[float, float] = (3.0, 7.0)
    height: tuple[float, float] = (2.4, 3.0)
    l_shape: float = 0.25
    size_factor: tuple[float, float] = (0.9, 1.12)
    clutter: float = 0.35
    themes: tuple[str, ...] = tuple(THEMES)
    families: tuple[str, ...] | None = None
    library: ObjectLibrary | None = None
    library_share: float = 0.5
    ceiling: bool = True
    flat_objects: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        check_range("RoomConfig.num_objects", self.num_objects, low=0, high=400)
        check_range("RoomConfig.size", self.size, low=1.5, high=20, unit=" m")
        check_range("RoomConfig.height", self.height, low=1.8, high=6, unit=" m")
        check_range("RoomConfig.size_factor", self.size_factor, low=0.2, high=3)
        check_range("RoomConfig.flat_objects", self.flat_objects, low=0, high=100)
        check_families("RoomConfig.families", self.families)
        check_library("RoomConfig", self.library, self.library_share)
        for name in ("l_shape", "clutter"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConventionError(f"RoomConfig.{name}", expected="0 to 1", got=f"{value:g}")
        if not self.themes:
            raise ConventionError("RoomConfig.themes", expected="at least one", got="none")
        for theme in self.themes:
            if theme not in THEMES:
                known = ", ".join(THEMES)
                raise UnknownNameError(
                    "RoomConfig.themes", expected=f"themes among {known}", got=theme
                )


def make_room_world(seed: int, config: RoomConfig = RoomConfig()) -> World:
    """Makes a furnished room.

    Args:
        seed: Random seed; the same seed and config make the same room.
        config: Settings of the room.

    Raises:
        ConventionError: The seed is below 0, or fewer objects fit than the minimum of
            `config.num_objects`.
    """
    check_seed(seed)
    rng = np.random.default_rng((seed, 1))
    size = rng.uniform(*config.size, 2)
    height = float(rng.uniform(*config.height))
    notch = None
    if rng.uniform() < config.l_shape and size.min() > 3.6:
        cut = rng.uniform(0.25, 0.45, 2) * size
        notch = (float(cut[0]), float(cut[1]))
    outline = _room_shell.outline((float(size[0]), float(size[1]), height), notch)
    scene = RigidScene()
    room = FurnishedRoom(outline, scene, rng)
    windows = _build_shell(room, ceiling=config.ceiling)
    num_stuff = len(scene.bodies)
    source = ObjectSource(
        rng,
        families=config.families,
        size_factor=config.size_factor,
        library=config.library,
        library_share=config.library_share,
    )
    crowd = int(float(rng.uniform(*_PER_SQUARE_METER)) * outline.area)
    wanted = int(np.clip(crowd, *config.num_objects))
    theme = config.themes[int(rng.integers(len(config.themes)))]
    THEMES[theme].arrange(room, source)
    wanted += _add_flat_objects(room, source, config.flat_objects)
    _fill(room, source, wanted + num_stuff, theme=THEMES[theme], clutter=config.clutter)
    if len(scene.bodies) - num_stuff > wanted:
        scene.remove_last(len(scene.bodies) - num_stuff - wanted)
    count = len(scene.bodies) - num_stuff
    if count < config.num_objects[0]:
        raise ConventionError(
            "RoomConfig.num_objects",
            expected=f"a minimum that fits into {size[0]:.1f} x {size[1]:.1f} m",
            got=f"at least {config.num_objects[0]}, of which {count} fit",
            do="Request fewer or smaller objects, a larger room or more clutter.",
        )
    return World(
        scene.placed(),
        size=outline.size,
        relations=relations(scene.bodies),
        lights=_lights(room, windows),
        ambient=_ambient(rng),
        kind=f"rooms/{theme}",
        seed=seed,
    )


def _build_shell(room: FurnishedRoom, *, ceiling: bool) -> list[_room_shell.Wall]:
    """Adds floor, ceiling and walls; returns the walls with a window."""
    rng = room.rng
    tint = 0.62 + 0.33 * rng.uniform(size=3) ** 0.5
    tint = 0.5 * tint + 0.5 * tint.mean()
    paint = Material(_color(tint), gloss=0.03)
    white = float(rng.uniform(0.85, 0.95))
    trim = Material((white, white, 0.97 * white), gloss=0.2)
    over: Color | None = (white, white, white) if ceiling else None
    for body in _room_shell.slab_bodies(room.outline, _floor(rng), over):
        room.scene.add(body)
    with_window = []
    door_at = int(rng.integers(len(room.outline.walls)))
    for index, wall in enumerate(room.outline.walls):
        openings: list[_room_shell.Opening] = []
        free = wall.length / 2 - 0.2
        if index == door_at and wall.length > 1.6:
            along = float(rng.uniform(-(free - 0.5), free - 0.5))
            openings.append(_room_shell.Opening("door", along, 0.9, 0.0, 2.0))
            room.keep_free(_front(wall, along, 0.9, 0.8))
        elif wall.length > 1.8 and rng.uniform() < 0.45:
            width = float(rng.uniform(0.9, min(2.0, wall.length - 0.6)))
            along = float(rng.uniform(-(free - width / 2), free - width / 2))
            top = min(2.1, room.outline.height - 0.2)
            openings.append(_room_shell.Opening("window", along, width, 0.95, top))
            with_window.append(wall)
        room.openings += [(wall, hole) for hole in openings]
        for body in _room_shell.wall_bodies(
            wall, room.outline.height, tuple(openings), paint, trim
        ):
            room.scene.add(body)
    return with_window


def _front(wall: _room_shell.Wall, along: float, width: float, deep: float) -> np.ndarray:
    a, b = along - width / 2, along + width / 2
    return np.stack([wall.point(a, 0), wall.point(b, 0), wall.point(b, deep), wall.point(a, deep)])


def _color(values: np.ndarray) -> Color:
    return float(values[0]), float(values[1]), float(values[2])


def _floor(rng: np.random.Generator) -> Material:
    kind = int(rng.integers(4))
    if kind <= 1:
        wood = np.array([0.55, 0.4, 0.27]) * rng.uniform(0.7, 1.5)
        return Material(_color(np.clip(wood, 0, 1)), "wood", scale=0.6, gloss=0.25)
    base = np.clip(rng.uniform(0.35, 0.8) + rng.normal(0, 0.04, 3), 0, 1)
    if kind == 2:
        return Material(_color(base), "checker", _color(0.88 * base), scale=0.6, gloss=0.3)
    return Material(_color(base), "speckle", _color(0.85 * base), scale=0.02, gloss=0.02)


def _fill(
    room: FurnishedRoom, source: ObjectSource, wanted: int, *, theme: Theme, clutter: float
) -> None:
    """Adds small objects on surfaces, floor and walls until there are enough."""
    scene, rng = room.scene, room.rng
    misses = 0
    while len(scene.bodies) < wanted and misses < _MISSES:
        before = len(scene.bodies)
        kind = float(rng.uniform())
        if kind < 0.74 and room.surfaces:
            _add_small_object(room, source, theme, clutter=clutter)
        elif kind < 0.84:
            model = source.any_of("hanging")
            if model is not None:
                room.place_hanging(model)
        elif kind < 0.88:
            model = source.make(*theme.at_walls) or source.any_of("wall_side")
            if model is not None:
                room.place_at_wall(model)
        else:
            _add_to_floor(room, source, theme, wanted)
        misses = 0 if len(scene.bodies) > before else misses + 1


def _add_flat_objects(room: FurnishedRoom, source: ObjectSource, wanted: tuple[int, int]) -> int:
    """Adds rugs, pictures and mirrors where there is space; returns how many."""
    if not wanted[1]:
        return 0
    before = len(room.scene.bodies)
    for _ in range(int(room.rng.integers(wanted[0], wanted[1] + 1))):
        if room.rng.uniform() < 0.3:
            model = source.make("rug")
            if model is not None:
                room.place_anywhere(model, margin=0.0)
            continue
        model = source.make("picture", "mirror")
        if model is not None:
            room.place_hanging(model)
    return len(room.scene.bodies) - before


def _add_small_object(
    room: FurnishedRoom, source: ObjectSource, theme: Theme, *, clutter: float
) -> None:
    """Adds a small object to a random surface, unless that is cluttered enough."""
    rng = room.rng
    # Shelf boards get more weight than free tops.
    weights = np.array(
        [max(s.area, 0.02) ** 0.5 * (1.0 + 1.5 * (s.clear < 0.6)) for s in room.surfaces]
    )
    surface = room.surfaces[int(rng.choice(len(weights), p=weights / weights.sum()))]
    label = surface.body.model.label
    if surface.used > clutter:
        return
    # On these families books and screens face the front.
    turn = float(rng.normal(0, 0.12)) if label in _ORDERLY else None
    model = source.make(*SMALL_OBJECTS_ON.get(label, theme.small))
    if model is None and label not in SMALL_OBJECTS_ON:
        model = source.any_of("top")
    if model is not None:
        room.place_on(surface, model, turn=turn)


def _add_to_floor(room: FurnishedRoom, source: ObjectSource, theme: Theme, wanted: int) -> None:
    """Adds an object to the floor; shoes come in pairs."""
    model = source.make(*theme.on_floor) or source.any_of("floor", "top")
    body = None if model is None else room.place_anywhere(model)
    if model is None or body is None:
        return
    if model.label == "shoe" and len(room.scene.bodies) < wanted:
        apart = float(np.ptp(model.bounds[:, 0])) + 0.02
        room.place_near(model, body, (apart, float(room.rng.normal(0, 0.02))), 0.0)


def _lights(room: FurnishedRoom, windows: list[_room_shell.Wall]) -> tuple[Light, ...]:
    rng = room.rng
    warm = rng.uniform(0, 1)
    tone = np.array([1.0, 0.93 - 0.1 * warm, 0.85 - 0.25 * warm])
    lights: list[Light] = []
    for x0, y0, x1, y1 in room.outline.rects:
        if min(x1 - x0, y1 - y0) < 1.2:
            continue
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) + rng.uniform(-0.1, 0.1, 2) * (
            x1 - x0,
            y1 - y0,
        )
        power = float(rng.uniform(1.5, 3.0))
        extent = rng.uniform(0.3, 1.2, 2)
        lights.append(
            AreaLight(
                (float(middle[0]), float(middle[1]), room.outline.height - 0.03),
                (float(extent[0]), float(extent[1])),
                _color(tone * power),
            )
        )
    if windows and rng.uniform() < 0.6:
        wall = windows[int(rng.integers(len(windows)))]
        outward = np.array([-np.sin(wall.heading), np.cos(wall.heading)])
        side = np.array([outward[1], -outward[0]]) * rng.uniform(-0.6, 0.6)
        slope = float(rng.uniform(0.4, 0.9))
        direction = (float(outward[0] + side[0]), float(outward[1] + side[1]), slope)
        lights.append(Sun(direction, _color(np.array([1.0, 0.95, 0.85]) * rng.uniform(1.0, 2.0))))
    return tuple(lights)


def _ambient(rng: np.random.Generator) -> Color:
    return _color(float(rng.uniform(0.4, 0.65)) * (1 + rng.normal(0, 0.03, 3)))
