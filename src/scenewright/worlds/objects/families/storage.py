"""Cabinets, drawer chests, wardrobes, nightstands, TV stands and desks."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.objects import shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import (
    OPEN,
    Carrier,
    between,
    chance,
    finished,
    parts_of,
    pick,
    surface,
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.mesh_transforms import moved, turned
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry

Size = tuple[float, float, float]
MIRRORED = Symmetry(mirrors=True)


def _handle(rng: np.random.Generator) -> Mesh:
    """A handle at the center of a front at y = 0, protruding to -y."""
    style = pick(rng, "knob", "bar", "cup", "upright")
    if style == "knob":
        knob = shapes.lathe(
            [(0.008, -0.004), (0.007, 0.012), (0.015, 0.02), (0.011, 0.028)], segments=12
        )
        return turned(knob, "x", 90)
    if style == "bar":
        return shapes.box((between(rng, 0.08, 0.16), 0.024, 0.012), (0, -0.008, 0))
    if style == "upright":
        return shapes.box((0.012, 0.026, between(rng, 0.1, 0.16)), (0, -0.009, 0))
    return shapes.prism(
        [(0.003, 0.015), (-0.02, 0.008), (-0.025, -0.015), (0.003, -0.015)],
        -0.045,
        0.045,
        along="x",
    )


def _fronts(
    rng: np.random.Generator,
    palette: Palette,
    *,
    size: Size,
    grid: tuple[int, int],
    face: float,
    doors: bool,
) -> list[Part]:
    """Doors or drawers that cover the front of a body.

    Args:
        rng: Draws the handles.
        palette: Draws the materials.
        size: Width in x, thickness, and height in z of the front, meters.
        grid: Columns and rows.
        face: y of the front of the body; its center is x = 0, its lower edge z = 0.
        doors: Whether handles are at the sides of doors, or at the center of drawers.
    """
    width, thick, height = size
    columns, rows = grid
    gap = 0.004
    front = palette("front", materials.wood, materials.paint, materials.paint)
    handle = palette("handle", materials.metal, materials.wood, materials.dark)
    handle_mesh = _handle(rng)
    tall = chance(rng, 0.5)
    two = width / columns > 0.6 and not doors
    parts = []
    for column in range(columns):
        for row in range(rows):
            x = -width / 2 + (column + 0.5) * width / columns
            z = (row + 0.5) * height / rows
            panel = (width / columns - gap, thick, height / rows - gap)
            parts.append(
                Part(
                    "door" if doors else "drawer",
                    shapes.box(panel, (x, face - thick / 2 + 0.001, z), edge=0.002),
                    front,
                )
            )
            positions = [(x, z)]
            if doors:
                # Doors open in pairs: the handles of a pair are next to each other.
                inner = 1 if column % 2 == 0 else -1
                if columns % 2 == 1 and column == columns - 1:
                    inner = -1
                z_handle = z + (panel[2] * 0.3 if tall else 0)
                positions = [(x + inner * (panel[0] / 2 - 0.04), z_handle)]
            elif two:
                positions = [(x - panel[0] / 4, z), (x + panel[0] / 4, z)]
            for at_x, at_z in positions:
                grip = moved(handle_mesh, (at_x, face - thick + 0.002, at_z))
                parts.append(Part("handle", grip, handle))
    return parts


def _body(
    rng: np.random.Generator, palette: Palette, size: Size, *, plinth: float
) -> tuple[list[Part], Material]:
    """A closed body on a plinth or on feet."""
    width, depth, height = size
    material = palette("body", materials.wood, materials.wood, materials.paint)
    parts = [
        Part(
            "body",
            shapes.box((width, depth, height - plinth), (0, 0, (height + plinth) / 2)),
            material,
        )
    ]
    if plinth > 0.05 and chance(rng, 0.7):
        feet = []
        for sx in (-1, 1):
            for sy in (-1, 1):
                at = (sx * (width / 2 - 0.04), sy * (depth / 2 - 0.04))
                feet.append(
                    moved(shapes.cylinder(0.014, 0, plinth + 0.01, top=0.024, segments=8), (*at, 0))
                )
        parts += parts_of("foot", feet, palette("foot", materials.wood, materials.metal))
    elif plinth > 0:
        parts.append(
            Part(
                "foot",
                shapes.box(
                    (width - 0.02, depth - 0.05, plinth + 0.01), (0, 0.015, plinth / 2 + 0.005)
                ),
                material,
            )
        )
    return parts, material


def _topped(
    rng: np.random.Generator, palette: Palette, parts: list[Part], size: Size
) -> tuple[list[Part], Carrier]:
    """The parts with a top board in half of the objects, and the carrier on top."""
    width, depth, height = size
    if chance(rng, 0.5):
        over = between(rng, 0.0, 0.02)
        thick = between(rng, 0.015, 0.03)
        board = shapes.box(
            (width + 2 * over, depth + 2 * over, thick), (0, 0, height + thick / 2 - 0.001)
        )
        parts.append(
            Part("top", board, palette("top", materials.wood, materials.paint, materials.ceramic))
        )
        return parts, surface(width, depth, height + thick - 0.001)
    return parts, surface(width, depth, height)


def _chest(
    rng: np.random.Generator, label: str, size: Size, grid: tuple[int, int], *, doors: bool
) -> ObjectModel:
    palette = Palette(rng)
    width, depth, height = size
    plinth = between(rng, 0.0, 0.15) if height < 1.3 else between(rng, 0.0, 0.06)
    parts, _ = _body(rng, palette, size, plinth=plinth)
    fronts = _fronts(
        rng,
        palette,
        size=(width - 0.006, 0.016, height - plinth - 0.006),
        grid=grid,
        face=-depth / 2,
        doors=doors,
    )
    lift = plinth + 0.003
    parts += [Part(one.name, moved(one.mesh, (0, 0, lift)), one.material) for one in fronts]
    parts, carrier = _topped(rng, palette, parts, size)
    mirrored = not doors or grid[0] % 2 == 0
    carriers = [carrier] if height < 1.9 else [(*carrier[:5], 0.4)]
    return finished(label, parts, symmetry=Symmetry(mirrors=mirrored), carriers=carriers)


def make_cabinet(rng: np.random.Generator) -> ObjectModel:
    """A cabinet with one to four doors."""
    columns = int(rng.integers(1, 5))
    width = columns * between(rng, 0.35, 0.5)
    return _chest(
        rng,
        "cabinet",
        (width, between(rng, 0.35, 0.5), between(rng, 0.7, 1.3)),
        (columns, int(rng.integers(1, 3))),
        doors=True,
    )


def make_drawer_chest(rng: np.random.Generator) -> ObjectModel:
    """A chest with two to six rows of drawers in one or two columns."""
    columns, rows = int(rng.integers(1, 3)), int(rng.integers(2, 7))
    width = columns * between(rng, 0.38, 0.6)
    return _chest(
        rng,
        "drawer chest",
        (width, between(rng, 0.38, 0.5), 0.12 + rows * between(rng, 0.15, 0.21)),
        (columns, rows),
        doors=False,
    )


def make_wardrobe(rng: np.random.Generator) -> ObjectModel:
    """A tall wardrobe with two to four doors."""
    columns = int(rng.integers(2, 5))
    width = columns * between(rng, 0.42, 0.55)
    return _chest(
        rng,
        "wardrobe",
        (width, between(rng, 0.5, 0.62), between(rng, 1.8, 2.2)),
        (columns, 1),
        doors=True,
    )


def make_nightstand(rng: np.random.Generator) -> ObjectModel:
    """A nightstand with drawers, or with a drawer and an open compartment."""
    width, depth, height = (
        between(rng, 0.36, 0.55),
        between(rng, 0.33, 0.45),
        between(rng, 0.42, 0.62),
    )
    if chance(rng, 0.5):
        return _chest(
            rng, "nightstand", (width, depth, height), (1, int(rng.integers(1, 4))), doors=False
        )
    palette = Palette(rng)
    parts, carriers = _open_case(rng, palette, (width, depth, height), columns=1, drawer=0.4)
    return finished("nightstand", parts, symmetry=MIRRORED, carriers=carriers)


def make_tv_stand(rng: np.random.Generator) -> ObjectModel:
    """A long, low case with open compartments, some with drawers below."""
    palette = Palette(rng)
    width, depth, height = (
        between(rng, 1.0, 1.9),
        between(rng, 0.35, 0.45),
        between(rng, 0.38, 0.58),
    )
    parts, carriers = _open_case(
        rng,
        palette,
        (width, depth, height),
        columns=int(rng.integers(2, 4)),
        drawer=float(rng.choice([0.0, 0.45])),
    )
    return finished("tv stand", parts, symmetry=MIRRORED, carriers=carriers)


def _open_case(
    rng: np.random.Generator, palette: Palette, size: Size, *, columns: int, drawer: float
) -> tuple[list[Part], list[Carrier]]:
    """A case on feet, open at the top, with drawers in the lower share of its height."""
    width, depth, height = size
    thick, plinth = between(rng, 0.016, 0.024), between(rng, 0.05, 0.14)
    material = palette("body", materials.wood, materials.wood, materials.paint)
    tall = height - plinth
    split = plinth + drawer * tall
    parts: list[Part] = []
    base = shapes.box(
        (width, depth, max(split - plinth, thick)), (0, 0, plinth + max(split - plinth, thick) / 2)
    )
    floor = plinth + max(split - plinth, thick)
    parts.append(Part("body", base, material))
    parts.append(
        Part(
            "top",
            shapes.box((width, depth, thick), (0, 0, height - thick / 2)),
            palette("top", materials.wood, materials.paint) if chance(rng, 0.3) else material,
        )
    )
    uprights = [
        shapes.box((thick, depth - 0.002, height - floor), (x, 0, (height + floor) / 2 - 0.001))
        for x in np.linspace(-width / 2 + thick / 2, width / 2 - thick / 2, columns + 1)
    ]
    parts += parts_of("side", uprights, material)
    back = shapes.box(
        (width - 0.01, 0.008, height - floor), (0, depth / 2 - 0.006, (height + floor) / 2 - 0.001)
    )
    parts.append(Part("back", back, material))
    feet = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            head = (sx * (width / 2 - 0.07), sy * (depth / 2 - 0.06))
            foot = (head[0] + sx * 0.03, head[1] + sy * 0.02)
            feet.append(shapes.leg((*foot, 0), (*head, plinth + 0.005), radius=0.012, top=0.022))
    parts += parts_of("foot", feet, palette("foot", materials.wood, materials.metal))
    if drawer > 0:
        fronts = _fronts(
            rng,
            palette,
            size=(width - 0.006, 0.016, split - plinth - 0.004),
            grid=(columns, 1),
            face=-depth / 2,
            doors=False,
        )
        parts += [
            Part(one.name, moved(one.mesh, (0, 0, plinth + 0.002)), one.material) for one in fronts
        ]
    inner = (width - thick * (columns + 1)) / columns
    carriers = [surface(width, depth, height, clear=OPEN)]
    for column in range(columns):
        x = -width / 2 + thick + inner / 2 + column * (inner + thick)
        carriers.append(
            surface(inner, depth - 0.03, floor, center=(x, -0.01), clear=height - thick - floor)
        )
    return parts, carriers


def make_desk(rng: np.random.Generator) -> ObjectModel:
    """A desk: a top on legs or boards, with drawer blocks on none, one or both sides."""
    palette = Palette(rng)
    width, depth, height = between(rng, 1.0, 1.7), between(rng, 0.55, 0.8), between(rng, 0.71, 0.77)
    thick = between(rng, 0.02, 0.04)
    frame = palette("frame", materials.wood, materials.metal, materials.paint)
    top = shapes.box((width, depth, thick), (0, 0, height - thick / 2), edge=0.004)
    parts = [Part("top", top, palette("top", materials.wood, materials.wood, materials.paint))]
    blocks = pick(rng, "none", "left", "right", "both")
    style = pick(rng, "legs", "boards")
    block = between(rng, 0.32, 0.42)
    reach = height - thick / 2
    for name, side in (("left", -1), ("right", 1)):
        if blocks in (name, "both"):
            x = side * (width / 2 - block / 2 - 0.02)
            low = float(rng.choice([0.0, 0.06])) if blocks != "both" else 0.0
            body = shapes.box((block, depth - 0.06, reach - low), (x, 0, (reach + low) / 2))
            parts.append(Part("body", body, frame))
            rows = 3
            fronts = _fronts(
                rng,
                palette,
                size=(block - 0.006, 0.016, height - thick - low - 0.01),
                grid=(1, rows),
                face=-depth / 2 + 0.03,
                doors=False,
            )
            parts += [
                Part(one.name, moved(one.mesh, (x, 0, low + 0.004)), one.material) for one in fronts
            ]
            if low:
                wheel = [
                    shapes.box(
                        (0.04, 0.04, low + 0.01),
                        (x + sx * (block / 2 - 0.05), sy * (depth / 2 - 0.1), low / 2 + 0.005),
                    )
                    for sx in (-1, 1)
                    for sy in (-1, 1)
                ]
                parts += parts_of("foot", wheel, palette("foot", materials.dark))
        elif style == "boards":
            board = shapes.box(
                (0.03, depth - 0.04, reach), (side * (width / 2 - 0.04), 0, reach / 2)
            )
            parts.append(Part("leg", board, frame))
        else:
            legs = [
                shapes.box(
                    (0.05, 0.05, reach),
                    (side * (width / 2 - 0.045), sy * (depth / 2 - 0.045), reach / 2),
                )
                for sy in (-1, 1)
            ]
            parts += parts_of("leg", legs, frame)
    tall = between(rng, 0.1, 0.35)
    rail = shapes.box((width - 0.08, 0.018, tall), (0, depth / 2 - 0.06, reach - tall / 2))
    parts.append(Part("rail", rail, frame))
    carriers = [surface(width, depth, height, margin=0.03)]
    mirrored = blocks in ("none", "both")
    return finished("desk", parts, symmetry=Symmetry(mirrors=mirrored), carriers=carriers)
