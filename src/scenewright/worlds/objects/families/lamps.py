"""Floor lamps and table lamps."""

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
)
from scenewright.worlds.objects.families.materials import Palette
from scenewright.worlds.objects.mesh_transforms import moved, turned
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry


def _shade(
    rng: np.random.Generator, radius: float, *, low: float, balls: bool = True
) -> tuple[list[Mesh], float]:
    """A lampshade around the z axis with holder and bulb, and its height."""
    tall = radius * between(rng, 0.9, 1.7)
    style = pick(rng, "cone", "drum", "dome", *(["ball"] if balls else []))
    wall = 0.004
    if style == "ball":
        ball = shapes.superellipsoid(
            (2 * radius, 2 * radius, 2 * radius), (0, 0, low + radius * 0.95), rows=12
        )
        return [ball], 2 * radius
    if style == "dome":
        angles = np.radians(np.linspace(4, 72, 7))
        outer = [(radius * np.cos(a), low + tall * np.sin(a)) for a in angles]
        top = outer[-1][1]
    else:
        share = 1.0 if style == "drum" else between(rng, 0.45, 0.8)
        outer = [(radius, low), (radius * share, low + tall)]
        top = low + tall
    inner = [(r - wall, z) for r, z in outer[::-1]]
    shade = shapes.lathe([*outer, *inner], segments=28, loop=True)
    z = top - 0.01
    heights, radii = [one[1] for one in outer], [one[0] for one in outer]
    reach = float(np.interp(z, heights, radii)) - wall / 2
    bars = [
        shapes.rod((-reach, 0, z), (reach, 0, z), radius=0.003, segments=6),
        shapes.rod((0, -reach, z), (0, reach, z), radius=0.003, segments=6),
    ]
    bulb = shapes.superellipsoid((0.06, 0.06, 0.09), (0, 0, top - 0.05), segments=12, rows=8)
    return [shade, *bars, bulb], top - low


def _shade_parts(meshes: list[Mesh], palette: Palette, metal: Material) -> list[Part]:
    parts = [
        Part(
            "shade",
            meshes[0],
            palette("shade", materials.cloth, materials.paint, materials.paper, materials.metal),
        )
    ]
    parts += parts_of("holder", meshes[1:3], metal)
    return parts + parts_of("bulb", meshes[3:], palette("bulb", materials.paper))


def make_floor_lamp(rng: np.random.Generator) -> ObjectModel:
    """A floor lamp: a pole, a tripod, or an arc that holds the shade to the front."""
    palette = Palette(rng)
    high = between(rng, 1.25, 1.6)
    radius = between(rng, 0.15, 0.24)
    metal = palette("stand", materials.metal, materials.metal, materials.wood, materials.paint)
    style = pick(rng, "pole", "pole", "tripod", "arc")
    if style == "arc":
        return _arc_lamp(rng, palette, high + 0.2, metal)
    meshes, tall = _shade(rng, radius, low=high - 0.25)
    top = high - 0.25 + tall - 0.012
    parts = _shade_parts(meshes, palette, metal)
    if style == "pole":
        base = between(rng, 0.12, 0.17)
        foot = shapes.lathe(
            [(base, 0), (base, 0.015), (base * 0.8, 0.03), (0.012, 0.05)], segments=24
        )
        pole = shapes.cylinder(between(rng, 0.008, 0.014), 0.02, top, segments=12)
        parts += parts_of("stand", [foot, pole], metal)
        return finished("floor lamp", parts, symmetry=Symmetry(4, True))
    hub = high * between(rng, 0.72, 0.8)
    legs = []
    for angle in np.radians((-90, 30, 150)):
        outward = np.array((np.cos(angle), np.sin(angle)))
        ends = (*outward * 0.3, 0), (*outward * 0.012, hub)
        legs.append(shapes.leg(*ends, radius=0.011, top=0.014))
    pole = shapes.cylinder(0.012, hub - 0.06, top, segments=12)
    parts += parts_of("stand", [*legs, pole], metal)
    return finished("floor lamp", parts, symmetry=Symmetry(mirrors=True))


def _arc_lamp(
    rng: np.random.Generator, palette: Palette, high: float, metal: Material
) -> ObjectModel:
    reach = between(rng, 0.35, 0.55)
    radius = between(rng, 0.12, 0.17)
    low = high - between(rng, 0.32, 0.4)
    # A massive ball this far out would tip the lamp over.
    meshes, tall = _shade(rng, radius, low=low, balls=False)
    hook = low + tall - 0.012
    curve = [(0.0, 0.0, 0.03), (0.0, 0.0, high - reach)]
    for angle in np.radians(np.linspace(15, 165, 10)):
        curve.append((0.0, -reach + reach * np.cos(angle), high - reach + reach * np.sin(angle)))
    curve += [(0.0, -2 * reach, max(hook, high - reach)), (0.0, -2 * reach, hook - 0.02)]
    arm = shapes.tube(np.array(curve), radius=0.012, segments=8)
    # A thick slab that extends under the shade balances the arm.
    base = shapes.box((0.34, 0.9 * reach + 0.3, 0.05), (0, -0.45 * reach, 0.025), edge=0.01)
    shifted = [moved(mesh, (0, -2 * reach, 0)) for mesh in meshes]
    parts = _shade_parts(shifted, palette, metal)
    parts += parts_of("stand", [arm, base], metal)
    return finished("floor lamp", parts, symmetry=Symmetry(mirrors=True))


def make_table_lamp(rng: np.random.Generator) -> ObjectModel:
    """A table lamp: a shade on a body or a stem, or a jointed desk lamp."""
    palette = Palette(rng)
    if chance(rng, 0.3):
        return _desk_lamp(rng, palette)
    body_high, radius = between(rng, 0.18, 0.32), between(rng, 0.1, 0.17)
    material = palette("stand", materials.ceramic, materials.metal, materials.wood)
    style = pick(rng, "stem", "gourd", "block", "cone")
    meshes, tall = _shade(rng, radius, low=body_high)
    top = body_high + tall - 0.012
    symmetry = Symmetry(4, True)
    if style == "block":
        wide = radius * 0.9
        bodies = [shapes.box((wide, wide, body_high), (0, 0, body_high / 2), edge=0.01)]
    elif style == "stem":
        bodies = [
            shapes.lathe(
                [(radius * 0.65, 0), (radius * 0.6, 0.015), (0.012, 0.03), (0.012, body_high)]
            )
        ]
    else:
        shape = {
            "gourd": [(0.5, 0), (0.75, 0.2), (0.8, 0.35), (0.45, 0.6), (0.3, 0.75), (0.2, 1.0)],
            "cone": [(0.7, 0), (0.66, 0.1), (0.2, 1.0)],
        }[style]
        bodies = [shapes.lathe([(r * radius, z * body_high) for r, z in shape])]
    bodies.append(shapes.cylinder(0.007, body_high * 0.9, top, segments=8))
    parts = _shade_parts(meshes, palette, palette("holder", materials.metal))
    parts += parts_of("stand", bodies, material)
    return finished("table lamp", parts, symmetry=symmetry)


def _desk_lamp(rng: np.random.Generator, palette: Palette) -> ObjectModel:
    material = palette("stand", materials.metal, materials.paint, materials.dark)
    base = shapes.cylinder(0.1, 0, 0.02, top=0.09, segments=24)
    elbow = (0.0, between(rng, 0.04, 0.1), between(rng, 0.24, 0.32))
    head = (0.0, -between(rng, 0.1, 0.16), elbow[2] + between(rng, 0.06, 0.16))
    arms = [shapes.rod((0, 0.0, 0.01), elbow, radius=0.007), shapes.rod(elbow, head, radius=0.007)]
    joint = turned(shapes.cylinder(0.014, -0.014, 0.014, segments=12), "y", 90)
    arms += [moved(joint, elbow), moved(joint, head)]
    outer = [(0.025, 0.0), (0.03, -0.04), (0.07, -0.11)]
    inner = [(0.066, -0.11), (0.026, -0.04), (0.0, -0.03)]
    shade = shapes.lathe([(0.0, 0.0), *outer, *inner], segments=20)
    shade = moved(turned(shade, "x", between(rng, -40, -10)), (head[0], head[1], head[2] + 0.005))
    parts = [Part("stand", base, material), *parts_of("arm", arms, material)]
    parts.append(
        Part("shade", shade, palette("shade", materials.metal, materials.paint, materials.plastic))
    )
    return finished("table lamp", parts, symmetry=Symmetry(mirrors=True))
