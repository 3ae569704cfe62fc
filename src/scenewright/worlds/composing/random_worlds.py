"""Random worlds: arbitrary objects side by side, stacked, or cluttered on a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from scenewright.core import ConventionError, UnknownNameError
from scenewright.worlds.composing import _room_shell
from scenewright.worlds.composing._body import Body, Solid, upright
from scenewright.worlds.composing._config_checks import (
    check_families,
    check_library,
    check_range,
    check_seed,
)
from scenewright.worlds.composing._object_source import ObjectSource
from scenewright.worlds.composing._relations import relations
from scenewright.worlds.composing._rigid_scene import RigidScene
from scenewright.worlds.composing._settling import pushed, settle
from scenewright.worlds.composing.world import AreaLight, Light, Sun, World
from scenewright.worlds.objects.mesh_library import ObjectLibrary
from scenewright.worlds.objects.model import Color, Material, ObjectModel, Part
from scenewright.worlds.objects.registry import FAMILIES, scaled_object

Layout = Literal["floor", "tabletop"]
_ATTEMPTS = 30
_LARGEST = 0.5
"""Maximum longest extent of objects cluttered on a table, meters."""
_BASE = 0.06
"""Minimum stability margin of stacked objects, as a share of their diagonal."""
_LEVEL_AXES = np.array([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0)])


@dataclass(frozen=True)
class RandomConfig:
    """Settings of a random world.

    Attributes:
        layout: ``"floor"``: objects of any size on the floor; ``"tabletop"``: household objects
            cluttered on a table or another support, which is an instance itself.
        num_objects: Minimum and maximum number of objects, stuff and the support not counted;
            None = 2 to 7 on the floor, 3 to 16 on a table.
        size_ratio: Minimum and maximum longest extent of an object relative to the largest, on
            the floor; log-uniform.
        size_factor: Minimum and maximum scale factor of each object, on a table.
        walls: Probability of two walls behind the objects.
        families: Families to draw from, None = all.
        library: Meshes of the user to draw from as well, or None.
        library_share: Probability of using the library if it has a suitable object.
    """

    layout: Layout = "floor"
    num_objects: tuple[int, int] | None = None
    size_ratio: tuple[float, float] = (0.15, 1.0)
    size_factor: tuple[float, float] = (0.8, 1.3)
    walls: float = 0.5
    families: tuple[str, ...] | None = None
    library: ObjectLibrary | None = None
    library_share: float = 0.5

    def __post_init__(self) -> None:
        if self.layout not in get_args(Layout):
            known = ", ".join(get_args(Layout))
            raise UnknownNameError("RandomConfig.layout", expected=known, got=str(self.layout))
        if self.num_objects is not None:
            check_range("RandomConfig.num_objects", self.num_objects, low=1, high=400)
        check_range("RandomConfig.size_ratio", self.size_ratio, low=0.01, high=1)
        check_range("RandomConfig.size_factor", self.size_factor, low=0.2, high=3)
        check_families("RandomConfig.families", self.families)
        check_library("RandomConfig", self.library, self.library_share)
        if not 0 <= self.walls <= 1:
            raise ConventionError("RandomConfig.walls", expected="0 to 1", got=f"{self.walls:g}")


def make_random_world(seed: int, config: RandomConfig = RandomConfig()) -> World:
    """Makes a random world.

    Args:
        seed: Random seed; the same seed and config make the same world.
        config: Settings of the world.

    Raises:
        ConventionError: The seed is below 0, or fewer objects fit than the minimum of
            `config.num_objects`.
    """
    check_seed(seed)
    rng = np.random.default_rng((seed, 2))
    table = config.layout == "tabletop"
    least, most = config.num_objects or ((3, 16) if table else (2, 7))
    wanted = int(rng.integers(least, most + 1))
    scene = RigidScene()
    source = ObjectSource(
        rng,
        families=config.families,
        size_factor=config.size_factor,
        library=config.library,
        library_share=config.library_share,
    )
    composer = _RandomComposer(scene, source, config)
    count = composer.on_table(wanted) if table else composer.on_floor(wanted)
    if count < least:
        raise ConventionError(
            "RandomConfig.num_objects",
            expected="a minimum that fits",
            got=f"at least {least}, of which {count} fit",
            do="Request fewer or smaller objects.",
        )
    return World(
        scene.placed(),
        size=composer.size,
        relations=relations(scene.bodies),
        lights=composer.lights(),
        ambient=_any_color(float(rng.uniform(0.25, 0.5)) * (1 + rng.normal(0, 0.04, 3))),
        kind=f"random/{config.layout}",
        seed=seed,
    )


class _RandomComposer:
    """Places the objects of one random world."""

    def __init__(self, scene: RigidScene, source: ObjectSource, config: RandomConfig) -> None:
        self.scene = scene
        self.source = source
        self.config = config
        self.rng = source.rng
        self.objects: list[Body] = []
        self.size = (6.0, 6.0, 3.0)

    def _ground(self, half: float) -> Body:
        """A floor around the origin, with or without two walls behind."""
        rng = self.rng
        low, high = (-half, -half, 0.0), (half, half, _room_shell.THICKNESS)
        part = Part("floor", _room_shell.block(low, high), _surface(rng))
        floor = Body(
            ObjectModel("floor", (part,)), upright(0, 0, -_room_shell.THICKNESS, 0), is_stuff=True
        )
        self.scene.add(floor)
        self.size = (2 * half, 2 * half, max(2.5, half))
        if rng.uniform() < self.config.walls:
            paint = Material(_any_color(rng.uniform(0.5, 0.95, 3)), gloss=0.03)
            plan = _room_shell.outline(self.size)
            first = int(rng.integers(len(plan.walls)))
            for index in (first, (first + 1) % len(plan.walls)):
                side, height = plan.walls[index], self.size[2]
                for body in _room_shell.wall_bodies(side, height, (), paint, paint):
                    self.scene.add(body)
        return floor

    def on_floor(self, wanted: int) -> int:
        """Places objects of any size beside and on each other; returns how many."""
        rng = self.rng
        largest = float(rng.uniform(0.6, 1.6))
        self._ground(float(rng.uniform(1.6, 2.6)) * max(largest, 1.0))
        misses = 0
        while len(self.objects) < wanted and misses < _ATTEMPTS:
            model = self._scaled(largest)
            body = None
            if not self.objects:
                body = self._stand(model, np.zeros(2))
            else:
                parent = self.objects[int(rng.integers(len(self.objects)))]
                kind = float(rng.uniform())
                if kind < 0.6:
                    body = self._stand(model, self._beside(parent, model))
                elif kind < 0.85:
                    body = self._atop(parent, model)
                else:
                    body = self._stand(model, rng.uniform(-0.6, 0.6, 2) * self.size[0] / 2)
            misses = 0 if body is not None else misses + 1
            if body is not None:
                self.objects.append(body)
        return len(self.objects)

    def _scaled(self, largest: float) -> ObjectModel:
        low, high = self.config.size_ratio
        ratio = float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        model = self.source.any_of("floor", "wall_side", "top")
        if model is None:
            raise ConventionError(
                "RandomConfig.families", expected="a family that stands upright", got="none"
            )
        return scaled_object(model, ratio * largest / float(np.ptp(model.bounds, axis=0).max()))

    def _stand(self, model: ObjectModel, position: NDArray[np.float64]) -> Body | None:
        heading = float(self.rng.uniform(0, 2 * np.pi))
        start = Body(model, upright(float(position[0]), float(position[1]), 0.02, heading))
        half = np.array(self.size[:2]) / 2
        if (start.bounds[0, :2] < -half).any() or (start.bounds[1, :2] > half).any():
            return None
        return self.scene.rest(start, from_above=False)

    def _beside(self, parent: Body, model: ObjectModel) -> NDArray[np.float64]:
        """A position left, right, in front or behind another, at up to 0.3 times its size."""
        extent = np.ptp(parent.bounds[:, :2], axis=0)
        radius = float(np.linalg.norm(np.ptp(model.bounds[:, :2], axis=0))) / 2
        side = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])[int(self.rng.integers(4))]
        gap = float(self.rng.uniform(0, 0.3)) * float(extent.max())
        middle: NDArray[np.float64] = parent.bounds[:, :2].mean(axis=0)
        across = self.rng.uniform(-0.3, 0.3, 2) * extent * (side == 0)
        position: NDArray[np.float64] = middle + side * (extent / 2 + radius * 0.8 + gap) + across
        return position

    def _atop(self, parent: Body, model: ObjectModel) -> Body | None:
        top = np.ptp(parent.bounds[:, :2], axis=0)
        if (np.ptp(model.bounds[:, :2], axis=0) > 0.9 * top).any():
            return None
        position = parent.bounds[:, :2].mean(axis=0) + self.rng.uniform(-0.2, 0.2, 2) * top
        heading = float(self.rng.uniform(0, 2 * np.pi))
        start = Body(model, upright(float(position[0]), float(position[1]), 0.0, heading))
        return self.scene.rest(start)

    def on_table(self, wanted: int) -> int:
        """Places household objects cluttered on one support; returns how many."""
        floor = self._ground(float(self.rng.uniform(1.5, 2.5)))
        support = self._support()
        if support is None or support.supported_by != floor.instance_id:
            return 0
        x0, y0, x1, y1, z, _ = max(
            support.model.carriers, key=lambda c: (c[2] - c[0]) * (c[3] - c[1])
        )
        rng = self.rng
        spread = float(rng.uniform(0.35, 1.0)) * np.array([x1 - x0, y1 - y0]) / 2
        spread = np.clip(spread, 0, rng.uniform(0.25, 0.5))
        middle = np.array([x0 + x1, y0 + y1]) / 2
        misses = 0
        while len(self.objects) < wanted and misses < _ATTEMPTS:
            model = self.source.any_of("top")
            if model is None:
                raise ConventionError(
                    "RandomConfig.families", expected="a family of small objects", got="none"
                )
            if np.ptp(model.bounds, axis=0).max() > _LARGEST:
                misses += 1
                continue
            local = middle + rng.uniform(-1, 1, 2) * spread
            position = (support.pose @ np.array([*local, z, 1.0]))[:3]
            body = self._in_clutter(model, position, support)
            misses = 0 if body is not None else misses + 1
            if body is not None:
                self.objects.append(body)
        return len(self.objects)

    def _support(self) -> Body | None:
        rng = self.rng
        heading = float(rng.uniform(0, 2 * np.pi))
        tables = [n for n in self.source.families if FAMILIES[n].where == "floor" and "table" in n]
        model = self.source.make(*tables) if rng.uniform() < 0.6 else None
        if model is None or not model.carriers:
            model = _plain_support(rng)
        start = Body(model, upright(0.0, 0.0, 0.02, heading))
        return self.scene.rest(start, from_above=False)

    def _in_clutter(
        self, model: ObjectModel, position: NDArray[np.float64], support: Body
    ) -> Body | None:
        """An object standing free, pushed against another, on top of another, or fallen over."""
        rng, scene = self.rng, self.scene
        solid = Solid(model)
        kind = float(rng.uniform())
        heading = float(rng.uniform(0, 2 * np.pi))
        if not self.objects or kind < 0.25:
            start = Body(model, _standing(position, 0.002, heading), solid=solid)
            return self._added(scene.drop(start, from_above=False), support)
        other = self.objects[int(rng.integers(len(self.objects)))]
        if kind < 0.55:
            out = np.array([np.cos(heading), np.sin(heading)])
            far = other.bounds[:, :2].mean(axis=0) + 0.9 * out + rng.normal(0, 0.02, 2)
            turn = float(rng.integers(4)) * np.pi / 2 + float(rng.normal(0, 0.08))
            turn += float(np.arctan2(other.pose[1, 0], other.pose[0, 0]))
            start = Body(model, _standing(np.array([*far, position[2]]), 0.001, turn), solid=solid)
            moved = pushed(scene, start, -out)
            landed = None if moved is None else scene.drop(moved, from_above=False)
            return self._added(landed, support)
        if kind < 0.75:
            top = other.bounds[:, :2].mean(axis=0) + rng.normal(0, 0.01, 2)
            start = Body(model, _standing(np.array([*top, 0.0]), 0.0, heading), solid=solid)
            return self._added(scene.drop(start), support, base=_BASE)
        # Fallen over: on one of six sides, tilted, often close enough to another to lean on it.
        beside = other.bounds[:, :2].mean(axis=0) + rng.normal(0, 0.1, 2)
        position = np.array([*beside, 1.0]) if rng.uniform() < 0.6 else position
        pose = upright(float(position[0]), float(position[1]), 1.0, heading)
        tip = (np.pi / 2) * float(rng.integers(-1, 3)) + float(rng.normal(0, 0.3))
        axis = _LEVEL_AXES[int(rng.integers(2))] * tip
        pose[:3, :3] = pose[:3, :3] @ Rotation.from_rotvec(axis).as_matrix()
        lowest = float(support.bounds[:, 2].mean())
        start = Body(model, pose, solid=solid)
        return self._added(settle(scene, start, lowest=lowest), support)

    def _added(self, body: Body | None, support: Body, *, base: float = 0.0) -> Body | None:
        """Adds a body if it is stable and above the support; else None."""
        if body is None:
            return None
        lowest = support.bounds[0, 2] + 0.5 * float(np.ptp(support.bounds[:, 2]))
        if body.bounds[0, 2] < lowest:
            return None
        return self.scene.add_if_stable(body, base=base)

    def lights(self) -> tuple[Light, ...]:
        """One or two area lights above, sometimes the sun."""
        rng = self.rng
        lights: list[Light] = []
        for _ in range(int(rng.integers(1, 3))):
            x, y = rng.uniform(-1.5, 1.5, 2)
            extent = rng.uniform(0.2, 1.2, 2)
            power = float(rng.uniform(1.5, 3.5))
            tone = _any_color(power * (np.array([1.0, 0.93, 0.85]) + rng.normal(0, 0.05, 3)))
            center = (float(x), float(y), float(rng.uniform(2.0, 2.6)))
            lights.append(AreaLight(center, (float(extent[0]), float(extent[1])), tone))
        if rng.uniform() < 0.3:
            angle, slope = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.6, 1.6))
            power = float(rng.uniform(0.5, 1.2))
            sun = (float(np.cos(angle)), float(np.sin(angle)), slope)
            lights.append(Sun(sun, (power, 0.96 * power, 0.88 * power)))
        return tuple(lights)


def _standing(position: NDArray[np.float64], lift: float, heading: float) -> NDArray[np.float64]:
    return upright(float(position[0]), float(position[1]), float(position[2]) + lift, heading)


def _any_color(values: NDArray[np.float64]) -> Color:
    return float(values[0]), float(values[1]), float(values[2])


def _surface(rng: np.random.Generator) -> Material:
    """A surface material of any pattern."""
    base = np.clip(rng.uniform(0.25, 0.85) + rng.normal(0, 0.08, 3), 0.02, 0.98)
    pattern = str(rng.choice(["plain", "checker", "stripes", "wood", "noise", "speckle", "weave"]))
    second = _any_color(np.clip(base * rng.uniform(0.6, 1.1), 0, 1))
    scale = float(np.exp(rng.uniform(np.log(0.03), np.log(0.6))))
    return Material(
        _any_color(base), pattern, second, scale=scale, gloss=float(rng.uniform(0, 0.3))
    )


def _plain_support(rng: np.random.Generator) -> ObjectModel:
    """A block of random height with a level top."""
    x, y = float(rng.uniform(0.5, 1.3)), float(rng.uniform(0.45, 0.9))
    z = float(rng.choice([rng.uniform(0.02, 0.06), rng.uniform(0.3, 0.9)]))
    part = Part("top", _room_shell.block((-x / 2, -y / 2, 0), (x / 2, y / 2, z)), _surface(rng))
    carrier = (0.03 - x / 2, 0.03 - y / 2, x / 2 - 0.03, y / 2 - 0.03, z, 1.0)
    return ObjectModel("table", (part,), carriers=(carrier,))
