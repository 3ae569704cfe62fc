"""One object of a simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Mesh
from scenewright.simulation.solids import Hull


@dataclass(frozen=True, eq=False)
class Body:
    """One object of a simulation.

    Attributes:
        id: Id of the instance.
        name: Name of its files and in the simulation, unique.
        label: Category; empty if unknown.
        visual: What is seen, relative to `position`, z up.
        parts: Convex parts for collisions, relative to `position`.
        position: (3,) meters, world with z up.
        mass: Kilograms.
        center: (3,) center of mass, relative to `position`.
        inertia: (3, 3) about the center of mass, kg m^2.
        fixed: Why it does not move; empty if it does.
    """

    id: int
    name: str
    label: str
    visual: Mesh
    parts: tuple[Hull, ...]
    position: NDArray[np.float64]
    mass: float
    center: NDArray[np.float64]
    inertia: NDArray[np.float64]
    fixed: str = ""

    def placed(self) -> list[Hull]:
        """The convex parts in the world."""
        return [Hull(part.vertices + self.position, part.faces) for part in self.parts]

    @property
    def color(self) -> NDArray[np.float64]:
        """(3,) mean color, 0 to 1."""
        colors = self.visual.colors_at_vertices()
        if colors is None or not len(colors):
            return np.full(3, 0.6)
        mean: NDArray[np.float64] = colors.astype(np.float64).mean(axis=0) / 255
        return mean
