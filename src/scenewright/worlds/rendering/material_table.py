"""The materials of a world as flat arrays, which the shading kernels read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.worlds.composing.world import World
from scenewright.worlds.objects.model import PATTERNS

_SECOND_COLOR_SHARE = 0.6
"""The second color of a pattern that names none, as a share of the first."""


@dataclass(frozen=True, eq=False)
class MaterialTable:
    """Materials, one row per part of a world.

    Attributes:
        colors: (M, 2, 3) float32 linear RGB, first and second color.
        pattern: (M,) int32 index in `PATTERNS`; -1 = image.
        values: (M, 2) float32: scale in meters, gloss.
        image_of: (M, 3) int32: first texel, width, height; 0 without an image.
        texels: (N, 3) float32 linear RGB of all images, row by row.
    """

    colors: NDArray[np.float32]
    pattern: NDArray[np.int32]
    values: NDArray[np.float32]
    image_of: NDArray[np.int32]
    texels: NDArray[np.float32]


def material_table(world: World) -> MaterialTable:
    """The materials of a world; row i belongs to part i of `world_triangles`."""
    materials = [part.material for placed in world.objects for part in placed.model.parts]
    num = len(materials)
    colors = np.empty((num, 2, 3), np.float32)
    pattern = np.empty(num, np.int32)
    values = np.empty((num, 2), np.float32)
    image_of = np.zeros((num, 3), np.int32)
    texels: list[NDArray[np.float32]] = [np.zeros((1, 3), np.float32)]
    stored: dict[int, tuple[int, int, int]] = {}
    filled = 1
    for row, material in enumerate(materials):
        first = np.asarray(material.color, np.float64)
        second = (
            first * _SECOND_COLOR_SHARE
            if material.second_color is None
            else np.asarray(material.second_color)
        )
        colors[row] = linear_from_srgb(np.stack([first, second]))
        pattern[row] = PATTERNS.index(material.pattern)
        values[row] = material.scale, material.gloss
        if material.image is None:
            continue
        pattern[row] = -1
        key = id(material.image)  # several parts may share one image
        if key not in stored:
            height, width = material.image.shape[:2]
            stored[key] = (filled, width, height)
            texels.append(linear_from_srgb(material.image.reshape(-1, 3) / np.float32(255)))
            filled += width * height
        image_of[row] = stored[key]
    return MaterialTable(colors, pattern, values, image_of, np.concatenate(texels))


def linear_from_srgb(color: NDArray[np.floating]) -> NDArray[np.float32]:
    """Linear values of sRGB values in [0, 1] (IEC 61966-2-1)."""
    low = color / 12.92
    high = ((np.maximum(color, 0.0) + 0.055) / 1.055) ** 2.4
    return np.where(color <= 0.04045, low, high).astype(np.float32)
