"""Bookcases and wall shelves."""

from __future__ import annotations

import numpy as np

from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import (
    Carrier,
    between,
    chance,
    finished,
    parts_of,
    pick,
    surface,
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.mesh_transforms import both_sides
from scenewright.worlds.objects.model import ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def make_bookcase(rng: np.random.Generator) -> ObjectModel:
    """A bookcase: a case of one or more columns, with or without a back, or an open frame."""
    palette = Palette(rng)
    width, depth, height = between(rng, 0.4, 1.3), between(rng, 0.22, 0.4), between(rng, 0.8, 2.1)
    thick = between(rng, 0.016, 0.03)
    material = palette("frame", materials.wood, materials.wood, materials.paint)
    boards = palette("board", materials.wood, materials.paint) if chance(rng, 0.3) else material
    columns = max(1, round(width / between(rng, 0.45, 0.8)))
    rows = max(2, round(height / between(rng, 0.28, 0.42)))
    style = pick(rng, "case", "case", "frame")
    low = between(rng, 0.0, 0.08)
    levels = np.linspace(low + thick, height, rows + 1)
    parts: list[Part] = []
    if style == "case":
        for x in np.linspace(-width / 2 + thick / 2, width / 2 - thick / 2, columns + 1):
            parts.append(
                Part("side", shapes.box((thick, depth, height), (x, 0, height / 2)), material)
            )
        if chance(rng, 0.75):
            back = shapes.box(
                (width - thick, 0.008, height - low), (0, depth / 2 - 0.004, (height + low) / 2)
            )
            parts.append(Part("back", back, palette("back", materials.wood, materials.paint)))
    else:
        columns = 1
        posts = [
            shapes.box(
                (thick, thick, height),
                (sx * (width - thick) / 2, sy * (depth - thick) / 2, height / 2),
            )
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
        parts += parts_of("side", posts, palette("post", materials.metal, materials.wood))
        low_bars = [
            shapes.box(
                (thick * 0.8, depth - 0.01, thick * 0.8),
                (sx * (width - thick) / 2, 0, z - thick / 2),
            )
            for sx in (-1, 1)
            for z in levels
        ]
        parts += parts_of("side", low_bars, parts[0].material)
    meshes = [
        shapes.box((width - 0.004, depth - 0.01, thick), (0, 0, z - thick / 2)) for z in levels
    ]
    parts += parts_of("board", meshes, boards)
    carriers: list[Carrier] = []
    gap = float(levels[1] - levels[0]) - thick
    inner = (width - thick * (columns + 1)) / columns
    for z in levels[:-1]:
        for column in range(columns):
            x = -width / 2 + thick + inner / 2 + column * (inner + thick)
            carriers.append(surface(inner, depth - 0.03, float(z), center=(x, -0.005), clear=gap))
    carriers.append(surface(width - 0.004 - 2 * thick, depth - 0.01 - 2 * thick, height))
    return finished("bookcase", parts, symmetry=MIRRORED, carriers=carriers)


def make_shelf(rng: np.random.Generator) -> ObjectModel:
    """A wall shelf: a board on brackets, a box, or two boards with inset sides."""
    palette = Palette(rng)
    width, depth = between(rng, 0.4, 1.2), between(rng, 0.15, 0.28)
    material = palette("board", materials.wood, materials.wood, materials.paint)
    thick = between(rng, 0.018, 0.04)
    style = pick(rng, "brackets", "box", "ladder")
    tall = between(rng, 0.12, 0.3)
    top = shapes.box((width, depth, thick), (0, 0, tall - thick / 2))
    parts = [Part("board", top, material)]
    carriers = [surface(width, depth, tall)]
    if style == "brackets":
        y = depth / 2
        outline = [
            (y, 0),
            (y, tall - thick / 2),
            (-y + 0.03, tall - thick / 2),
            (-y + 0.03, tall - thick - 0.012),
            (y - 0.02, 0.012),
            (y - 0.02, 0),
        ]
        bracket = shapes.prism(outline, width * 0.32, width * 0.32 + 0.025, along="x")
        parts += parts_of(
            "bracket", both_sides(bracket), palette("bracket", materials.metal, materials.wood)
        )
        return finished("shelf", parts, symmetry=MIRRORED, carriers=carriers)
    bottom = shapes.box((width, depth, thick), (0, 0, thick / 2))
    parts.append(Part("board", bottom, material))
    inset = 0.0 if style == "box" else 0.08 * width
    side = shapes.box((thick, depth, tall - 0.002), (width / 2 - thick / 2 - inset, 0, tall / 2))
    parts += parts_of(
        "side", both_sides(side), palette("side", materials.wood, materials.metal, materials.paint)
    )
    inner = width - 2 * thick - 2 * inset
    carriers.append(surface(inner, depth, thick, clear=tall - 2 * thick))
    return finished("shelf", parts, symmetry=MIRRORED, carriers=carriers)
