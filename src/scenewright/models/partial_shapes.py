"""What completers read and return: a partly seen object, and guesses at the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenewright.core import FREE, OCCUPIED, UNKNOWN, ConventionError, ShapeError, StateGrid
from scenewright.core.checks import as_array, as_direction, check_unit_interval

MOST_CLEAN = 0.012
"""Largest `PartialShape.conflict` of exact depth: what cells round off."""


@dataclass(frozen=True, eq=False)
class PartialShape:
    """The evidence on one object.

    Attributes:
        grid: Cells that hold its seen surface, cells known to be empty of it, and unknown ones.
        up: (3,) float64 unit vector against gravity, world frame.
        support: Height along `up` of the plane that it stands on, meters; None if it stands on
            nothing that is known, as a picture on a wall. Cells below it are free in the grid.
        conflict: Share of its seen surface that frames see through, in [0, 1]: 0 with exact depth
            and poses, more with noise.
    """

    grid: StateGrid
    up: NDArray[np.float64]
    support: float | None = None
    conflict: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "up", as_direction("PartialShape.up", self.up))
        check_unit_interval("PartialShape.conflict", np.array([self.conflict]))

    @property
    def is_noisy(self) -> bool:
        """Whether frames contradict each other as often as those of depth sensors do."""
        return self.conflict > MOST_CLEAN

    @property
    def occupied(self) -> NDArray[np.bool_]:
        """(X, Y, Z) cells with seen surface."""
        result: NDArray[np.bool_] = self.grid.states == OCCUPIED
        return result

    @property
    def free(self) -> NDArray[np.bool_]:
        """(X, Y, Z) cells known to be empty of the object."""
        result: NDArray[np.bool_] = self.grid.states == FREE
        return result

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """(X, Y, Z) cells of which nothing is known."""
        result: NDArray[np.bool_] = self.grid.states == UNKNOWN
        return result

    def heights(self) -> NDArray[np.float64]:
        """(X, Y, Z) height of the centers of the cells along `up`, meters."""
        at = [
            self.up[k] * (self.grid.origin[k] + self.grid.cell_size * (np.arange(n) + 0.5))
            for k, n in enumerate(self.grid.states.shape)
        ]
        result: NDArray[np.float64] = at[0][:, None, None] + at[1][:, None] + at[2]
        return result


@dataclass(frozen=True, eq=False)
class ShapeGuess:
    """One guess at the whole object, which contradicts nothing that was seen.

    Attributes:
        solid: (X, Y, Z) bool cells of the grid that the object fills, inside included. All
            occupied cells are in it, and no free one.
        certainty: (X, Y, Z) float32 in [0, 1]: how sure it is of each cell, filled or not.
        score: Agreement with the evidence; larger is better. Comparable within one completer.
        name: What the guess rests on, such as ``"mirror plane"``.
        symmetries: (S, 4, 4) float64 rigid maps or reflections of the world that map the object to
            itself; hidden surfaces take their colors from where these lead.
    """

    solid: NDArray[np.bool_]
    certainty: NDArray[np.float32]
    score: float
    name: str
    symmetries: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4, 4)))

    def __post_init__(self) -> None:
        shape = (None, None, None)
        solid = as_array("ShapeGuess.solid", self.solid, shape=shape, dtype=np.bool_)
        certainty = as_array(
            "ShapeGuess.certainty", self.certainty, shape=solid.shape, dtype=np.float32
        )
        check_unit_interval("ShapeGuess.certainty", certainty)
        maps = as_array(
            "ShapeGuess.symmetries", self.symmetries, shape=(None, 4, 4), dtype=np.float64
        )
        for name, value in (("solid", solid), ("certainty", certainty), ("symmetries", maps)):
            object.__setattr__(self, name, value)


def check_guess(guess: ShapeGuess, shape: PartialShape) -> None:
    """Raises unless a guess keeps to what was seen.

    Raises:
        ShapeError: It has another size than the grid.
        ConventionError: It leaves out a seen cell, or fills a free one.
    """
    if guess.solid.shape != shape.grid.states.shape:
        raise ShapeError(
            f"guess '{guess.name}'",
            expected=f"cells of shape {shape.grid.states.shape}, as the grid",
            got=f"{guess.solid.shape}",
        )
    lost = int(np.count_nonzero(shape.occupied & ~guess.solid))
    wrong = int(np.count_nonzero(shape.free & guess.solid))
    if lost or wrong:
        raise ConventionError(
            f"guess '{guess.name}'",
            expected="all occupied cells, and no free one",
            got=f"{lost} occupied cells left out, {wrong} free cells filled",
        )
