"""Colored points on the surface of a placed object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.objects.model import Material

_SHARES = {"plain": 0.0, "checker": 0.5, "stripes": 0.5, "wood": 0.35, "noise": 0.45,
           "bricks": 0.1, "weave": 0.5, "speckle": 0.2, "print": 0.4}  # fmt: skip
"""Share of the second color of each pattern."""
_DARKER = 0.6


def sample_surface(
    placed: PlacedObject, count: int, *, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Points on an object, evenly over its surface.

    Args:
        placed: The object.
        count: Number of points.
        rng: Random numbers; advanced.

    Returns:
        (count, 3) points, world frame, meters, and (count, 3) uint8 sRGB colors.
    """
    corners = [
        np.asarray(part.mesh.vertices, np.float64)[part.mesh.faces] for part in placed.model.parts
    ]
    owner = np.repeat(np.arange(len(corners)), [len(part) for part in corners])
    triangles = np.concatenate(corners)
    edges = triangles[:, 1:] - triangles[:, :1]
    areas = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    if not areas.sum() > 0:
        areas = np.ones(len(triangles))
    chosen = rng.choice(len(triangles), count, p=areas / areas.sum())
    u, v = rng.random((2, count, 1))
    fold = u + v > 1
    u, v = np.where(fold, 1 - u, u), np.where(fold, 1 - v, v)
    places = triangles[chosen, 0] + u * edges[chosen, 0] + v * edges[chosen, 1]
    pose = placed.world_from_object
    shades = np.zeros((count, 3))
    for number, part in enumerate(placed.model.parts):
        own = owner[chosen] == number
        shades[own] = _colors_of(part.material, int(own.sum()), rng)
    return places @ pose[:3, :3].T + pose[:3, 3], np.rint(shades * 255).astype(np.uint8)


def _colors_of(material: Material, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(count, 3) sRGB in [0, 1] of points on a material."""
    if material.image is not None:
        texels = material.image.reshape(-1, 3)
        return texels[rng.integers(len(texels), size=count)] / 255
    first = np.asarray(material.color, np.float64)
    second = material.second_color
    other = first * _DARKER if second is None else np.asarray(second, np.float64)
    is_second = rng.random(count) < _SHARES[material.pattern]
    return np.clip(np.where(is_second[:, None], other, first), 0, 1)
