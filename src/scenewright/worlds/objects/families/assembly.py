"""Helpers of the families: random draws, parts, carriers, and the finished object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from scenewright.core import Mesh
from scenewright.worlds.objects.model import Material, ObjectModel, Part, Symmetry

Carrier = tuple[float, float, float, float, float, float]

OPEN = 1.0
"""Clear height above a surface with nothing above it, meters."""


SMALLEST = 0.03
"""A surface narrower than this is no carrier, meters."""


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A uniformly distributed number."""
    return float(rng.uniform(low, high))


def chance(rng: np.random.Generator, share: float) -> bool:
    """True with the given probability."""
    return bool(rng.random() < share)


def pick(rng: np.random.Generator, *words: str) -> str:
    """One of some words, all with the same probability."""
    return words[int(rng.integers(len(words)))]


def parts_of(name: str, meshes: Iterable[Mesh], material: Material) -> list[Part]:
    """Several parts with the same name and material."""
    return [Part(name, mesh, material) for mesh in meshes]


def surface(
    width: float,
    depth: float,
    z: float,
    *,
    center: tuple[float, float] = (0.0, 0.0),
    clear: float = OPEN,
    margin: float = 0.02,
) -> Carrier:
    """A carrier: a level surface less a margin on all sides."""
    x, y = center
    half_x, half_y = width / 2 - margin, depth / 2 - margin
    return (x - half_x, y - half_y, x + half_x, y + half_y, z, clear)


def finished(
    label: str,
    parts: Sequence[Part],
    *,
    symmetry: Symmetry | None = None,
    carriers: Sequence[Carrier] = (),
) -> ObjectModel:
    """An object of parts, shifted to stand on z = 0 with a centered footprint."""
    points = np.concatenate([part.mesh.vertices for part in parts])
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    offset = np.array((middle[0], middle[1], low[2]), np.float32)
    placed = tuple(
        replace(part, mesh=replace(part.mesh, vertices=part.mesh.vertices - offset))
        for part in parts
    )
    x, y, z = (float(value) for value in offset)
    shifted = tuple(
        (x0 - x, y0 - y, x1 - x, y1 - y, top - z, clear)
        for x0, y0, x1, y1, top, clear in carriers
        if x1 - x0 > SMALLEST and y1 - y0 > SMALLEST
    )
    return ObjectModel(label, placed, symmetry or Symmetry(), shifted)
