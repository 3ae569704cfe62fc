"""Dining tables and coffee tables, and the legs that other furniture shares."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import (
    finished,
    parts_of,
    surface,
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.mesh_transforms import moved
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry


def corner_legs(
    rng: np.random.Generator,
    size: tuple[float, float],
    *,
    height: float,
    thickness: float,
    material: Material,
) -> list[Part]:
    """Four legs below a rectangle: square, round, tapered or splayed.

    Args:
        rng: Draws the style.
        size: Extents in x and y of the rectangle, meters.
        height: Height of the legs, meters.
        thickness: Thickness of each leg, meters.
        material: Material of all legs.
    """
    x, y = size[0] / 2 - thickness / 2, size[1] / 2 - thickness / 2
    style = rng.choice(["square", "round", "tapered", "splayed"])
    legs = []
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        if style == "square":
            leg = shapes.box((thickness, thickness, height), (sx * x, sy * y, height / 2))
        elif style == "round":
            leg = shapes.cylinder(thickness / 2, 0, height, segments=12)
            leg = moved(leg, (sx * x, sy * y, 0))
        elif style == "tapered":
            leg = shapes.cylinder(0.3 * thickness, 0, height, top=thickness / 2, segments=8)
            leg = moved(leg, (sx * x, sy * y, 0))
        else:
            inset = 1.6 * thickness
            foot, head = (sx * x, sy * y), (sx * (x - inset), sy * (y - inset))
            leg = shapes.leg((*foot, 0), (*head, height), radius=0.3 * thickness, top=thickness / 2)
        legs.append(leg)
    return parts_of("leg", legs, material)


def _rectangular_support(
    rng: np.random.Generator, size: tuple[float, float], height: float, material: Material
) -> list[Part]:
    """The support of a rectangular top: legs, a trestle at each end, or rectangular frames."""
    width, depth = size
    thickness = float(rng.uniform(0.035, 0.08))
    style = rng.choice(["legs", "legs", "trestle", "frame"])
    if style == "legs":
        parts = corner_legs(
            rng, (width, depth), height=height, thickness=thickness, material=material
        )
        if rng.random() < 0.6:
            rail = 0.07 if height > 0.5 else 0.05
            z = height - rail / 2
            rails = [
                shapes.box(
                    (width - 2 * thickness, 0.02, rail), (0, side * (depth / 2 - thickness), z)
                )
                for side in (-1, 1)
            ] + [
                shapes.box(
                    (0.02, depth - 2 * thickness, rail), (side * (width / 2 - thickness), 0, z)
                )
                for side in (-1, 1)
            ]
            parts += parts_of("rail", rails, material)
        return parts
    x = width / 2 - float(rng.uniform(0.05, 0.2)) * width - thickness / 2
    if style == "frame":
        bars = []
        for side in (-1, 1):
            for y in (-1, 1):
                at = (side * x, y * (depth / 2 - thickness / 2), height / 2)
                bars.append(shapes.box((thickness, thickness, height), at))
            for z in (thickness / 2, height - thickness / 2):
                bars.append(shapes.box((thickness, depth, thickness), (side * x, 0, z)))
        return parts_of("leg", bars, material)
    spread = depth / 2 - thickness
    crossing = spread / (spread + 0.12 * depth)
    posts = []
    for side in (-1, 1):
        for y in (-1, 1):
            foot, head = y * spread, -y * depth * 0.12
            outline = [
                (foot - thickness / 2, 0),
                (foot + thickness / 2, 0),
                (head + thickness / 2, height),
                (head - thickness / 2, height),
            ]
            low, high = side * x - thickness / 2, side * x + thickness / 2
            posts.append(shapes.prism(outline, low, high, along="x"))
    beam = shapes.box((2 * x, thickness * 0.8, thickness), (0, 0, height * crossing))
    return [*parts_of("leg", posts, material), Part("rail", beam, material)]


def _round_support(
    rng: np.random.Generator, radius: float, height: float, material: Material
) -> list[Part]:
    """The support of a round top: a column on a disc or on crossed feet, or four legs."""
    style = rng.choice(["disc", "cross", "legs"])
    if style == "legs":
        legs = []
        for direction in shapes.circle(1.0, 4):
            foot, head = direction * radius * 0.8, direction * radius * 0.6
            legs.append(shapes.leg((*foot, 0), (*head, height), radius=0.018, top=0.03))
        return parts_of("leg", legs, material)
    wide = radius * float(rng.uniform(0.08, 0.2))
    column = shapes.lathe([(wide, 0.02), (wide * 0.7, height * 0.5), (wide * 1.2, height)])
    if style == "disc":
        base = shapes.lathe([(radius * 0.65, 0), (radius * 0.62, 0.025), (wide, 0.05)])
        return [Part("column", column, material), Part("base", base, material)]
    reach = radius * 0.8
    feet = [
        shapes.box((2 * reach, 0.07, 0.06), (0, 0, 0.03)),
        shapes.box((0.07, 2 * reach, 0.06), (0, 0, 0.03)),
    ]
    return [Part("column", column, material), *parts_of("base", feet, material)]


def make_table(rng: np.random.Generator) -> ObjectModel:
    """A dining table: rectangular on legs, trestles or frames, or round on a column or legs."""
    palette = Palette(rng)
    height = float(rng.uniform(0.70, 0.78))
    return _table(rng, palette, label="table", height=height, width=(0.7, 2.2), depth=(0.6, 1.0))


def make_coffee_table(rng: np.random.Generator) -> ObjectModel:
    """A coffee table, in the styles of dining tables."""
    palette = Palette(rng)
    height = float(rng.uniform(0.33, 0.5))
    return _table(
        rng, palette, label="coffee table", height=height, width=(0.6, 1.3), depth=(0.45, 0.7)
    )


def _table(
    rng: np.random.Generator,
    palette: Palette,
    *,
    label: str,
    height: float,
    width: tuple[float, float],
    depth: tuple[float, float],
) -> ObjectModel:
    thick = float(rng.uniform(0.02, 0.05))
    top_material = palette("top", materials.wood, materials.wood, materials.paint, materials.glass)
    leg_material = palette("leg", materials.wood, materials.metal, materials.paint)
    if rng.random() < 0.3:
        radius = float(rng.uniform(*depth)) * 0.65
        top = shapes.lathe(
            [
                (radius - 0.008, height - thick),
                (radius, height - thick / 2),
                (radius - 0.005, height),
            ],
            segments=32,
        )
        inner = 2 * radius / np.sqrt(2)
        carriers = [surface(inner, inner, height)]
        parts = [Part("top", top, top_material)]
        parts += _round_support(rng, radius, height - thick / 2, leg_material)
        return finished(label, parts, symmetry=Symmetry(turns=4, mirrors=True), carriers=carriers)
    long, deep = float(rng.uniform(*width)), float(rng.uniform(*depth))
    margin = 0.03
    if rng.random() < 0.25:
        radius = float(rng.uniform(0.05, 0.2))
        # The margin at which a square corner fits into the round one.
        margin = 0.02 + 0.3 * radius
        outline = shapes.rounded_rectangle(long, deep, radius=radius)
        top = shapes.prism(outline, height - thick, height)
    else:
        top = shapes.box((long, deep, thick), (0, 0, height - thick / 2), edge=0.006)
    overhang = float(rng.uniform(0.02, 0.1)) if rng.random() < 0.6 else 0.03
    stand = (long - 2 * overhang, deep - 2 * overhang)
    parts = [Part("top", top, top_material)]
    parts += _rectangular_support(rng, stand, height - thick / 2, leg_material)
    carriers = [surface(long, deep, height, margin=margin)]
    return finished(label, parts, symmetry=Symmetry(turns=2, mirrors=True), carriers=carriers)
