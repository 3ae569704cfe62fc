"""All families of objects by name: their generator, where they are placed, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from scenewright.core import ConventionError, UnknownNameError
from scenewright.worlds.objects.families import (
    containers,
    decor,
    devices,
    lamps,
    plants,
    seats,
    shelves,
    small_objects,
    storage,
    tables,
    upholstery,
    vessels,
)
from scenewright.worlds.objects.mesh_transforms import scaled
from scenewright.worlds.objects.model import ObjectModel

Where = Literal["floor", "wall_side", "top", "hanging", "flat"]


@dataclass(frozen=True)
class Family:
    """A family of objects.

    Attributes:
        label: Category of its objects.
        maker: Generates one object from random numbers.
        where: Where it is placed: ``"floor"``; ``"wall_side"`` = with its back (+y) to a wall;
            ``"top"`` = on furniture; ``"hanging"`` = with its flat back (+y) on a wall;
            ``"flat"`` = flat on the floor, may be walked over.
        weight: Relative frequency among the families with the same `where`.
        size: Minimum and maximum longest extent, meters.
    """

    label: str
    maker: Callable[[np.random.Generator], ObjectModel]
    where: Where
    weight: float
    size: tuple[float, float]


_TABLE: tuple[Family, ...] = (
    Family("table", tables.make_table, "floor", 1.0, (0.70, 2.2)),
    Family("coffee table", tables.make_coffee_table, "floor", 0.7, (0.4, 1.3)),
    Family("chair", seats.make_chair, "floor", 1.5, (0.7, 1.25)),
    Family("stool", seats.make_stool, "floor", 0.6, (0.4, 0.8)),
    Family("bench", seats.make_bench, "floor", 0.4, (0.8, 1.7)),
    Family("sofa", upholstery.make_sofa, "wall_side", 0.8, (1.0, 3.2)),
    Family("armchair", upholstery.make_armchair, "floor", 0.6, (0.6, 1.2)),
    Family("bed", upholstery.make_bed, "wall_side", 0.7, (1.9, 2.4)),
    Family("cushion", upholstery.make_cushion, "top", 0.7, (0.3, 0.6)),
    Family("desk", storage.make_desk, "wall_side", 0.7, (1.0, 1.75)),
    Family("bookcase", shelves.make_bookcase, "wall_side", 0.9, (0.75, 2.2)),
    Family("shelf", shelves.make_shelf, "hanging", 0.6, (0.4, 1.25)),
    Family("cabinet", storage.make_cabinet, "wall_side", 0.7, (0.7, 2.1)),
    Family("drawer chest", storage.make_drawer_chest, "wall_side", 0.7, (0.4, 1.5)),
    Family("wardrobe", storage.make_wardrobe, "wall_side", 0.5, (1.8, 2.3)),
    Family("nightstand", storage.make_nightstand, "wall_side", 0.5, (0.4, 0.7)),
    Family("tv stand", storage.make_tv_stand, "wall_side", 0.4, (1.0, 2.0)),
    Family("floor lamp", lamps.make_floor_lamp, "floor", 0.7, (1.1, 2.0)),
    Family("table lamp", lamps.make_table_lamp, "top", 0.6, (0.25, 0.75)),
    Family("plant pot", plants.make_plant_pot, "floor", 0.9, (0.2, 1.5)),
    Family("bin", containers.make_bin, "floor", 0.6, (0.25, 0.55)),
    Family("basket", containers.make_basket, "floor", 0.5, (0.2, 0.6)),
    Family("box", containers.make_box, "top", 1.0, (0.12, 0.9)),
    Family("tray", containers.make_tray, "top", 0.4, (0.3, 0.55)),
    Family("mug", vessels.make_mug, "top", 1.2, (0.08, 0.16)),
    Family("bowl", vessels.make_bowl, "top", 0.8, (0.12, 0.3)),
    Family("plate", vessels.make_plate, "top", 0.5, (0.15, 0.3)),
    Family("bottle", vessels.make_bottle, "top", 1.0, (0.1, 0.36)),
    Family("vase", vessels.make_vase, "top", 0.7, (0.15, 0.4)),
    Family("can", vessels.make_can, "top", 0.7, (0.07, 0.17)),
    Family("teapot", vessels.make_teapot, "top", 0.5, (0.12, 0.3)),
    Family("pot", vessels.make_pot, "top", 0.5, (0.18, 0.4)),
    Family("pan", vessels.make_pan, "top", 0.3, (0.3, 0.55)),
    Family("monitor", devices.make_monitor, "top", 0.8, (0.42, 0.85)),
    Family("tv", devices.make_tv, "top", 0.4, (0.8, 1.45)),
    Family("laptop", devices.make_laptop, "top", 0.7, (0.25, 0.45)),
    Family("keyboard", devices.make_keyboard, "top", 0.6, (0.2, 0.4)),
    Family("toaster", devices.make_toaster, "top", 0.4, (0.2, 0.37)),
    Family("microwave", devices.make_microwave, "top", 0.3, (0.4, 0.6)),
    Family("speaker", devices.make_speaker, "top", 0.4, (0.18, 0.45)),
    Family("clock", devices.make_clock, "hanging", 0.5, (0.13, 0.41)),
    Family("picture", decor.make_picture, "hanging", 1.2, (0.25, 1.0)),
    Family("mirror", decor.make_mirror, "hanging", 0.4, (0.35, 1.45)),
    Family("book stack", decor.make_book_stack, "top", 1.2, (0.15, 0.45)),
    Family("toy car", small_objects.make_toy_car, "top", 0.4, (0.12, 0.3)),
    Family("ball", small_objects.make_ball, "top", 0.4, (0.06, 0.3)),
    Family("fruit", small_objects.make_fruit, "top", 0.7, (0.05, 0.3)),
    Family("shoe", small_objects.make_shoe, "floor", 0.4, (0.2, 0.35)),
    Family("rug", decor.make_rug, "flat", 1.0, (0.6, 2.4)),
)

FAMILIES: dict[str, Family] = {family.label: family for family in _TABLE}
"""All families by label."""


def available_families(where: Where | None = None) -> tuple[str, ...]:
    """Labels of all families, or of those that are placed in one way.

    Args:
        where: See `Family.where`; None = all.

    Raises:
        UnknownNameError: There is no such way of placing.
    """
    if where is not None and where not in get_args(Where):
        raise UnknownNameError("where", expected=", ".join(get_args(Where)), got=str(where))
    return tuple(name for name, family in FAMILIES.items() if where in (None, family.where))


def make_object(
    family: str, *, seed: int | np.random.Generator, size_factor: float = 1.0
) -> ObjectModel:
    """Generates one object.

    Args:
        family: A key of `FAMILIES`.
        seed: Random seed; the same number gives the same object. A generator is advanced.
        size_factor: Scale factor of all lengths, including patterns and carriers.

    Raises:
        UnknownNameError: There is no such family.
        ConventionError: The factor is not above 0.
    """
    if family not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise UnknownNameError("family", expected=f"one of {known}", got=family)
    if not (np.isfinite(size_factor) and size_factor > 0):
        raise ConventionError("size_factor", expected="above 0", got=f"{size_factor:g}")
    model = FAMILIES[family].maker(np.random.default_rng(seed))
    return model if size_factor == 1 else scaled_object(model, size_factor)


def scaled_object(model: ObjectModel, factor: float) -> ObjectModel:
    """The object with all lengths multiplied by a factor above 0."""
    parts = tuple(
        replace(
            part,
            mesh=scaled(part.mesh, factor),
            material=replace(part.material, scale=part.material.scale * factor),
        )
        for part in model.parts
    )
    carriers = []
    for x0, y0, x1, y1, z, clear in model.carriers:
        values = [value * factor for value in (x0, y0, x1, y1, z, clear)]
        carriers.append((values[0], values[1], values[2], values[3], values[4], values[5]))
    solid = None if model.solid is None else scaled(model.solid, factor)
    return replace(model, parts=parts, carriers=tuple(carriers), solid=solid)
