"""Boxes, bins, baskets and trays."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.objects import closed_meshes, shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import (
    between,
    chance,
    finished,
    parts_of,
    pick,
    surface,
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.mesh_transforms import both_sides, mirrored
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry


def hollow_box(size: tuple[float, float, float], *, wall: float, flare: float = 1.0) -> Mesh:
    """An open box on z = 0 whose upper rim is wider by the factor `flare`."""
    width, depth, height = size
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, depth / 2)
    inner = square - np.sign(square) * wall
    rings = [
        np.column_stack([ring * share, np.full(4, z)])
        for ring, share, z in (
            (square, 1.0, 0.0),
            (square, flare, height),
            (inner, flare, height),
            (inner, 1.0, wall),
        )
    ]
    return closed_meshes.lofted(np.stack(rings))


def make_box(rng: np.random.Generator) -> ObjectModel:
    """A cardboard box: plain, taped, with a lid, or open with its flaps out."""
    palette = Palette(rng)
    width = float(rng.uniform(0.12, 0.5))
    depth = width * float(rng.uniform(0.5, 1.0))
    height = width * float(rng.uniform(0.35, 1.1))
    material = palette("body", materials.card, materials.card, materials.printed)
    style = rng.choice(["taped", "lid", "open", "plain"])
    symmetry = Symmetry(turns=2, mirrors=True)
    carriers = [surface(width, depth, height)]
    if style == "open":
        wall = 0.006
        parts = [Part("body", hollow_box((width, depth, height), wall=wall), material)]
        reach = depth * float(rng.uniform(0.25, 0.42))
        droop = float(rng.uniform(-0.6, 0.8))
        tip = (depth / 2 + reach * np.cos(droop), height + reach * np.sin(droop))
        flap = [
            (depth / 2 - wall, height - wall),
            (depth / 2, height - wall),
            tip,
            (tip[0], tip[1] + wall),
            (depth / 2 - wall, height),
        ]
        sides = [shapes.prism(flap, -width / 2, width / 2, along="x")]
        sides.append(mirrored(sides[0], "y"))
        parts += parts_of("flap", sides, material)
        return finished("box", parts, symmetry=symmetry)
    body = shapes.box((width, depth, height), (0, 0, height / 2))
    parts = [Part("body", body, material)]
    if style == "taped":
        tape = shapes.box(
            (width + 0.002, depth * 0.12, height * 0.2), (0, 0, height * 0.9 + 0.0002)
        )
        parts.append(Part("tape", tape, palette("tape", materials.plastic)))
        carriers = [surface(width, depth, height + 0.0002)]
    if style == "lid":
        lid = shapes.box((width + 0.012, depth + 0.012, height * 0.25), (0, 0, height * 0.9))
        parts.append(Part("lid", lid, palette("lid", materials.card, materials.printed)))
        carriers = [surface(width, depth, height * 1.025)]
    return finished("box", parts, symmetry=symmetry, carriers=carriers)


def make_bin(rng: np.random.Generator) -> ObjectModel:
    """A waste bin: conical, rectangular, or round with a lid and a pedal."""
    palette = Palette(rng)
    radius, high = between(rng, 0.11, 0.17), between(rng, 0.26, 0.45)
    material = palette("body", materials.plastic, materials.metal, materials.paint)
    style = pick(rng, "cone", "square", "pedal")
    if style == "square":
        size = (2 * radius * 0.8, 2 * radius * between(rng, 0.5, 0.8), high)
        body = hollow_box(size, wall=0.006, flare=between(rng, 1.05, 1.3))
        return finished("bin", [Part("body", body, material)], symmetry=Symmetry(2, True))
    if style == "cone":
        low = radius * between(rng, 0.7, 0.95)
        wall = 0.006
        profile = [
            (0, 0),
            (low, 0),
            (radius, high - 0.01),
            (radius + 0.006, high - 0.01),
            (radius + 0.006, high),
            (radius - wall, high),
            (low - wall, wall),
            (0, wall),
        ]
        body = shapes.lathe(profile, segments=28)
        return finished("bin", [Part("body", body, material)], symmetry=Symmetry(0, True))
    body = shapes.cylinder(radius, 0.015, high, segments=28)
    dark = palette("lid", materials.dark, materials.metal)
    lid = shapes.lathe(
        [
            (radius * 1.02, high - 0.01),
            (radius * 1.02, high + 0.02),
            (radius * 0.6, high + 0.05),
            (0, high + 0.06),
        ],
        segments=28,
    )
    foot = shapes.cylinder(radius * 0.97, 0, 0.03, segments=28)
    pedal = shapes.box((0.08, 0.07, 0.012), (0, -radius - 0.015, 0.02))
    parts = [Part("body", body, material), *parts_of("lid", [lid, foot, pedal], dark)]
    return finished("bin", parts, symmetry=Symmetry(mirrors=True))


def make_basket(rng: np.random.Generator) -> ObjectModel:
    """A basket: round, rectangular or a crate of slats, some with handles."""
    palette = Palette(rng)
    material = palette("body", materials.wood, materials.cloth, materials.plastic)
    width, high = between(rng, 0.22, 0.42), between(rng, 0.14, 0.32)
    style = pick(rng, "round", "woven", "crate")
    if style == "crate":
        return _crate(rng, material, width, 0.75 * high)
    flare = between(rng, 1.05, 1.3)
    if style == "round":
        radius, wall = width / 2, 0.012
        steps = np.linspace(0, 1, 6)
        # Alternating radii imitate coiled bands.
        outer = [
            (radius * (1 + (flare - 1) * t) + 0.006 * (i % 2), t * high)
            for i, t in enumerate(steps)
        ]
        inner = [(r - wall, z) for r, z in outer[::-1] if z > 0.02]
        body = shapes.lathe(
            [(0, 0), *outer, *inner, (radius - wall, 0.012), (0, 0.012)], segments=28
        )
        parts, symmetry = [Part("body", body, material)], Symmetry(0, True)
        reach = outer[-1][0] - wall / 2
    else:
        depth = width * between(rng, 0.6, 0.9)
        parts = [Part("body", hollow_box((width, depth, high), wall=0.01, flare=flare), material)]
        symmetry, reach = Symmetry(2, True), width / 2 * flare - 0.005
    if chance(rng, 0.6):
        angles = np.radians(np.linspace(0, 180, 9))
        hoop = np.column_stack(
            [np.full(9, reach), 0.06 * np.cos(angles), high - 0.02 + 0.07 * np.sin(angles)]
        )
        parts += parts_of(
            "handle",
            both_sides(shapes.tube(hoop, radius=0.007, segments=6)),
            palette("handle", materials.wood, materials.leather),
        )
        symmetry = Symmetry(2, True)
    return finished("basket", parts, symmetry=symmetry)


def _crate(rng: np.random.Generator, material: Material, width: float, high: float) -> ObjectModel:
    """A crate of slats nailed to four posts."""
    depth = width * between(rng, 0.6, 0.9)
    wall = 0.012
    rows = 3
    parts = [Part("floor", shapes.box((width, depth, wall), (0, 0, wall / 2)), material)]
    slat = high / rows * 0.72
    bars = []
    for row in range(rows):
        z = (row + 1) * high / rows - slat / 2
        if row == 0:
            z = slat / 2
        for side in (-1, 1):
            bars.append(shapes.box((width, wall, slat), (0, side * (depth - wall) / 2, z)))
            bars.append(shapes.box((wall, depth - wall, slat), (side * (width - wall) / 2, 0, z)))
    posts = [
        shapes.box(
            (0.025, 0.025, high - 0.004),
            (sx * (width / 2 - wall - 0.01), sy * (depth / 2 - wall - 0.01), high / 2 - 0.002),
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    parts += parts_of("slat", bars, material) + parts_of("post", posts, material)
    return finished("basket", parts, symmetry=Symmetry(2, True))


def make_tray(rng: np.random.Generator) -> ObjectModel:
    """A tray: rectangular or round, with a rim, some with handles."""
    palette = Palette(rng)
    material = palette("body", materials.wood, materials.metal, materials.plastic)
    width, high = between(rng, 0.3, 0.5), between(rng, 0.02, 0.05)
    if chance(rng, 0.35):
        radius, wall = width / 2, 0.008
        profile = [
            (0, 0),
            (radius, 0),
            (radius, high),
            (radius - wall, high),
            (radius - wall, wall),
            (0, wall),
        ]
        inner = 1.41 * (radius - wall)
        return finished(
            "tray",
            [Part("body", shapes.lathe(profile, segments=36), material)],
            symmetry=Symmetry(0, True),
            carriers=[surface(inner, inner, wall)],
        )
    depth = width * between(rng, 0.6, 0.8)
    wall = 0.008
    body = hollow_box((width, depth, high), wall=wall, flare=between(rng, 1.0, 1.1))
    parts = [Part("body", body, material)]
    if chance(rng, 0.6):
        grip = shapes.box((0.012, depth * 0.35, 0.03), (width / 2, 0, high + 0.008))
        parts += parts_of(
            "handle", both_sides(grip), palette("handle", materials.metal, materials.wood)
        )
    carriers = [surface(width - 2 * wall, depth - 2 * wall, wall)]
    return finished("tray", parts, symmetry=Symmetry(2, True), carriers=carriers)
