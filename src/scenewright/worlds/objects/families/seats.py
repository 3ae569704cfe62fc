"""Chairs, stools and benches."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.objects import shapes
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
from scenewright.worlds.objects.families.tables import corner_legs
from scenewright.worlds.objects.mesh_transforms import both_sides, moved, turned
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def make_chair(rng: np.random.Generator) -> ObjectModel:
    """A chair: wooden frame, bent shell, tubular frame, or office chair."""
    palette = Palette(rng)
    width, depth = between(rng, 0.40, 0.50), between(rng, 0.40, 0.48)
    seat = between(rng, 0.43, 0.48)
    style = pick(rng, "joined", "joined", "shell", "tube", "office")
    if style == "shell":
        return _shell_chair(rng, palette, (width, depth, seat))
    if style == "tube":
        return _tube_chair(rng, palette, (width, depth, seat))
    if style == "office":
        return _office_chair(rng, palette, (width, depth, seat))
    return _joined_chair(rng, palette, (width, depth, seat))


def _joined_chair(
    rng: np.random.Generator, palette: Palette, size: tuple[float, float, float]
) -> ObjectModel:
    width, depth, seat = size
    bar = between(rng, 0.03, 0.045)
    frame = palette("frame", materials.wood, materials.wood, materials.paint, materials.metal)
    thick = between(rng, 0.02, 0.04)
    parts = corner_legs(rng, (width, depth), height=seat - thick / 2, thickness=bar, material=frame)
    board = shapes.box((width, depth, thick), (0, 0, seat - thick / 2), edge=0.006)
    top = seat
    parts.append(
        Part("seat", board, palette("seat", materials.wood, materials.paint, materials.cloth))
    )
    if chance(rng, 0.4):
        pad = between(rng, 0.03, 0.06)
        top = seat + pad
        cushion = shapes.box(
            (width - 0.03, depth - 0.03, pad + 0.01),
            (0, 0, top - pad / 2 - 0.005),
            edge=0.015,
            steps=2,
        )
        parts.append(
            Part("cushion", cushion, palette("cushion", materials.cloth, materials.leather))
        )
    lean, high = between(rng, 0.03, 0.12), between(rng, 0.82, 1.02)
    start, end = depth / 2 - bar / 2, depth / 2 - bar / 2 + lean
    for side in (-1, 1):
        x = side * (width / 2 - bar / 2)
        post = shapes.beam((x, start, seat - thick), (x, end, high), size=(bar, bar))
        parts.append(Part("back", post, frame))
    parts += parts_of(
        "back",
        _back_fill(rng, (width - bar, bar), (start, seat), (end, high)),
        palette("back", materials.wood, materials.paint) if chance(rng, 0.3) else frame,
    )
    free = width - 0.03
    if chance(rng, 0.25):
        free -= 3 * bar
        parts += parts_of("arm", _arms(width, (start, depth), seat, bar, thick), frame)
    inset = lean * 0.3 + bar
    carriers = [surface(free, depth - 0.03 - inset, top, center=(0, -inset / 2), margin=0.03)]
    return finished("chair", parts, symmetry=MIRRORED, carriers=carriers)


def _arms(
    width: float, back: tuple[float, float], seat: float, bar: float, thick: float
) -> list[Mesh]:
    start, depth = back
    z = seat + 0.22
    front = -depth / 2 + bar
    x = width / 2 - bar / 2
    rest = shapes.box((bar * 1.3, start - front + bar, 0.025), (x, (start + front) / 2 + 0.01, z))
    post = shapes.box((bar, bar, 0.22 + thick), (x, front, seat + 0.11 - thick / 2))
    return [*both_sides(rest), *both_sides(post)]


def _back_fill(
    rng: np.random.Generator,
    bars: tuple[float, float],
    low: tuple[float, float],
    high: tuple[float, float],
) -> list[Mesh]:
    """The filling between the posts of a back; `low` and `high` are y and z of its ends."""
    width, bar = bars
    style = pick(rng, "rungs", "spindles", "panel", "cross")
    first, last = np.array(low), np.array(high)

    def rung(share: float, tall: float) -> Mesh:
        y, z = first + share * (last - first)
        return shapes.box((width, bar * 0.6, tall), (0, y, z))

    if style == "rungs":
        count = int(rng.integers(2, 5))
        return [rung(share, 0.05) for share in np.linspace(0.35, 0.92, count)]
    if style == "panel":
        ends = [first + share * (last - first) for share in (between(rng, 0.05, 0.4), 0.99)]
        return [shapes.sheet(ends, thickness=bar * 0.5, low=-width / 2, high=width / 2, along="x")]
    meshes = [rung(0.95, 0.06), rung(0.15, 0.04)]
    y0, z0 = first + 0.12 * (last - first)
    y1, z1 = first + 0.95 * (last - first)
    if style == "spindles":
        count = int(rng.integers(3, 7))
        for x in np.linspace(-width / 2, width / 2, count + 2)[1:-1]:
            meshes.append(shapes.beam((x, y0, z0), (x, y1, z1), size=(0.02, 0.012)))
        return meshes
    x = width / 2 - bar / 2
    return [
        *meshes,
        *both_sides(shapes.beam((-x, y0, z0), (x, y1, z1), size=(0.025, 0.015))),
    ]


def _shell_chair(
    rng: np.random.Generator, palette: Palette, size: tuple[float, float, float]
) -> ObjectModel:
    width, depth, seat = size
    high = between(rng, 0.75, 0.9)
    thick = 0.014
    bend = shapes.arc((depth / 2 - 0.08, seat + 0.08), 0.08, -90, -8, count=6)
    path = np.concatenate(
        [
            [(-depth / 2 - 0.01, seat - 0.03), (-depth / 2 + 0.03, seat)],
            bend,
            [(depth / 2 + 0.05, (seat + high) / 2), (depth / 2 + 0.10, high)],
        ]
    )
    shell = shapes.sheet(path, thickness=thick, low=-width / 2, high=width / 2, along="x")
    parts = [
        Part("seat", shell, palette("seat", materials.plastic, materials.wood, materials.leather))
    ]
    legs = []
    for sx in (-1, 1):
        for foot, head in ((-depth / 2, -depth / 4), (depth / 2, depth / 4)):
            legs.append(
                shapes.leg(
                    (sx * width / 2, foot, 0), (sx * width / 3, head, seat), radius=0.011, top=0.018
                )
            )
    rails = [
        shapes.box((0.7 * width, 0.025, 0.025), (0, y, seat - 0.012))
        for y in (-depth / 4, depth / 4)
    ]
    parts += parts_of("leg", legs + rails, palette("leg", materials.wood, materials.metal))
    reach = depth - 0.14
    carriers = [surface(width, reach, seat + thick / 2, center=(0, -0.025), margin=0.03)]
    return finished("chair", parts, symmetry=MIRRORED, carriers=carriers)


def _tube_chair(
    rng: np.random.Generator, palette: Palette, size: tuple[float, float, float]
) -> ObjectModel:
    """A chair with one bent tube per side, from the floor to the seat and into the back."""
    width, depth, seat = size
    radius = between(rng, 0.010, 0.015)
    high = between(rng, 0.78, 0.92)
    x = width / 2 - radius
    y, low = depth / 2, radius
    line = [
        (y, low),
        (-y + 0.05, low),
        (-y, 0.05),
        (-y, seat - 0.06),
        (-y + 0.06, seat - radius),
        (y - 0.05, seat - radius),
        (y, seat + 0.05),
        (y + 0.08, high),
    ]
    side = shapes.tube([(x, *point) for point in line], radius=radius, segments=8)
    tubes = [
        *both_sides(side),
        shapes.rod((-x, y - 0.01, low), (x, y - 0.01, low), radius=radius),
    ]
    parts = parts_of("frame", tubes, palette("frame", materials.metal))
    cover = palette("seat", materials.leather, materials.cloth, materials.wood, materials.plastic)
    thick = between(rng, 0.02, 0.05)
    top = seat - 0.005 + thick
    board = shapes.box((width, depth - 0.04, thick), (0, -0.01, top - thick / 2), edge=0.008)
    lift = between(rng, 0.15, 0.35)
    ends = [
        (y + 0.08 * share - 0.004, seat + 0.05 + share * (high - seat - 0.05))
        for share in (1 - lift * 1.6, 1.0)
    ]
    back = shapes.sheet(ends, thickness=thick, low=-width / 2, high=width / 2, along="x")
    parts += [Part("seat", board, cover), Part("back", back, cover)]
    carriers = [surface(width - 0.02, depth - 0.08, top, center=(0, -0.02))]
    return finished("chair", parts, symmetry=MIRRORED, carriers=carriers)


def star_base(reach: float, high: float) -> list[Mesh]:
    """Five feet with casters around a column; one foot points to the front."""
    meshes = [shapes.cylinder(0.03, 0.06, high, segments=12)]
    for turn in range(5):
        foot = shapes.prism(
            [(0, 0.06), (-reach, 0.05), (-reach, 0.075), (-0.03, 0.10), (0, 0.10)],
            -0.018,
            0.018,
            along="x",
        )
        caster = turned(shapes.cylinder(0.028, -0.02, 0.02, segments=12), "y", 90)
        caster = moved(caster, (0, -reach + 0.02, 0.028))
        meshes += [turned(one, "z", 72 * turn) for one in (foot, caster)]
    return meshes


def _office_chair(
    rng: np.random.Generator, palette: Palette, size: tuple[float, float, float]
) -> ObjectModel:
    width, depth, seat = size
    frame = palette("frame", materials.dark, materials.metal)
    cover = palette("seat", materials.cloth, materials.leather, materials.dark)
    parts = parts_of("base", star_base(between(rng, 0.27, 0.33), seat - 0.04), frame)
    pad = between(rng, 0.05, 0.09)
    parts.append(
        Part(
            "seat",
            shapes.box((width, depth, pad), (0, 0, seat - pad / 2), edge=0.02, steps=2),
            cover,
        )
    )
    tall = between(rng, 0.35, 0.65)
    back = shapes.box((width * between(rng, 0.8, 1.0), 0.05, tall), edge=0.02, steps=2)
    lean = between(rng, 5, 12)
    back = moved(
        turned(back, "x", -lean), (0, depth / 2 + 0.04 + tall * 0.05, seat + 0.1 + tall / 2)
    )
    holder = shapes.sheet(
        [
            (0.0, seat - pad),
            (depth / 2 + 0.03, seat - pad),
            (depth / 2 + 0.055, seat + 0.06),
            (depth / 2 + 0.065 + tall * 0.05, seat + 0.1 + tall / 2),
        ],
        thickness=0.022,
        low=-0.035,
        high=0.035,
        along="x",
    )
    parts += [Part("back", back, cover), Part("back", holder, frame)]
    if chance(rng, 0.6):
        rest = shapes.box((0.06, 0.24, 0.03), (width / 2 + 0.02, 0.02, seat + 0.2), edge=0.01)
        post = shapes.box((0.03, 0.05, 0.2 + pad), (width / 2 + 0.005, 0.02, seat + 0.1 - pad / 2))
        parts += parts_of("arm", [*both_sides(rest), *both_sides(post)], frame)
    carriers = [surface(width - 0.1, depth - 0.1, seat, margin=0.02)]
    return finished("chair", parts, symmetry=MIRRORED, carriers=carriers)


def make_stool(rng: np.random.Generator) -> ObjectModel:
    """A stool or bar stool: round or square, on three or four legs or a column."""
    palette = Palette(rng)
    high = between(rng, 0.42, 0.52) if chance(rng, 0.6) else between(rng, 0.62, 0.78)
    radius = between(rng, 0.15, 0.2)
    legs = palette("leg", materials.wood, materials.metal, materials.paint)
    cover = palette("seat", materials.wood, materials.cloth, materials.leather, materials.paint)
    thick = between(rng, 0.025, 0.08)
    style = pick(rng, "four", "three", "column", "square")
    if style == "square":
        size = (2 * radius, 2 * radius * between(rng, 0.75, 1.0))
        parts = corner_legs(rng, size, height=high - thick / 2, thickness=0.035, material=legs)
        seat = shapes.box((*size, thick), (0, 0, high - thick / 2), edge=0.01)
        symmetry, carriers = Symmetry(2, True), [surface(*size, high)]
    else:
        profile = [
            (radius - 0.01, high - thick),
            (radius, high - thick / 2),
            (radius - 0.012, high),
        ]
        seat = shapes.lathe(profile, segments=24)
        inner = 1.41 * (radius - 0.012)
        symmetry, carriers = Symmetry(4, True), [surface(inner, inner, high)]
        if style == "column":
            base = shapes.lathe([(radius * 0.95, 0), (radius * 0.9, 0.02), (0.03, 0.04)])
            column = shapes.cylinder(0.028, 0.01, high - thick / 2, segments=16)
            parts = parts_of("leg", [base, column], legs)
            symmetry = Symmetry(0, True)
        else:
            parts, symmetry = _round_legs(high, radius, thick, 4 if style == "four" else 3, legs)
    parts.append(Part("seat", seat, cover))
    return finished("stool", parts, symmetry=symmetry, carriers=carriers)


def _round_legs(
    high: float, radius: float, thick: float, count: int, material: Material
) -> tuple[list[Part], Symmetry]:
    """Splayed legs on a circle with a ring between them."""
    meshes = []
    angles = np.arange(count) * (2 * np.pi / count) - np.pi / 2 + (np.pi / 4 if count == 4 else 0)
    share = 0.3
    spread, head = radius * 1.05, radius * 0.65
    for angle in angles:
        outward = np.array((np.cos(angle), np.sin(angle)))
        meshes.append(
            shapes.leg(
                (*outward * spread, 0),
                (*outward * head, high - thick / 2),
                radius=0.012,
                top=0.018,
                segments=8,
            )
        )
    at = spread + share * (head - spread)
    ring = [
        (*(at * np.array((np.cos(a), np.sin(a)))), share * high) for a in np.arange(24) * np.pi / 12
    ]
    meshes.append(shapes.tube(ring, radius=0.008, segments=6, loop=True))
    # Three legs on a circle are not symmetric about the center of their bounds, the origin.
    symmetry = Symmetry(4, True) if count == 4 else MIRRORED
    return parts_of("leg", meshes, material), symmetry


def make_bench(rng: np.random.Generator) -> ObjectModel:
    """A bench: on legs or on two boards, padded, or a garden bench with a back."""
    palette = Palette(rng)
    width, depth, seat = between(rng, 0.9, 1.6), between(rng, 0.32, 0.42), between(rng, 0.42, 0.48)
    wood = palette("frame", materials.wood, materials.wood, materials.paint, materials.metal)
    style = pick(rng, "legs", "boards", "padded", "garden")
    thick = between(rng, 0.03, 0.05)
    plank = shapes.box((width, depth, thick), (0, 0, seat - thick / 2), edge=0.005)
    if style == "boards":
        board = shapes.box(
            (thick, depth * 0.95, seat - thick / 2), (width * 0.42, 0, (seat - thick / 2) / 2)
        )
        parts = parts_of("leg", both_sides(board), wood)
        rail = shapes.box((width * 0.84, 0.03, 0.08), (0, 0, seat * 0.6))
        parts.append(Part("rail", rail, wood))
    else:
        parts = corner_legs(
            rng,
            (width - 0.06, depth - 0.02),
            height=seat - thick / 2,
            thickness=0.045,
            material=wood,
        )
    parts.append(Part("seat", plank, palette("seat", materials.wood, materials.paint)))
    symmetry, top = Symmetry(2, True), seat
    if style == "padded":
        top = seat + 0.06
        pad = shapes.box(
            (width - 0.02, depth - 0.02, 0.08), (0, 0, seat + 0.02), edge=0.02, steps=2
        )
        parts.append(Part("cushion", pad, palette("cushion", materials.cloth, materials.leather)))
    carriers = [surface(width - 0.02, depth - 0.02, top, margin=0.035)]
    if style == "garden":
        symmetry = MIRRORED
        posts = [
            shapes.beam(
                (x, depth / 2 - 0.02, seat - thick),
                (x, depth / 2 + 0.06, seat + 0.42),
                size=(0.045, 0.04),
            )
            for x in (-width / 2 + 0.05, width / 2 - 0.05)
        ]
        for share in (0.3, 0.55, 0.85):
            y, z = depth / 2 - 0.02 + 0.08 * share, seat + 0.42 * share
            posts.append(shapes.box((width, 0.025, 0.07), (0, y, z)))
        parts += parts_of("back", posts, wood)
        carriers = [surface(width, depth - 0.08, top, center=(0, -0.04), margin=0.03)]
    return finished("bench", parts, symmetry=symmetry, carriers=carriers)
