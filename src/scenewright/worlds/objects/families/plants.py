"""Potted plants."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.objects import closed_meshes, shapes
from scenewright.worlds.objects.families import materials
from scenewright.worlds.objects.families.assembly import between, finished, parts_of, pick
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.families.vessels import radius_at, vessel
from scenewright.worlds.objects.mesh_transforms import moved, turned
from scenewright.worlds.objects.model import Material, ObjectModel, Part


def _pot(rng: np.random.Generator, palette: Palette, radius: float) -> tuple[list[Part], float]:
    """A pot filled with soil, and the height of the soil."""
    high = radius * between(rng, 1.4, 2.1)
    style = pick(rng, "cone", "cylinder", "belly", "square")
    material = palette("pot", materials.clay, materials.clay, materials.ceramic, materials.paint)
    earth = Material((0.16, 0.11, 0.08), "noise", None, 0.02, 0.0)
    level = high * 0.9
    if style == "square":
        half = radius * 0.85
        body = shapes.box((2 * half, 2 * half, level), (0, 0, level / 2))
        rim = [
            shapes.box((2 * half, 0.012, 0.04), (0, side * (half - 0.006), high - 0.02))
            for side in (-1, 1)
        ]
        rim += [
            shapes.box((0.012, 2 * half, 0.04), (side * (half - 0.006), 0, high - 0.02))
            for side in (-1, 1)
        ]
        soil = shapes.box((2 * half - 0.02, 2 * half - 0.02, 0.02), (0, 0, level - 0.008))
        parts = [*parts_of("pot", [body, *rim], material), Part("earth", soil, earth)]
        return parts, level
    shape = {
        "cone": [(0.7, 0), (0.95, 0.8), (1.03, 0.8), (1.03, 1.0)],
        "cylinder": [(0.92, 0), (0.95, 0.03), (0.95, 1.0)],
        "belly": [(0.6, 0), (0.9, 0.25), (1.0, 0.5), (0.85, 0.9), (0.9, 1.0)],
    }[style]
    outside = [(r * radius, z * high) for r, z in shape]
    body = vessel(outside, wall=0.008, segments=24)
    # The soil stays inside the wall at its upper and lower edge.
    wide = min(radius_at(outside, level), radius_at(outside, level - 0.02)) - 0.004
    soil = shapes.cylinder(wide, level - 0.02, level, segments=24)
    return [Part("pot", body, material), Part("earth", soil, earth)], level


def make_plant_pot(rng: np.random.Generator) -> ObjectModel:
    """A potted plant: arching leaves, upright blades, stalks, a small tree or a cactus."""
    palette = Palette(rng)
    style = pick(rng, "fountain", "blades", "tree", "cactus", "stalks")
    radius = between(rng, 0.07, 0.16) if style in ("cactus", "blades") else between(rng, 0.1, 0.18)
    parts, level = _pot(rng, palette, radius)
    leafy = palette("leaf", materials.green)
    if style == "cactus":
        parts += parts_of("cactus", _cactus(rng, radius, level), leafy)
    elif style == "blades":
        parts += parts_of("leaf", _blades(rng, radius, level), leafy)
    elif style == "tree":
        trunk, crown = _tree(rng, radius, level)
        parts += [
            Part("trunk", trunk, palette("trunk", materials.wood)),
            *parts_of("leaf", crown, leafy),
        ]
    elif style == "stalks":
        stems, leaves = _stalks(rng, radius, level)
        parts += [
            *parts_of("stem", stems, palette("stem", materials.green)),
            *parts_of("leaf", leaves, leafy),
        ]
    else:
        parts += parts_of("leaf", _fountain(rng, radius, level), leafy)
    return finished("plant pot", parts)


def _fountain(rng: np.random.Generator, radius: float, level: float) -> list[Mesh]:
    """Leaves that rise from the center and arch over on all sides."""
    count = int(rng.integers(9, 17))
    leaves = []
    for index in range(count):
        around = index * 2.4 + between(rng, -0.3, 0.3)
        length = radius * between(rng, 2.2, 3.6)
        rise, bend = between(rng, 0.9, 1.35), between(rng, 0.5, 1.3)
        t = np.linspace(0, 1, 6)
        angle = rise - bend * t
        step = length / 5
        out = 0.15 * radius + np.concatenate([[0], np.cumsum(np.cos(angle[:-1]) * step)])
        up = level - 0.01 + np.concatenate([[0], np.cumsum(np.sin(angle[:-1]) * step)])
        path = np.column_stack([out * np.cos(around), out * np.sin(around), up])
        widths = length * between(rng, 0.1, 0.2) * np.array([0.3, 0.9, 1.0, 0.8, 0.5])
        leaves.append(shapes.leaf(path, widths=widths, thickness=0.006))
    return leaves


def _blades(rng: np.random.Generator, radius: float, level: float) -> list[Mesh]:
    """Stiff, upright leaves."""
    leaves = []
    for _ in range(int(rng.integers(6, 12))):
        x, y = rng.uniform(-0.4, 0.4, 2) * radius
        length = radius * between(rng, 2.2, 4.0)
        lean = rng.uniform(-0.12, 0.12, 2) * length
        t = np.linspace(0, 1, 5)[:, None]
        path = np.array((x, y, level - 0.01)) + t * (*lean, length) + 0.1 * t**2 * (*lean, 0)
        widths = radius * between(rng, 0.3, 0.45) * np.array([0.6, 1.0, 0.95, 0.65])
        leaf = shapes.leaf(path, widths=widths, thickness=0.008)
        middle = np.array((x, y, 0))
        leaves.append(moved(turned(moved(leaf, -middle), "z", between(rng, 0, 180)), middle))
    return leaves


def blob(
    rng: np.random.Generator, size: tuple[float, float, float], *, rough: float, rows: int = 8
) -> Mesh:
    """An irregular ball around the origin; `rough` is the relative variation of its radius."""
    ball = shapes.superellipsoid((2.0, 2.0, 2.0), segments=2 * rows, rows=rows)
    points = ball.vertices.astype(np.float64)
    waves = rng.normal(0, 2.2, (5, 3))
    phases = rng.uniform(0, 2 * np.pi, 5)
    swell = np.sin(points @ waves.T + phases).mean(axis=1)
    points = points * (1 + rough * swell[:, None]) * np.asarray(size) / 2
    return Mesh(points.astype(np.float32), ball.faces)


def _tree(rng: np.random.Generator, radius: float, level: float) -> tuple[Mesh, list[Mesh]]:
    tall = radius * between(rng, 2.5, 5.0)
    lean = rng.uniform(-0.1, 0.1, 2) * tall
    path = [(0, 0, level - 0.02), (*(0.3 * lean), level + 0.5 * tall), (*lean, level + tall)]
    trunk = shapes.tube(path, radius=radius * 0.16, end_radius=radius * 0.1, segments=8)
    wide = radius * between(rng, 1.6, 2.4)
    crown = []
    for index in range(int(rng.integers(1, 6))):
        shift = rng.uniform(-0.35, 0.35, 3) * wide if index else np.zeros(3)
        size = wide * rng.uniform(0.75, 1.1, 3)
        crown.append(
            moved(
                blob(rng, (size[0], size[1], size[2]), rough=0.3),
                np.array((*lean, level + tall)) + shift,
            )
        )
    return trunk, crown


def _stalks(rng: np.random.Generator, radius: float, level: float) -> tuple[list[Mesh], list[Mesh]]:
    """Thin stems with one broad leaf each."""
    stems, leaves = [], []
    for index in range(int(rng.integers(5, 10))):
        around = index * 2.4 + between(rng, -0.3, 0.3)
        outward = np.array((np.cos(around), np.sin(around)))
        tall, reach = radius * between(rng, 1.6, 3.6), radius * between(rng, 0.3, 1.3)
        foot = (*(outward * 0.2 * radius), level - 0.01)
        head = np.array((*(outward * reach), level + tall))
        stems.append(shapes.rod(foot, head, radius=0.005, segments=6))
        length = radius * between(rng, 0.9, 1.5)
        t = np.array([-0.02, 0.1, 0.35, 0.7, 1.0])
        drop = -0.5 * t**2 + 0.15 * t
        path = head + length * np.column_stack([t * outward[0], t * outward[1], drop])
        widths = length * between(rng, 0.6, 0.85) * np.array([0.15, 0.65, 1.0, 0.7])
        leaves.append(shapes.leaf(path, widths=widths, thickness=0.008))
    return stems, leaves


def _cactus(rng: np.random.Generator, radius: float, level: float) -> list[Mesh]:
    """A ribbed column with arms, or a ribbed ball."""
    ribs = 9
    angles = np.arange(4 * ribs) * (2 * np.pi / (4 * ribs))
    wave = 1 + 0.14 * np.cos(ribs * angles)
    ball = pick(rng, "ball", "column") == "ball"
    wide = radius * (0.75 if ball else between(rng, 0.32, 0.5))
    tall = wide * 1.7 if ball else radius * between(rng, 2.0, 4.0)
    levels = (
        [(0.75, 0.0), (1.0, 0.35), (0.95, 0.7), (0.6, 0.92)]
        if ball
        else [(0.9, 0.0), (1.0, 0.4), (1.0, 0.85), (0.7, 0.96)]
    )
    rings = [
        np.column_stack(
            [
                wide * r * wave * np.cos(angles),
                wide * r * wave * np.sin(angles),
                np.full(4 * ribs, level - 0.01 + z * tall),
            ]
        )
        for r, z in levels
    ]
    meshes = [closed_meshes.lofted(np.stack(rings), end=(0.0, 0.0, level + tall))]
    if not ball:
        for side in (-1, 1)[: int(rng.integers(0, 3))]:
            z = level + tall * between(rng, 0.3, 0.55)
            reach, up = wide * 2.0, tall * between(rng, 0.2, 0.35)
            path = [
                (side * wide * 0.5, 0, z),
                (side * reach * 0.85, 0, z),
                (side * reach, 0, z + 0.15 * up),
                (side * reach, 0, z + up),
            ]
            arm = shapes.tube(path, radius=wide * 0.45, segments=10)
            tip = shapes.superellipsoid(
                (wide * 0.9, wide * 0.9, wide * 0.9), path[-1], segments=10, rows=6
            )
            meshes += [arm, tip]
    return meshes
