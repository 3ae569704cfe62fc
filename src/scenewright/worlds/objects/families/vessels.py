"""Rotationally symmetric vessels: mugs, bowls, plates, bottles, vases, cans, teapots, pots."""

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
from scenewright.worlds.objects.mesh_transforms import both_sides, turned
from scenewright.worlds.objects.model import ObjectModel, Part, Symmetry


def vessel(
    outside: list[tuple[float, float]], *, wall: float, segments: int = 24, floor: float = 0.0
) -> Mesh:
    """A hollow vessel from its outer profile.

    Args:
        outside: Radius and height from the rim of the foot up to the mouth, meters.
        wall: Thickness of the wall, meters.
        segments: Facets around.
        floor: Thickness of the bottom; 0 = that of the wall.
    """
    base = floor or wall
    inside = [
        (radius - wall, max(z, outside[0][1] + base))
        for radius, z in outside[::-1]
        if z > outside[0][1] + base or z == outside[0][1]
    ]
    profile = [(0.0, outside[0][1]), *outside, *inside, (0.0, outside[0][1] + base)]
    return shapes.lathe(profile, segments=segments)


def radius_at(outside: list[tuple[float, float]], z: float) -> float:
    """Outer radius of a vessel at a height."""
    return float(np.interp(z, [one[1] for one in outside], [one[0] for one in outside]))


def ear(radius: float, low: float, high: float, *, reach: float, thickness: float) -> Mesh:
    """A handle in the yz plane, from a wall at y = -radius outward to -y."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 10)
    middle, half = (low + high) / 2, (high - low) / 2
    y = -radius - reach * np.cos(angles) ** 0.7
    y[[0, -1]] += thickness
    z = middle + half * np.sin(angles)
    return shapes.tube(np.column_stack([np.zeros(10), y, z]), radius=thickness / 2, segments=6)


def make_mug(rng: np.random.Generator) -> ObjectModel:
    """A mug or cup: straight, tapered, bulging or flared, with a handle."""
    palette = Palette(rng)
    height = float(rng.uniform(0.08, 0.12))
    radius = float(rng.uniform(0.035, 0.048))
    style = rng.choice(["straight", "tapered", "belly", "cup"])
    shape = {
        "straight": [(0.97, 0.0), (1.0, 0.04), (1.0, 0.97), (0.98, 1.0)],
        "tapered": [(0.78, 0.0), (0.82, 0.05), (1.0, 1.0)],
        "belly": [(0.8, 0.0), (0.98, 0.2), (1.05, 0.45), (0.97, 0.8), (1.0, 1.0)],
        "cup": [(0.55, 0.0), (0.8, 0.2), (1.0, 0.55), (1.12, 1.0)],
    }[str(style)]
    if style == "cup":
        height *= 0.75
    outside = [(r * radius, z * height) for r, z in shape]
    wall = float(rng.uniform(0.003, 0.005))
    body = vessel(outside, wall=wall, segments=28)
    low, high = 0.25 * height, 0.8 * height
    at = [radius_at(outside, z) for z in (low, high)]
    reach = float(rng.uniform(0.022, 0.034))
    handle = ear(min(at), low, high, reach=reach, thickness=float(rng.uniform(0.008, 0.012)))
    material = palette("body", materials.ceramic)
    parts = [Part("body", body, material)]
    parts.append(
        Part(
            "handle",
            handle,
            palette("handle", materials.ceramic) if rng.random() < 0.3 else material,
        )
    )
    if rng.random() < 0.5:
        fill = float(rng.uniform(0.5, 0.8))
        level = fill * height
        wide = radius_at(outside, level)
        drink = shapes.cylinder(wide - 0.5 * wall, level - 0.004, level, segments=28)
        parts.append(Part("drink", drink, palette("drink", materials.dark, materials.glass)))
    return finished("mug", parts, symmetry=Symmetry(mirrors=True))


def make_bowl(rng: np.random.Generator) -> ObjectModel:
    """A bowl: deep, shallow or flared."""
    palette = Palette(rng)
    radius = between(rng, 0.06, 0.15)
    style = pick(rng, "deep", "shallow", "flared")
    shape = {
        "deep": [(0.45, 0.0), (0.47, 0.05), (0.75, 0.2), (0.95, 0.55), (1.0, 0.85)],
        "shallow": [(0.4, 0.0), (0.42, 0.03), (0.8, 0.15), (1.0, 0.42)],
        "flared": [(0.35, 0.0), (0.36, 0.06), (0.5, 0.12), (0.75, 0.4), (1.0, 0.6)],
    }[style]
    outside = [(r * radius, z * radius) for r, z in shape]
    body = vessel(outside, wall=between(rng, 0.003, 0.006), segments=32)
    parts = [
        Part(
            "body",
            body,
            palette("body", materials.ceramic, materials.wood, materials.metal, materials.plastic),
        )
    ]
    return finished("bowl", parts, symmetry=Symmetry(0, True))


def make_plate(rng: np.random.Generator) -> ObjectModel:
    """A flat or deep plate."""
    palette = Palette(rng)
    radius = between(rng, 0.09, 0.145)
    deep = between(rng, 0.08, 0.22)
    shape = [(0.6, 0.0), (0.64, 0.02), (0.72, deep * 0.6), (1.0, deep)]
    body = vessel([(r * radius, z * radius) for r, z in shape], wall=0.004, segments=36)
    parts = [Part("body", body, palette("body", materials.ceramic))]
    return finished("plate", parts, symmetry=Symmetry(0, True))


def make_bottle(rng: np.random.Generator) -> ObjectModel:
    """A bottle: wine, water, flask, or soap with a pump."""
    palette = Palette(rng)
    style = pick(rng, "wine", "water", "flask", "pump")
    radius = between(rng, 0.03, 0.042)
    high = radius * between(rng, 6.2, 8.0) if style != "pump" else radius * between(rng, 3.6, 4.6)
    shape = {
        "wine": [(0.96, 0), (1, 0.01), (1, 0.58), (0.85, 0.66), (0.36, 0.76), (0.34, 0.97)],
        "water": [
            (0.9, 0),
            (1, 0.02),
            (0.94, 0.2),
            (1, 0.25),
            (1, 0.6),
            (0.94, 0.66),
            (0.38, 0.86),
            (0.38, 0.95),
        ],
        "flask": [(0.85, 0), (1, 0.05), (1, 0.45), (0.75, 0.6), (0.6, 0.85), (0.6, 0.92)],
        "pump": [(0.95, 0), (1, 0.02), (1, 0.65), (0.8, 0.76), (0.35, 0.78), (0.35, 0.84)],
    }[style]
    body = shapes.lathe([(r * radius, z * high) for r, z in shape], segments=24)
    material = palette(
        "body", materials.glass, materials.glass, materials.plastic, materials.ceramic
    )
    parts = [Part("body", body, material)]
    neck, top = shape[-1][0] * radius, shape[-1][1] * high
    cap = palette("cap", materials.plastic, materials.metal, materials.dark)
    if style == "pump":
        stem = shapes.cylinder(0.006, top - 0.005, high, segments=8)
        nozzle = shapes.box((0.014, 0.05, 0.01), (0, -0.018, high))
        collar = shapes.cylinder(neck * 1.3, top - 0.012, top + 0.008, segments=16)
        parts += parts_of("cap", [stem, nozzle, collar], cap)
        return finished("bottle", parts, symmetry=Symmetry(mirrors=True))
    lid = shapes.cylinder(neck * 1.12, top - 0.02, top + 0.012, segments=24)
    parts.append(Part("cap", lid, cap))
    if chance(rng, 0.7):
        bounds = {"wine": (0.15, 0.5), "water": (0.28, 0.55), "flask": (0.1, 0.4)}[style]
        label = shapes.cylinder(radius * 1.01, bounds[0] * high, bounds[1] * high, segments=24)
        parts.append(Part("label", label, palette("label", materials.paper, materials.printed)))
    return finished("bottle", parts, symmetry=Symmetry(0, True))


def make_vase(rng: np.random.Generator) -> ObjectModel:
    """A vase: bulging, slender, conical, or with a waist."""
    palette = Palette(rng)
    high, radius = between(rng, 0.15, 0.4), between(rng, 0.05, 0.1)
    material = palette("body", materials.ceramic, materials.glass, materials.clay)
    style = pick(rng, "belly", "slender", "cone", "waist")
    shape = {
        "belly": [(0.55, 0), (0.85, 0.15), (1.0, 0.4), (0.85, 0.65), (0.45, 0.82), (0.55, 1.0)],
        "slender": [(0.6, 0), (0.65, 0.1), (0.6, 0.5), (0.4, 0.8), (0.5, 1.0)],
        "cone": [(0.5, 0), (0.52, 0.03), (0.95, 1.0)],
        "waist": [(0.8, 0), (0.85, 0.1), (0.5, 0.55), (0.8, 0.95), (0.85, 1.0)],
    }[style]
    outside = [(r * radius, z * high) for r, z in shape]
    parts = [Part("body", vessel(outside, wall=0.006, segments=28), material)]
    return finished("vase", parts, symmetry=Symmetry(0, True))


def make_can(rng: np.random.Generator) -> ObjectModel:
    """A drink can or a tin, with a printed side."""
    palette = Palette(rng)
    style = pick(rng, "drink", "tin", "flat")
    radius = {"drink": 0.033, "tin": between(rng, 0.035, 0.05), "flat": 0.043}[style]
    high = {
        "drink": between(rng, 0.115, 0.16),
        "tin": radius * between(rng, 2.0, 2.9),
        "flat": between(rng, 0.03, 0.055),
    }[style]
    steel = palette("ends", materials.metal)
    inset = 0.82 if style == "drink" else 0.96
    ends = shapes.lathe(
        [
            (inset * radius, 0),
            (0.985 * radius, high * 0.06),
            (0.985 * radius, high * 0.93),
            (inset * radius, high - 0.002),
            (inset * radius, high),
        ]
    )
    side = shapes.cylinder(radius, high * 0.06, high * 0.93, segments=24)
    parts = [
        Part("body", ends, steel),
        Part("label", side, palette("label", materials.printed, materials.metal)),
    ]
    inner = 1.4 * inset * radius
    return finished(
        "can",
        parts,
        symmetry=Symmetry(0, True),
        carriers=[surface(inner, inner, high, margin=0.003)],
    )


def make_teapot(rng: np.random.Generator) -> ObjectModel:
    """A teapot with lid, spout and handle; the spout points to the right."""
    palette = Palette(rng)
    radius, squat = between(rng, 0.065, 0.09), between(rng, 0.75, 1.2)
    high = 2 * radius * squat * 0.8
    material = palette("body", materials.ceramic, materials.ceramic, materials.metal)
    shape = [
        (0.6, 0.0),
        (0.65, 0.03),
        (0.95, 0.3),
        (1.0, 0.5),
        (0.85, 0.8),
        (0.5, 0.97),
        (0.45, 1.0),
    ]
    body = shapes.lathe([(r * radius, z * high) for r, z in shape], segments=28)
    lid = shapes.lathe(
        [
            (0.48 * radius, high - 0.004),
            (0.4 * radius, high + 0.008),
            (0.1 * radius, high + 0.014),
            (0.17 * radius, high + 0.026),
            (0.1 * radius, high + 0.036),
        ],
        segments=20,
    )
    reach = radius * between(rng, 0.6, 0.8)
    spout = shapes.tube(
        [
            (0.8 * radius, 0, 0.3 * high),
            (radius + 0.4 * reach, 0, 0.42 * high),
            (radius + 0.7 * reach, 0, 0.72 * high),
            (radius + reach, 0, 0.95 * high),
        ],
        radius=0.24 * radius,
        end_radius=0.1 * radius,
        segments=12,
    )
    parts = [Part("body", body, material), Part("spout", spout, material)]
    parts.append(
        Part(
            "lid",
            lid,
            palette("lid", materials.ceramic, materials.wood) if chance(rng, 0.3) else material,
        )
    )
    grip = palette("handle", materials.wood, materials.ceramic) if chance(rng, 0.3) else material
    parts.append(Part("handle", _teapot_handle(rng, radius, high), grip))
    return finished("teapot", parts)


def _teapot_handle(rng: np.random.Generator, radius: float, high: float) -> Mesh:
    """A hoop over the lid, or a handle at the left side."""
    if chance(rng, 0.3):
        angles = np.radians(np.linspace(-4, 184, 13))
        hoop = np.column_stack(
            [
                0.75 * radius * np.cos(angles),
                np.zeros(13),
                0.82 * high + radius * 0.95 * np.sin(angles),
            ]
        )
        return shapes.tube(hoop, radius=0.006, segments=6)
    ring = ear(radius * 0.9, 0.25 * high, 0.85 * high, reach=0.55 * radius, thickness=0.013)
    return turned(ring, "z", -90)


def make_pan(rng: np.random.Generator) -> ObjectModel:
    """A frying pan with a long handle that points to the front."""
    palette = Palette(rng)
    radius, high = between(rng, 0.09, 0.14), between(rng, 0.04, 0.06)
    body = vessel([(0.8 * radius, 0), (radius, high)], wall=0.004, segments=32)
    length = between(rng, 0.15, 0.2)
    y = -radius + 0.006
    bar = shapes.beam((0, y, high - 0.012), (0, y - length, high + 0.015), size=(0.022, 0.014))
    parts = [Part("body", body, palette("body", materials.metal, materials.dark))]
    parts.append(
        Part("handle", bar, palette("handle", materials.dark, materials.metal, materials.wood))
    )
    return finished("pan", parts, symmetry=Symmetry(mirrors=True))


def make_pot(rng: np.random.Generator) -> ObjectModel:
    """A cooking pot with two handles, some with a lid."""
    palette = Palette(rng)
    radius = between(rng, 0.09, 0.14)
    material = palette("body", materials.metal, materials.metal, materials.paint)
    grip = palette("handle", materials.dark, materials.metal, materials.wood)
    high = radius * between(rng, 0.8, 1.5)
    body = vessel([(0.97 * radius, 0), (radius, 0.01), (radius, high)], wall=0.004, segments=32)
    parts = [Part("body", body, material)]
    angles = np.radians(np.linspace(-90, 90, 9))
    z = high * 0.82
    # Where the wall meets the ends of the handle.
    inner = float(np.sqrt(radius**2 - 0.045**2)) - 0.004
    hoop = np.column_stack([inner + 0.04 * np.cos(angles), 0.045 * np.sin(angles), np.full(9, z)])
    parts += parts_of("handle", both_sides(shapes.tube(hoop, radius=0.006, segments=6)), grip)
    if chance(rng, 0.6):
        lid = shapes.lathe(
            [
                (radius, high - 0.003),
                (radius * 1.01, high + 0.004),
                (radius * 0.5, high + 0.02),
                (0.0, high + 0.026),
            ],
            segments=32,
        )
        knob = shapes.lathe(
            [
                (0.01, high + 0.015),
                (0.009, high + 0.035),
                (0.02, high + 0.042),
                (0.016, high + 0.052),
            ],
            segments=12,
        )
        parts += [Part("lid", lid, material), Part("knob", knob, grip)]
    return finished("pot", parts, symmetry=Symmetry(2, True))
