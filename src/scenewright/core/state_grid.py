"""The space around one object: occupied, free, or never seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core.checks import as_array, check_finite, check_unit_interval
from scenewright.core.errors import ConventionError

UNKNOWN, FREE, OCCUPIED = 0, 1, 2
"""States of a cell."""


@dataclass(frozen=True, eq=False)
class StateGrid:
    """A regular grid along the world axes whose cells are unknown, free or occupied.

    Cell (i, j, k) starts at ``origin + cell_size * (i, j, k)`` and is one cell size wide on each
    axis. Occupied cells contain the surface, so an object is a shell.

    Attributes:
        states: (X, Y, Z) uint8: `UNKNOWN` 0, `FREE` 1, `OCCUPIED` 2.
        origin: (3,) float64 lowest corner, meters, world frame.
        cell_size: Edge length of a cell, meters.
        seen_share: Share of the object's surface that cameras saw, in [0, 1].
        support: Height along the scene's up direction of the plane that the object stands on,
            meters; None if it stands on nothing, or if that was not looked for.
    """

    states: NDArray[np.uint8]
    origin: NDArray[np.float64]
    cell_size: float
    seen_share: float
    support: float | None = None

    def __post_init__(self) -> None:
        shape = (None, None, None)
        states = as_array("StateGrid.states", self.states, shape=shape, dtype=np.uint8)
        if states.size and states.max() > OCCUPIED:
            raise ConventionError("StateGrid.states", expected="0, 1 or 2", got=str(states.max()))
        object.__setattr__(self, "states", states)
        origin = as_array("StateGrid.origin", self.origin, shape=(3,), dtype=np.float64)
        check_finite("StateGrid.origin", origin)
        object.__setattr__(self, "origin", origin)
        if not (np.isfinite(self.cell_size) and self.cell_size > 0):
            got = f"{self.cell_size:g} m"
            raise ConventionError("StateGrid.cell_size", expected="above 0", got=got)
        check_unit_interval("StateGrid.seen_share", np.array([self.seen_share]))
        if self.support is not None:
            check_finite("StateGrid.support", np.array([self.support]))

    def centers(self) -> NDArray[np.float64]:
        """(X, Y, Z, 3) centers of the cells, meters, world frame."""
        indices = np.moveaxis(np.indices(self.states.shape), 0, -1)
        result: NDArray[np.float64] = self.origin + self.cell_size * (indices + 0.5)
        return result
