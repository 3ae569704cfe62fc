"""Turned things that hold something: mugs, bowls, bottles, vases, pots."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.data.synthetic.objects import solids
from scenewright.data.synthetic.objects.families import look as looks
from scenewright.data.synthetic.objects.families.build import finished
from scenewright.data.synthetic.objects.model import ObjectModel, Part, Symmetry


def vessel(
    outside: list[tuple[float, float]], *, wall: float, segments: int = 24, floor: float = 0.0
) -> Mesh:
    """A turned vessel with an inner wall.

    Args:
        outside: Radius and height from the rim of the foot up to the mouth, metres.
        wall: Thickness of the wall, metres.
        segments: Facets around.
        floor: Thickness of the bottom; 0 = as the wall.
    """
    base = floor or wall
    inside = [
        (radius - wall, max(z, outside[0][1] + base))
        for radius, z in outside[::-1]
        if z > outside[0][1] + base or z == outside[0][1]
    ]
    profile = [(0.0, outside[0][1]), *outside, *inside, (0.0, outside[0][1] + base)]
    return solids.lathe(profile, segments=segments)


def radius_at(outside: list[tuple[float, float]], z: float) -> float:
    """Radius of a turned vessel's outside at a height."""
    return float(np.interp(z, [one[1] for one in outside], [one[0] for one in outside]))


def ear(radius: float, low: float, high: float, *, reach: float, thickness: float) -> Mesh:
    """A handle in the yz plane, from a wall at y = -radius outwards to -y."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 10)
    middle, half = (low + high) / 2, (high - low) / 2
    y = -radius - reach * np.cos(angles) ** 0.7
    y[[0, -1]] += thickness
    z = middle + half * np.sin(angles)
    return solids.tube(np.column_stack([np.zeros(10), y, z]), radius=thickness / 2, segments=6)


def make_mug(rng: np.random.Generator) -> ObjectModel:
    """A mug: straight, tapered, bellied or conical, with a round or an angular handle."""
    look = looks.Look(rng)
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
    material = look("body", looks.ceramic)
    parts = [Part("body", body, material)]
    parts.append(
        Part("handle", handle, look("handle", looks.ceramic) if rng.random() < 0.3 else material)
    )
    if rng.random() < 0.5:
        fill = float(rng.uniform(0.5, 0.8))
        level = fill * height
        wide = radius_at(outside, level)
        drink = solids.cylinder(wide - 0.5 * wall, level - 0.004, level, segments=28)
        parts.append(Part("drink", drink, look("drink", looks.dark, looks.glass)))
    return finished("mug", parts, symmetry=Symmetry(mirrors=True))
