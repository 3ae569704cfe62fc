"""Books, pictures, mirrors and rugs."""

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
from scenewright.worlds.objects.mesh_transforms import moved, turned
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def _book(size: tuple[float, float, float]) -> tuple[Mesh, Mesh]:
    """Cover and pages of a closed book that lies on z = 0, its spine toward -y."""
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
    cover = shapes.prism(outline, -width / 2, width / 2, along="x")
    pages = shapes.box(
        (width - 0.008, depth - board - 0.004, thick - board), (0, board / 2 - 0.004, thick / 2)
    )
    return cover, pages


def make_book_stack(rng: np.random.Generator) -> ObjectModel:
    """A stack of one to six books, or a row of books standing upright."""
    palette = Palette(rng)
    paper = palette("pages", materials.paper)
    parts: list[Part] = []
    if chance(rng, 0.35):
        x = 0.0
        depth = between(rng, 0.14, 0.17)
        for index in range(int(rng.integers(3, 9))):
            high, thick = between(rng, 0.19, 0.27), between(rng, 0.015, 0.045)
            cover, pages = _book((high, depth * between(rng, 0.9, 1.0), thick))
            for name, mesh, material in (
                ("cover", cover, palette(f"cover {index}", materials.printed, materials.paint)),
                ("pages", pages, paper),
            ):
                stood = turned(mesh, "y", 90)
                parts.append(Part(name, moved(stood, (x, 0, high / 2)), material))
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
            ("cover", cover, palette(f"cover {index}", materials.printed, materials.paint)),
            ("pages", pages, paper),
        ):
            parts.append(Part(name, moved(turned(mesh, "z", turn), shift), material))
        z += thick
        carriers = [surface(size[0], size[1], z, center=shift[:2], margin=0.045)]
    return finished("book stack", parts, carriers=carriers)


def make_picture(rng: np.random.Generator) -> ObjectModel:
    """A framed picture with or without a mat; hangs on a wall."""
    palette = Palette(rng)
    width, height = between(rng, 0.25, 0.95), between(rng, 0.25, 0.8)
    thick, bar = between(rng, 0.02, 0.04), between(rng, 0.015, 0.06)
    frame = palette("frame", materials.wood, materials.metal, materials.paint)
    bars = [shapes.box((width, thick, bar), (0, 0, side * (height - bar) / 2)) for side in (-1, 1)]
    bars += [
        shapes.box((bar, thick, height - bar), (side * (width - bar) / 2, 0, 0)) for side in (-1, 1)
    ]
    inner = (width - bar, height - bar)
    parts = parts_of("frame", bars, frame)
    back = shapes.box((inner[0], thick * 0.5, inner[1]), (0, thick * 0.2, 0))
    mount = min(inner) * between(rng, 0.1, 0.22) if chance(rng, 0.5) else 0.0
    if mount:
        parts.append(Part("mount", back, palette("mount", materials.paper)))
        picture = shapes.box(
            (inner[0] - 2 * mount, 0.004, inner[1] - 2 * mount), (0, -thick * 0.05, 0)
        )
        parts.append(Part("picture", picture, palette("picture", materials.printed)))
    else:
        parts.append(Part("picture", back, palette("picture", materials.printed)))
    return finished("picture", parts, symmetry=MIRRORED)


def make_mirror(rng: np.random.Generator) -> ObjectModel:
    """A framed mirror: round, arched or rectangular; hangs on a wall."""
    palette = Palette(rng)
    width, thick = between(rng, 0.35, 0.7), between(rng, 0.02, 0.035)
    style = pick(rng, "round", "arch", "rectangle")
    if style == "round":
        outline = shapes.circle(width / 2, 40)
    elif style == "arch":
        high = width * between(rng, 1.4, 2.0)
        arch = shapes.arc((0, high - width / 2), width / 2, 0, 180, count=17)
        outline = np.concatenate([[(width / 2, 0)], arch, [(-width / 2, 0)]])
    else:
        outline = shapes.rounded_rectangle(
            width, width * between(rng, 1.2, 2.0), radius=between(rng, 0.01, 0.1)
        )
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    inner = middle + (outline - middle) * between(rng, 0.86, 0.94)
    frame = shapes.prism(outline, -thick / 2, thick / 2, along="y")
    glass = shapes.prism(inner, -thick / 2 - 0.003, 0, along="y")
    parts = [
        Part("frame", frame, palette("frame", materials.wood, materials.metal, materials.paint))
    ]
    parts.append(Part("glass", glass, Material((0.74, 0.79, 0.82), "plain", None, 0.1, 1.0)))
    return finished("mirror", parts, symmetry=MIRRORED)


def make_rug(rng: np.random.Generator) -> ObjectModel:
    """A rug: rectangular, round or oval, some with a border; lies flat."""
    palette = Palette(rng)
    width, depth, thick = between(rng, 0.9, 2.4), between(rng, 0.6, 1.7), between(rng, 0.006, 0.018)
    width, depth = max(width, depth), min(width, depth)
    style = pick(rng, "rectangle", "rectangle", "round", "oval")
    symmetry = Symmetry(2, True)
    if style == "rectangle":
        outline = shapes.rounded_rectangle(width, depth, radius=0.015)
    else:
        outline = shapes.circle(0.5, 40) * ((depth, depth) if style == "round" else (width, depth))
        symmetry = Symmetry(0, True) if style == "round" else symmetry
    body = shapes.prism(outline, 0, thick)
    parts = [Part("body", body, palette("body", materials.cloth, materials.printed))]
    if chance(rng, 0.5):
        share = between(rng, 0.78, 0.9)
        parts.append(
            Part(
                "middle",
                shapes.prism(outline * share, 0.001, thick + 0.001),
                palette("middle", materials.cloth),
            )
        )
    return finished("rug", parts, symmetry=symmetry)
