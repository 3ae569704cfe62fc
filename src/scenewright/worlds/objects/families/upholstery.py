"""Sofas, armchairs, beds and cushions."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
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
from scenewright.worlds.objects.mesh_transforms import both_sides, moved, turned
from scenewright.worlds.objects.model import ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def make_sofa(rng: np.random.Generator) -> ObjectModel:
    """A sofa with two to four seats, straight or with a chaise, with or without arms."""
    count = int(rng.integers(2, 5))
    chaise = int(rng.choice([-1, 0, 0, 0, 1]))
    return _upholstered(
        rng, "sofa", inner=count * between(rng, 0.55, 0.66), count=count, chaise=chaise
    )


def make_armchair(rng: np.random.Generator) -> ObjectModel:
    """An armchair: a sofa with one seat, or a tub chair with a round back."""
    if chance(rng, 0.35):
        return _tub_chair(rng)
    return _upholstered(rng, "armchair", inner=between(rng, 0.5, 0.64), count=1, chaise=0)


def _upholstered(
    rng: np.random.Generator, label: str, *, inner: float, count: int, chaise: int
) -> ObjectModel:
    palette = Palette(rng)
    cover = palette("cover", materials.cloth, materials.cloth, materials.leather)
    seats = palette("seat", materials.cloth, materials.leather) if chance(rng, 0.4) else cover
    depth, seat = between(rng, 0.78, 0.95), between(rng, 0.40, 0.46)
    foot = between(rng, 0.03, 0.14)
    arm = pick(rng, "box", "round", "slim", "none")
    wide = {"box": between(rng, 0.12, 0.22), "round": 0.18, "slim": 0.06, "none": 0.0}[arm]
    back = between(rng, 0.16, 0.24)
    pad = between(rng, 0.10, 0.16)
    total = inner + 2 * wide
    edge = between(rng, 0.015, 0.04)
    parts = [
        Part(
            "base",
            shapes.box(
                (total, depth, seat - pad - foot + 0.02),
                (0, 0, (seat - pad + foot) / 2 + 0.01),
                edge=0.01,
            ),
            cover,
        )
    ]
    high = between(rng, 0.70, 0.95)
    lean = between(rng, 0.0, 0.06)
    y = depth / 2 - back
    profile = _back_profile((y, depth / 2), (seat - pad, high), lean=lean)
    parts.append(Part("back", shapes.prism(profile, -total / 2, total / 2, along="x"), cover))
    if arm != "none":
        parts += parts_of(
            "arm",
            _sofa_arms(arm, (inner, wide), (depth, foot), seat + between(rng, 0.12, 0.22)),
            cover,
        )
    legs = palette("foot", materials.wood, materials.metal)
    carriers: list[Carrier] = []
    for index in range(count):
        x, wide = (index + 0.5) * inner / count - inner / 2, inner / count
        extra = 0.6 if chaise and index == (0 if chaise < 0 else count - 1) else 0.0
        pillow, carrier = _seat_cushion((depth, back), (x, wide, extra), (seat, pad, edge))
        parts.append(Part("seat", pillow, seats))
        carriers.append(carrier)
        if extra:
            low = shapes.box(
                (wide, extra + 0.1, seat - pad - foot + 0.02),
                (x, -depth / 2 - extra / 2 + 0.05, (seat - pad + foot) / 2 + 0.01),
            )
            parts.append(Part("base", low, cover))
            feet = _feet((x, -depth / 2 - extra / 2), (wide, extra), foot)
            parts += parts_of("foot", feet, legs)
    if chance(rng, 0.6):
        tall = high - seat - between(rng, -0.04, 0.1)
        at = (y - 0.03 + lean / 2, seat + tall / 2 - 0.02)
        parts += parts_of("back cushion", _back_cushions(inner, count, tall=tall, at=at), seats)
        carriers = [(x0, y0, x1, y1 - 0.08, z, clear) for x0, y0, x1, y1, z, clear in carriers]
    parts += parts_of("foot", _feet((0, 0), (total, depth), foot), legs)
    return finished(label, parts, symmetry=Symmetry(mirrors=chaise == 0), carriers=carriers)


def _back_profile(
    front_rear: tuple[float, float], low_high: tuple[float, float], *, lean: float
) -> list[tuple[float, float]]:
    """Cross-section of a sofa back in y and z; `lean` is how far its top is farther back."""
    front, rear = front_rear
    low, high = low_high
    return [
        (front, low),
        (front + lean, high - 0.03),
        (front + lean + 0.03, high),
        (rear + lean - 0.03, high),
        (rear + lean, high - 0.03),
        (rear, low),
    ]


def _seat_cushion(
    frame: tuple[float, float],
    extent: tuple[float, float, float],
    profile: tuple[float, float, float],
) -> tuple[Mesh, Carrier]:
    """A seat cushion and the level part of its top.

    Args:
        frame: Depth of the sofa and thickness of its back, meters.
        extent: Center in x, width, and extension to the front, meters.
        profile: Height of its top, thickness and bevel, meters.
    """
    depth, back = frame
    x, wide, extra = extent
    seat, pad, edge = profile
    size = (wide - 0.004, depth - back + 0.02 + extra, pad)
    middle = depth / 2 - back - size[1] / 2 + 0.01
    front, rear = middle - size[1] / 2 + edge, middle + size[1] / 2 - 0.1
    cushion = shapes.box(size, (x, middle, seat - pad / 2), edge=edge, steps=2)
    free = surface(size[0] - 2 * edge, rear - front, seat, center=(x, (front + rear) / 2))
    return cushion, free


def _back_cushions(inner: float, count: int, *, tall: float, at: tuple[float, float]) -> list[Mesh]:
    """Back cushions side by side; `at` is y and z of their centers."""
    cushion = shapes.box((inner / count - 0.01, 0.15, tall), edge=0.05, steps=2)
    cushion = turned(cushion, "x", -8)
    positions = [(index + 0.5) * inner / count - inner / 2 for index in range(count)]
    return [moved(cushion, (x, *at)) for x in positions]


def _feet(middle: tuple[float, float], size: tuple[float, float], height: float) -> list[Mesh]:
    x, y = size[0] / 2 - 0.06, size[1] / 2 - 0.06
    return [
        moved(
            shapes.cylinder(0.02, 0, height + 0.02, top=0.03, segments=8),
            (middle[0] + sx * x, middle[1] + sy * y, 0),
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def _sofa_arms(
    style: str, widths: tuple[float, float], front: tuple[float, float], high: float
) -> tuple[Mesh, Mesh]:
    inner, wide = widths
    depth, foot = front
    x = inner / 2 + wide / 2
    if style == "round":
        radius = wide / 2
        top = shapes.arc((0, high - radius), radius, -20, 200, count=12)
        outline = [(-radius * 0.7, foot), (radius * 0.7, foot), *top]
        arm = moved(shapes.prism(outline, -depth / 2, depth / 2, along="y"), (x, 0, 0))
    else:
        arm = shapes.box((wide, depth, high - foot), (x, 0, (high + foot) / 2), edge=0.02, steps=2)
    return both_sides(arm)


def _tub_chair(rng: np.random.Generator) -> ObjectModel:
    palette = Palette(rng)
    radius, seat, high = between(rng, 0.34, 0.42), between(rng, 0.38, 0.44), between(rng, 0.66, 0.8)
    foot = between(rng, 0.05, 0.2)
    cover = palette("cover", materials.cloth, materials.leather)
    path = shapes.arc((0, 0), radius, -40, 220, count=21)
    shell = shapes.sheet(path, thickness=0.1, low=foot, high=high)
    pad = shapes.superellipsoid(
        (2 * radius - 0.06, 2 * radius - 0.06, 0.2),
        (0, -0.02, seat - 0.1),
        flat=0.4,
        square=0.9,
        rows=8,
    )
    low = shapes.cylinder(radius - 0.02, foot, seat - 0.06, segments=24)
    parts = [Part("back", shell, cover), Part("base", low, cover)]
    parts.append(
        Part(
            "seat",
            pad,
            palette("seat", materials.cloth, materials.leather) if chance(rng, 0.4) else cover,
        )
    )
    reach = radius * 0.62
    legs = [
        shapes.leg(
            (sx * reach * 1.1, sy * reach * 1.1, 0),
            (sx * reach, sy * reach, foot + 0.03),
            radius=0.014,
            top=0.024,
        )
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    parts += parts_of("foot", legs, palette("foot", materials.wood, materials.metal))
    return finished("armchair", parts, symmetry=MIRRORED)


def make_bed(rng: np.random.Generator) -> ObjectModel:
    """A single or double bed with headboard, mattress, cover and pillows."""
    palette = Palette(rng)
    width = float(rng.choice([0.9, 1.0, 1.2, 1.4, 1.6, 1.8])) + between(rng, 0, 0.08)
    length = between(rng, 1.95, 2.12)
    frame = palette(
        "frame", materials.wood, materials.wood, materials.paint, materials.cloth, materials.metal
    )
    side, thick = between(rng, 0.24, 0.36), between(rng, 0.16, 0.26)
    clear = between(rng, 0.05, 0.16)
    parts = [
        Part(
            "frame",
            shapes.box((width, length, side - clear), (0, 0, (side + clear) / 2), edge=0.008),
            frame,
        )
    ]
    legs = _feet((0, 0), (width, length), clear)
    parts += parts_of("leg", legs, frame)
    head = between(rng, 0.75, 1.15)
    parts += parts_of("headboard", _headboard(rng, width, length / 2, head), frame)
    if chance(rng, 0.35):
        foot = shapes.box(
            (width, 0.04, side + thick - 0.02), (0, -length / 2, (side + thick - 0.02) / 2)
        )
        parts.append(Part("footboard", foot, frame))
    top = side + thick - 0.03
    mattress = shapes.box(
        (width - 0.05, length - 0.06, thick), (0, 0, top - thick / 2), edge=0.04, steps=2
    )
    parts.append(Part("mattress", mattress, palette("mattress", materials.paper, materials.cloth)))
    cover, length_cover = top + between(rng, 0.02, 0.05), length * between(rng, 0.55, 0.75)
    hang = between(rng, 0.05, thick * 0.8)
    wide = width + 0.03
    center_y = -length / 2 + length_cover / 2 + 0.035
    quilt = shapes.box(
        (wide, length_cover, cover - top + hang),
        (0, center_y, (cover + top - hang) / 2),
        edge=0.03,
        steps=2,
    )
    parts.append(Part("cover", quilt, palette("cover", materials.cloth)))
    pillows = []
    for x in [-width / 4, width / 4] if width > 1.3 else [0.0]:
        size = (min(0.65, width / (2 if width > 1.3 else 1) - 0.12), 0.42, 0.16)
        pillow = shapes.superellipsoid(size, flat=0.8, square=0.55, segments=20, rows=8)
        pillows.append(moved(turned(pillow, "x", -12), (x, length / 2 - 0.3, top + 0.07)))
    parts += parts_of("pillow", pillows, palette("pillow", materials.cloth, materials.paper))
    carriers = [surface(wide - 0.1, length_cover - 0.1, cover, center=(0, center_y))]
    return finished("bed", parts, symmetry=MIRRORED, carriers=carriers)


def _headboard(rng: np.random.Generator, width: float, y: float, high: float) -> list[Mesh]:
    style = pick(rng, "board", "padded", "bars", "arch")
    if style == "padded":
        return [shapes.box((width + 0.06, 0.12, high), (0, y + 0.04, high / 2), edge=0.03, steps=2)]
    if style == "board":
        return [shapes.box((width + 0.04, 0.04, high), (0, y, high / 2), edge=0.006)]
    if style == "arch":
        curve = shapes.arc((0, high - 0.25), 1.0, 0, 180, count=15) - (0, high - 0.25)
        line = curve * (width / 2, 0.25) + (0, high - 0.25)
        return [
            shapes.prism([(width / 2, 0), *line, (-width / 2, 0)], y - 0.02, y + 0.02, along="y")
        ]
    posts = [shapes.cylinder(0.025, 0, high, segments=10) for _ in range(2)]
    meshes = [
        moved(post, (side * (width / 2 - 0.025), y, 0))
        for post, side in zip(posts, (-1, 1), strict=True)
    ]
    for z in (high * 0.55, high - 0.03):
        meshes.append(shapes.box((width - 0.04, 0.02, 0.03), (0, y, z)))
    count = max(4, int(width / 0.16))
    for x in np.linspace(-width / 2, width / 2, count + 2)[1:-1]:
        meshes.append(shapes.box((0.016, 0.016, high * 0.45 - 0.03), (x, y, high * 0.775 - 0.015)))
    return meshes


def make_cushion(rng: np.random.Generator) -> ObjectModel:
    """A cushion: square, rectangular, round, or a bolster."""
    palette = Palette(rng)
    style = pick(rng, "square", "square", "oblong", "round", "roll")
    width = between(rng, 0.35, 0.55)
    material = palette("body", materials.cloth)
    if style == "round":
        size, square, symmetry = (width, width, width * 0.35), 1.0, Symmetry(0, True)
    elif style == "roll":
        radius = between(rng, 0.07, 0.11)
        profile = [
            (0, -width / 2),
            (radius * 0.8, -width / 2),
            (radius, -width / 2 + 0.02),
            (radius, width / 2 - 0.02),
            (radius * 0.8, width / 2),
            (0, width / 2),
        ]
        roll = turned(shapes.lathe(profile, segments=20), "y", 90)
        # Flattened at the bottom, as under its weight.
        points = roll.vertices.copy()
        points[:, 2] = np.maximum(points[:, 2], -0.93 * radius)
        return finished(
            "cushion",
            [Part("body", Mesh(points, roll.faces), material)],
            symmetry=Symmetry(2, True),
        )
    else:
        deep = width * (1.0 if style == "square" else between(rng, 0.6, 0.75))
        size, square = (width, deep, between(rng, 0.1, 0.17)), between(rng, 0.3, 0.45)
        symmetry = Symmetry(2, True)
    body = shapes.superellipsoid(
        size, flat=between(rng, 0.75, 1.0), square=square, segments=28, rows=10
    )
    points = body.vertices.copy()
    points[:, 2] = np.maximum(points[:, 2], -0.46 * size[2])
    parts = [Part("body", Mesh(points, body.faces), material)]
    if chance(rng, 0.3):
        button = shapes.superellipsoid((0.04, 0.04, 0.03), (0, 0, size[2] / 2), segments=12, rows=6)
        parts.append(Part("button", button, palette("button", materials.plastic, materials.cloth)))
    return finished("cushion", parts, symmetry=symmetry)
