"""Cartons and other plain containers."""

from __future__ import annotations

import numpy as np

from scenewright.core import Mesh
from scenewright.data.synthetic.objects import solids
from scenewright.data.synthetic.objects.families import look as looks
from scenewright.data.synthetic.objects.families.build import finished, parts_of, surface
from scenewright.data.synthetic.objects.model import ObjectModel, Part, Symmetry


def hollow_box(size: tuple[float, float, float], *, wall: float, flare: float = 1.0) -> Mesh:
    """An open box with a floor, wider above by the factor `flare`; stands on z = 0."""
    width, depth, height = size
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, depth / 2)
    inner = square - np.sign(square) * wall
    rings = [
        np.column_stack([ring * share, np.full(4, z)])
        for ring, share, z in (
            (square, 1.0, 0.0),
            (square, flare, height),
            (inner, flare, height),
            (inner, 1.0, wall),
        )
    ]
    return solids.lofted(np.stack(rings))


def make_box(rng: np.random.Generator) -> ObjectModel:
    """A carton: shut, taped, with a lid, or open with its flaps out."""
    look = looks.Look(rng)
    width = float(rng.uniform(0.12, 0.5))
    depth = width * float(rng.uniform(0.5, 1.0))
    height = width * float(rng.uniform(0.35, 1.1))
    material = look("body", looks.card, looks.card, looks.printed)
    style = rng.choice(["taped", "lid", "open", "plain"])
    symmetry = Symmetry(turns=2, mirrors=True)
    carriers = [surface(width, depth, height)]
    if style == "open":
        wall = 0.006
        parts = [Part("body", hollow_box((width, depth, height), wall=wall), material)]
        reach = depth * float(rng.uniform(0.25, 0.42))
        droop = float(rng.uniform(-0.6, 0.8))
        tip = (depth / 2 + reach * np.cos(droop), height + reach * np.sin(droop))
        flap = [(depth / 2 - wall, height - wall), (depth / 2, height - wall), tip,
                (tip[0], tip[1] + wall), (depth / 2 - wall, height)]  # fmt: skip
        sides = [solids.prism(flap, -width / 2, width / 2, along="x")]
        sides.append(solids.mirrored(sides[0], "y"))
        parts += parts_of("flap", sides, material)
        return finished("box", parts, symmetry=symmetry)
    body = solids.box((width, depth, height), (0, 0, height / 2))
    parts = [Part("body", body, material)]
    if style == "taped":
        tape = solids.box(
            (width + 0.002, depth * 0.12, height * 0.2), (0, 0, height * 0.9 + 0.0005)
        )
        parts.append(Part("tape", tape, look("tape", looks.plastic)))
        carriers = [surface(width, depth, height + 0.0005)]
    if style == "lid":
        lid = solids.box((width + 0.012, depth + 0.012, height * 0.25), (0, 0, height * 0.9))
        parts.append(Part("lid", lid, look("lid", looks.card, looks.printed)))
        carriers = [surface(width, depth, height * 1.025)]
    return finished("box", parts, symmetry=symmetry, carriers=carriers)
