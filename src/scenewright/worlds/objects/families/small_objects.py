"""Balls, shoes, fruit and toy cars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.worlds.objects import closed_meshes, shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import (
    between,
    finished,
    parts_of,
    pick,
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.families.plants import blob
from scenewright.worlds.objects.mesh_transforms import moved, scaled, turned
from scenewright.worlds.objects.model import ObjectModel, Part, Symmetry

MIRRORED = Symmetry(mirrors=True)


def make_ball(rng: np.random.Generator) -> ObjectModel:
    """A toy ball with a small flat base."""
    palette = Palette(rng)
    radius = between(rng, 0.035, 0.14)
    share = 0.985
    start = -np.arcsin(share)
    angles = np.linspace(start, np.pi / 2, 13)
    profile = [
        (0.0, -share * radius),
        *[(radius * np.cos(a), radius * np.sin(a)) for a in angles[:-1]],
        (0.0, radius),
    ]
    ball = shapes.lathe(profile, segments=28)
    parts = [
        Part("body", ball, palette("body", materials.printed, materials.plastic, materials.leather))
    ]
    return finished("ball", parts, symmetry=Symmetry(0, True))


def make_shoe(rng: np.random.Generator) -> ObjectModel:
    """A sneaker, a boot or a slipper; its toe points to the front."""
    palette = Palette(rng)
    length = between(rng, 0.24, 0.31)
    style = pick(rng, "sneaker", "boot", "slipper")
    width = length * between(rng, 0.34, 0.38)
    heel = 0.018 if style == "slipper" else 0.035
    outline = _footprint(length, width)
    parts = [
        Part(
            "sole",
            shapes.prism(outline, 0, heel),
            palette("sole", materials.dark, materials.plastic),
        )
    ]
    skin = palette("upper", materials.leather, materials.cloth, materials.plastic)
    inside = palette("inside", materials.dark, materials.paper)
    high = 0.2 * length
    levels = [(0.0, 0.97, 1.0), (0.3, 1.0, 1.0), (0.62, 0.85, 0.72), (1.0, 0.62, 0.12)]
    rings = []
    for z, share, front in levels:
        ring = outline * (share, 1.0)
        ring[:, 1] = np.where(ring[:, 1] < 0, ring[:, 1] * front, ring[:, 1])
        rings.append(np.column_stack([ring, np.full(len(ring), heel - 0.003 + z * high)]))
    upper = closed_meshes.lofted(np.stack(rings))
    if style == "slipper":
        upper = moved(scaled(upper, (1, 0.6, 1)), (0, -0.19 * length, 0))
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
    """A loft of ovals, given as height and half extents relative to `size`."""
    ring = shapes.circle(1.0, 20)
    rings = [
        np.column_stack([ring * (a * size[0], b * size[1]) + middle, np.full(20, z)])
        for z, a, b in levels
    ]
    return closed_meshes.lofted(np.stack(rings))


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
"""Radius and height of the profile, relative to the radius."""


def make_fruit(rng: np.random.Generator) -> ObjectModel:
    """A fruit or vegetable: apple, pear, banana, pumpkin, or a potato-like lump."""
    palette = Palette(rng)
    style = pick(rng, "apple", "pear", "banana", "pumpkin", "lump")
    skin = palette("body", materials.plastic, materials.paint, materials.green)
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
    body = shapes.lathe(profile, segments=40 if style == "pumpkin" else 24)
    if style == "pumpkin":
        points = body.vertices.astype(np.float64)
        points[:, :2] *= 1 + 0.07 * np.cos(8 * np.arctan2(points[:, 1], points[:, 0]))[:, None]
        body = Mesh(points.astype(np.float32), body.faces)
    top = profile[-1][1]
    ends = ((0, 0, top - 0.1 * radius), (0.12 * radius, 0, top + 0.5 * radius))
    stem = shapes.rod(*ends, radius=0.07 * radius, segments=6)
    parts = [
        Part("body", body, skin),
        Part("stem", stem, palette("stem", materials.wood, materials.green)),
    ]
    return finished("fruit", parts)


def _banana(radius: float) -> Mesh:
    """A bent tube with thin ends; `radius` is that of the bend."""
    angles = np.radians(np.linspace(205, 335, 11))
    path = np.column_stack([radius * np.cos(angles), radius * np.sin(angles), np.zeros(11)])
    girth = 0.018 * np.array([0.25, 0.6, 0.85, 0.97, 1, 1, 1, 0.97, 0.85, 0.55, 0.3])
    tube = shapes.tube(path, radius=1.0, segments=10)
    rings = tube.vertices.reshape(11, 10, 3) - path[:, None]
    points = path[:, None] + rings * girth[:, None, None]
    return Mesh(points.reshape(-1, 3).astype(np.float32), tube.faces)


def _resting(mesh: Mesh) -> Mesh:
    """The mesh with its lowest tenth flattened, so that it rests stably."""
    points = mesh.vertices.copy()
    low, high = points[:, 2].min(), points[:, 2].max()
    points[:, 2] = np.maximum(points[:, 2], low + 0.1 * (high - low))
    return Mesh(points, mesh.faces)


def make_toy_car(rng: np.random.Generator) -> ObjectModel:
    """A toy car, truck or van on four wheels, facing the front."""
    palette = Palette(rng)
    length = between(rng, 0.12, 0.28)
    width, wheel = length * between(rng, 0.42, 0.5), length * between(rng, 0.09, 0.12)
    paint = palette("body", materials.plastic, materials.paint)
    low = wheel * 0.7
    style = pick(rng, "car", "truck", "van")
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
        "truck": [
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
    parts = [Part("body", shapes.prism(points, -width / 2, width / 2, along="x"), paint)]
    if style == "truck":
        load = shapes.box(
            (width, length * 0.6, length * 0.3), (0, length * 0.18, low + length * 0.22)
        )
        parts.append(Part("load", load, palette("load", materials.plastic, materials.wood)))
    tire = turned(shapes.cylinder(wheel, -0.08 * length, 0.08 * length, segments=16), "y", 90)
    wheels = [
        moved(tire, (sx * (width / 2 - 0.05 * length), sy * length * 0.3, wheel))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    parts += parts_of("wheel", wheels, palette("wheel", materials.dark, materials.plastic))
    glass = shapes.box((width * 0.8, 0.01, (roof - top) * 0.6), (0, 0, 0))
    y = {"car": -0.17, "van": -0.33, "truck": -0.39}[style] * length
    lean = {"car": -41.0, "van": -30.0, "truck": -20.0}[style]
    pane = moved(turned(glass, "x", lean), (0, y, (roof + top) / 2))
    return finished(
        "toy car",
        [*parts, Part("window", pane, palette("window", materials.dark))],
        symmetry=MIRRORED,
    )
