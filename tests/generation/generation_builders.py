"""Shapes with known surfaces and colors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenewright.generation.color_fields import GaussianColors
from scenewright.geometry.dual_surface import cube_corners, dual_surface

Floats = NDArray[np.float64]
Surface = tuple[Floats, NDArray[np.int64]]


def surface_of(distance: Callable[[Floats], Floats], *, cells: int = 32) -> Surface:
    """The closed zero level of a signed distance in [-0.5, 0.5]^3."""
    axes = np.meshgrid(*[np.arange(cells)] * 3, indexing="ij")
    corners = cube_corners(np.stack(axes, -1).reshape(-1, 3))
    points = corners.points / cells - 0.5
    empty = np.zeros((len(points), 0))
    made = dual_surface(corners, distance(points), points, attributes=empty)
    return made.vertices, made.faces


def sphere(radius: float = 0.4, *, cells: int = 32) -> Surface:
    """A closed sphere of triangles around the origin."""
    return surface_of(lambda points: np.linalg.norm(points, axis=1) - radius, cells=cells)


def rough_ball(cells: int = 48) -> Surface:
    """A closed surface with bumps, thin ridges and holes that simplification glues together."""

    def distance(points: Floats) -> Floats:
        waves = np.prod(np.sin(points * (40, 37, 43)), axis=1)
        return np.asarray(np.linalg.norm(points, axis=1) - 0.3 + 0.08 * waves)

    return surface_of(distance, cells=cells)


def thin_lattice(cells: int = 40) -> Surface:
    """Walls of about two cells, which simplification glues together."""

    def distance(points: Floats) -> Floats:
        s, c = np.sin(25 * points), np.cos(25 * points)
        walls = np.abs((s * np.roll(c, -1, axis=1)).sum(axis=1)) - 0.3
        return np.asarray(np.maximum(np.linalg.norm(points, axis=1) - 0.45, walls))

    return surface_of(distance, cells=cells)


def smooth_colors(points: NDArray[np.floating]) -> Floats:
    """(P, 3) RGB that varies with the direction from the origin."""
    away = points / np.linalg.norm(points, axis=1, keepdims=True)
    waves = np.sin(away * (4, 5, 6) + (0, 1, 2))
    return np.asarray(0.5 + 0.4 * waves, np.float64)


def gaussians_on_sphere(
    radius: float = 0.4, *, count: int = 40_000, seed: int = 0
) -> GaussianColors:
    """Gaussians around a sphere with `smooth_colors`."""
    rng = np.random.default_rng(seed)
    away = rng.normal(size=(count, 3))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    centers = radius * away + rng.normal(scale=0.002, size=(count, 3))
    quats = rng.normal(size=(count, 4))
    return GaussianColors(
        centers=centers.astype(np.float32),
        scales=rng.uniform(0.003, 0.008, (count, 3)).astype(np.float32),
        rotations=(quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32),
        opacities=rng.uniform(0.1, 1, count).astype(np.float32),
        colors=smooth_colors(centers).astype(np.float32),
    )


class ConstantColor:
    """The same color everywhere."""

    def __init__(self, *rgb: float) -> None:
        self.rgb = np.array(rgb)

    def colors_at(self, points: NDArray[np.floating]) -> Floats:
        """(P, 3) RGB in [0, 1] at (P, 3) points."""
        return np.tile(self.rgb, (len(points), 1))
