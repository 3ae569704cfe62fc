"""Small things and what lies or hangs: books, pictures, rugs, toys, shoes, fruit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.worlds.objects import moves, solids
from scenewright.worlds.objects.families import look as looks
from scenewright.worlds.objects.families.build import (
    between,
    chance,
    finished,
    parts_of,
    pick,
    surface,
)
from scenewright.worlds.objects.families.look import Look
from scenewright.worlds.objects.families.plants import blob
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def _book(size: tuple[float, float, float]) -> tuple[Mesh, Mesh]:
    """Cover and pages of a closed book that lies on z = 0, its spine towards -y."""
    width, depth, thick = size
    board = min(0.004, thick / 5)
    outline = [
        (depth / 2, 0),
        (depth / 2, board),
        (-depth / 2 + board, board),
        (-depth / 2 + board, thick - board),
        (depth / 2, thick - board),
        (depth / 2, thick),
        (-depth / 2, thick),
        (-depth / 2, 0),
    ]
    cover = solids.prism(outline, -width / 2, width / 2, along="x")
    pages = solids.box(
        (width - 0.008, depth - board - 0.004, thick - board), (0, board / 2 - 0.004, thick / 2)
    )
    return cover, pages


def make_book_stack(rng: np.random.Generator) -> ObjectModel:
    """One to six books lying on each other, or a row of books standing upright."""
    look = Look(rng)
    paper = look("pages", looks.paper)
    parts: list[Part] = []
    if chance(rng, 0.35):
        x = 0.0
        depth = between(rng, 0.14, 0.17)
        for index in range(int(rng.integers(3, 9))):
            high, thick = between(rng, 0.19, 0.27), between(rng, 0.015, 0.045)
            cover, pages = _book((high, depth * between(rng, 0.9, 1.0), thick))
            for name, mesh, material in (
                ("cover", cover, look(f"cover {index}", looks.printed, looks.paint)),
                ("pages", pages, paper),
            ):
                stood = moves.turned(mesh, "y", 90)
                parts.append(Part(name, moves.moved(stood, (x, 0, high / 2)), material))
            x += thick
        return finished("book stack", parts)
    z = 0.0
    width, depth = between(rng, 0.2, 0.3), between(rng, 0.14, 0.21)
    carriers = []
    for index in range(int(rng.integers(1, 7))):
        thick = between(rng, 0.012, 0.05)
        size = (width * between(rng, 0.85, 1.0), depth * between(rng, 0.85, 1.0), thick)
        cover, pages = _book(size)
        turn, shift = (
            between(rng, -12, 12),
            (between(rng, -0.012, 0.012), between(rng, -0.012, 0.012), z),
        )
        for name, mesh, material in (
            ("cover", cover, look(f"cover {index}", looks.printed, looks.paint)),
            ("pages", pages, paper),
        ):
            parts.append(Part(name, moves.moved(moves.turned(mesh, "z", turn), shift), material))
        z += thick
        carriers = [surface(size[0], size[1], z, center=shift[:2], margin=0.045)]
    return finished("book stack", parts, carriers=carriers)


def make_picture(rng: np.random.Generator) -> ObjectModel:
    """A framed picture with or without a mount; hangs on a wall."""
    look = Look(rng)
    width, height = between(rng, 0.25, 0.95), between(rng, 0.25, 0.8)
    thick, bar = between(rng, 0.02, 0.04), between(rng, 0.015, 0.06)
    frame = look("frame", looks.wood, looks.metal, looks.paint)
    bars = [solids.box((width, thick, bar), (0, 0, side * (height - bar) / 2)) for side in (-1, 1)]
    bars += [
        solids.box((bar, thick, height - bar), (side * (width - bar) / 2, 0, 0)) for side in (-1, 1)
    ]
    inner = (width - bar, height - bar)
    parts = parts_of("frame", bars, frame)
    back = solids.box((inner[0], thick * 0.5, inner[1]), (0, thick * 0.2, 0))
    mount = min(inner) * between(rng, 0.1, 0.22) if chance(rng, 0.5) else 0.0
    if mount:
        parts.append(Part("mount", back, look("mount", looks.paper)))
        picture = solids.box(
            (inner[0] - 2 * mount, 0.004, inner[1] - 2 * mount), (0, -thick * 0.05, 0)
        )
        parts.append(Part("picture", picture, look("picture", looks.printed)))
    else:
        parts.append(Part("picture", back, look("picture", looks.printed)))
    return finished("picture", parts, symmetry=MIRRORED)


def make_mirror(rng: np.random.Generator) -> ObjectModel:
    """A mirror in a frame: round, arched or rectangular; hangs on a wall."""
    look = Look(rng)
    width, thick = between(rng, 0.35, 0.7), between(rng, 0.02, 0.035)
    style = pick(rng, "round", "arch", "rectangle")
    if style == "round":
        outline = solids.circle(width / 2, 40)
    elif style == "arch":
        high = width * between(rng, 1.4, 2.0)
        arch = solids.arc((0, high - width / 2), width / 2, 0, 180, count=17)
        outline = np.concatenate([[(width / 2, 0)], arch, [(-width / 2, 0)]])
    else:
        outline = solids.rounded_rectangle(
            width, width * between(rng, 1.2, 2.0), radius=between(rng, 0.01, 0.1)
        )
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    inner = middle + (outline - middle) * between(rng, 0.86, 0.94)
    frame = solids.prism(outline, -thick / 2, thick / 2, along="y")
    glass = solids.prism(inner, -thick / 2 - 0.003, 0, along="y")
    parts = [Part("frame", frame, look("frame", looks.wood, looks.metal, looks.paint))]
    parts.append(Part("glass", glass, Material((0.74, 0.79, 0.82), "plain", None, 0.1, 1.0)))
    return finished("mirror", parts, symmetry=MIRRORED)


def make_rug(rng: np.random.Generator) -> ObjectModel:
    """A rug: rectangular, round or oval, with a border in some; lies flat."""
    look = Look(rng)
    width, depth, thick = between(rng, 0.9, 2.4), between(rng, 0.6, 1.7), between(rng, 0.006, 0.018)
    width, depth = max(width, depth), min(width, depth)
    style = pick(rng, "rectangle", "rectangle", "round", "oval")
    symmetry = Symmetry(2, True)
    if style == "rectangle":
        outline = solids.rounded_rectangle(width, depth, radius=0.015)
    else:
        outline = solids.circle(0.5, 40) * ((depth, depth) if style == "round" else (width, depth))
        symmetry = Symmetry(0, True) if style == "round" else symmetry
    body = solids.prism(outline, 0, thick)
    parts = [Part("body", body, look("body", looks.cloth, looks.printed))]
    if chance(rng, 0.5):
        share = between(rng, 0.78, 0.9)
        parts.append(
            Part(
                "middle",
                solids.prism(outline * share, 0.001, thick + 0.001),
                look("middle", looks.cloth),
            )
        )
    return finished("rug", parts, symmetry=symmetry)


def make_ball(rng: np.random.Generator) -> ObjectModel:
    """A toy ball with a small flat where it rests."""
    look = Look(rng)
    radius = between(rng, 0.035, 0.14)
    share = 0.985
    start = -np.arcsin(share)
    angles = np.linspace(start, np.pi / 2, 13)
    profile = [
        (0.0, -share * radius),
        *[(radius * np.cos(a), radius * np.sin(a)) for a in angles[:-1]],
        (0.0, radius),
    ]
    ball = solids.lathe(profile, segments=28)
    parts = [Part("body", ball, look("body", looks.printed, looks.plastic, looks.leather))]
    return finished("ball", parts, symmetry=Symmetry(0, True))


def make_shoe(rng: np.random.Generator) -> ObjectModel:
    """A trainer, a boot or a slipper; its toe points to the front."""
    look = Look(rng)
    length = between(rng, 0.24, 0.31)
    style = pick(rng, "trainer", "boot", "slipper")
    width = length * between(rng, 0.34, 0.38)
    heel = 0.018 if style == "slipper" else 0.035
    outline = _footprint(length, width)
    parts = [Part("sole", solids.prism(outline, 0, heel), look("sole", looks.dark, looks.plastic))]
    skin = look("upper", looks.leather, looks.cloth, looks.plastic)
    inside = look("inside", looks.dark, looks.paper)
    high = 0.2 * length
    levels = [(0.0, 0.97, 1.0), (0.3, 1.0, 1.0), (0.62, 0.85, 0.72), (1.0, 0.62, 0.12)]
    rings = []
    for z, share, front in levels:
        ring = outline * (share, 1.0)
        ring[:, 1] = np.where(ring[:, 1] < 0, ring[:, 1] * front, ring[:, 1])
        rings.append(np.column_stack([ring, np.full(len(ring), heel - 0.003 + z * high)]))
    upper = solids.lofted(np.stack(rings))
    if style == "slipper":
        upper = moves.moved(moves.scaled(upper, (1, 0.6, 1)), (0, -0.19 * length, 0))
        return finished("shoe", [*parts, Part("upper", upper, skin)])
    parts.append(Part("upper", upper, skin))
    middle, top = (0.0, 0.27 * length), heel + high - 0.003
    if style == "boot":
        top = heel + between(rng, 0.45, 0.8) * length
        shaft = [(heel + 0.5 * high, 0.33, 0.21), (heel + high, 0.33, 0.2), (top, 0.4, 0.22)]
        parts.append(Part("upper", _oval(shaft, (width, length), middle), skin))
    hole = [(top - 0.02, 0.24, 0.16), (top + 0.001, 0.25, 0.17)]
    parts.append(Part("inside", _oval(hole, (width, length), middle), inside))
    return finished("shoe", parts)


def _oval(
    levels: list[tuple[float, float, float]],
    size: tuple[float, float],
    middle: tuple[float, float],
) -> Mesh:
    """A tube of ovals: at each height, its half extents as shares of a size."""
    ring = solids.circle(1.0, 20)
    rings = [
        np.column_stack([ring * (a * size[0], b * size[1]) + middle, np.full(20, z)])
        for z, a, b in levels
    ]
    return solids.lofted(np.stack(rings))


def _footprint(length: float, width: float) -> NDArray[np.float64]:
    """(14, 2) outline of a right sole, toes to -y."""
    outline = np.array(
        [
            (0, -0.5), (0.6, -0.46), (0.95, -0.32), (1.0, -0.18), (0.78, 0.1), (0.74, 0.3),
            (0.6, 0.45), (0, 0.5), (-0.6, 0.45), (-0.72, 0.3), (-0.72, 0.1), (-0.9, -0.18),
            (-0.85, -0.34), (-0.5, -0.47),
        ]
    )  # fmt: skip
    shift = 0.06 * width * (outline[:, 1] < 0)
    return outline * (width / 2, length) + np.column_stack([shift, np.zeros(len(outline))])


_FRUIT: dict[str, list[tuple[float, float]]] = {
    "apple": [(0, -0.72), (0.3, -0.85), (0.75, -0.6), (1.0, 0.05), (0.85, 0.6), (0.45, 0.85),
              (0.15, 0.75), (0, 0.6)],
    "pear": [(0, -0.85), (0.35, -0.92), (0.8, -0.65), (1.0, -0.15), (0.8, 0.4), (0.5, 0.9),
             (0.4, 1.2), (0.2, 1.42), (0, 1.4)],
    "pumpkin": [(0, -0.6), (0.4, -0.72), (0.85, -0.5), (1.0, 0.0), (0.85, 0.5), (0.4, 0.7),
                (0.12, 0.62), (0, 0.55)],
}  # fmt: skip
"""Radius and height along the outside, against the radius."""


def make_fruit(rng: np.random.Generator) -> ObjectModel:
    """A piece of fruit or a vegetable: apple, pear, banana, pumpkin, or a lump like a potato."""
    look = Look(rng)
    style = pick(rng, "apple", "pear", "banana", "pumpkin", "lump")
    skin = look("body", looks.plastic, looks.paint, looks.green)
    if style == "banana":
        banana = _banana(between(rng, 0.09, 0.11))
        return finished("fruit", [Part("body", _resting(banana), skin)])
    if style == "lump":
        wide = between(rng, 0.06, 0.12)
        size = (wide, wide * between(rng, 0.7, 1.0), wide * between(rng, 0.6, 0.85))
        lump = blob(rng, size, rough=0.25, rows=10)
        return finished("fruit", [Part("body", _resting(lump), skin)])
    bounds = {"apple": (0.033, 0.045), "pear": (0.032, 0.04), "pumpkin": (0.07, 0.14)}[style]
    radius = between(rng, *bounds)
    profile = [(r * radius, z * radius) for r, z in _FRUIT[style]]
    body = solids.lathe(profile, segments=40 if style == "pumpkin" else 24)
    if style == "pumpkin":
        points = body.vertices.astype(np.float64)
        points[:, :2] *= 1 + 0.07 * np.cos(8 * np.arctan2(points[:, 1], points[:, 0]))[:, None]
        body = Mesh(points.astype(np.float32), body.faces)
    top = profile[-1][1]
    ends = ((0, 0, top - 0.1 * radius), (0.12 * radius, 0, top + 0.5 * radius))
    stem = solids.rod(*ends, radius=0.07 * radius, segments=6)
    parts = [Part("body", body, skin), Part("stem", stem, look("stem", looks.wood, looks.green))]
    return finished("fruit", parts)


def _banana(radius: float) -> Mesh:
    """A bent tube, thin at its ends; `radius` is that of the bend."""
    angles = np.radians(np.linspace(205, 335, 11))
    path = np.column_stack([radius * np.cos(angles), radius * np.sin(angles), np.zeros(11)])
    girth = 0.018 * np.array([0.25, 0.6, 0.85, 0.97, 1, 1, 1, 0.97, 0.85, 0.55, 0.3])
    tube = solids.tube(path, radius=1.0, segments=10)
    rings = tube.vertices.reshape(11, 10, 3) - path[:, None]
    points = path[:, None] + rings * girth[:, None, None]
    return Mesh(points.reshape(-1, 3).astype(np.float32), tube.faces)


def _resting(mesh: Mesh) -> Mesh:
    """The mesh with its lowest tenth pressed flat, so that it lies still."""
    points = mesh.vertices.copy()
    low, high = points[:, 2].min(), points[:, 2].max()
    points[:, 2] = np.maximum(points[:, 2], low + 0.1 * (high - low))
    return Mesh(points, mesh.faces)


def make_toy_car(rng: np.random.Generator) -> ObjectModel:
    """A toy car or lorry on four wheels, driving to the front."""
    look = Look(rng)
    length = between(rng, 0.12, 0.28)
    width, wheel = length * between(rng, 0.42, 0.5), length * between(rng, 0.09, 0.12)
    paint = look("body", looks.plastic, looks.paint)
    low = wheel * 0.7
    style = pick(rng, "car", "lorry", "van")
    bottom, top = low, low + length * 0.17
    roof = top + length * (0.16 if style != "van" else 0.24)
    outline = {
        "car": [
            (-0.5, 0),
            (0.5, 0),
            (0.5, 0.9),
            (0.38, 1),
            (0.24, 2),
            (-0.1, 2),
            (-0.24, 1),
            (-0.5, 0.8),
        ],
        "van": [(-0.5, 0), (0.5, 0), (0.5, 2), (-0.26, 2), (-0.4, 1), (-0.5, 0.9)],
        "lorry": [
            (-0.5, 0),
            (0.5, 0),
            (0.5, 0.5),
            (-0.16, 0.5),
            (-0.16, 2),
            (-0.36, 2),
            (-0.42, 1),
            (-0.5, 0.9),
        ],
    }[style]
    levels = np.array([bottom, top, roof])
    points = [(y * length, float(np.interp(z, [0, 1, 2], levels))) for y, z in outline]
    parts = [Part("body", solids.prism(points, -width / 2, width / 2, along="x"), paint)]
    if style == "lorry":
        load = solids.box(
            (width, length * 0.6, length * 0.3), (0, length * 0.18, low + length * 0.22)
        )
        parts.append(Part("load", load, look("load", looks.plastic, looks.wood)))
    tyre = moves.turned(solids.cylinder(wheel, -0.08 * length, 0.08 * length, segments=16), "y", 90)
    wheels = [
        moves.moved(tyre, (sx * (width / 2 - 0.05 * length), sy * length * 0.3, wheel))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    parts += parts_of("wheel", wheels, look("wheel", looks.dark, looks.plastic))
    glass = solids.box((width * 0.8, 0.01, (roof - top) * 0.6), (0, 0, 0))
    y = {"car": -0.17, "van": -0.33, "lorry": -0.39}[style] * length
    lean = {"car": -41.0, "van": -30.0, "lorry": -20.0}[style]
    pane = moves.moved(moves.turned(glass, "x", lean), (0, y, (roof + top) / 2))
    return finished(
        "toy car", [*parts, Part("window", pane, look("window", looks.dark))], symmetry=MIRRORED
    )
