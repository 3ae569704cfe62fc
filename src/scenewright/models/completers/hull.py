"""``complete/hull``: the convex hull of what was seen, cut by what is known to be free."""

from __future__ import annotations

import numpy as np

from scenewright.core import ConventionError
from scenewright.models.completers.cells import hull_cells
from scenewright.models.partial_shapes import PartialShape, ShapeGuess

_CERTAIN, _GUESSED = 1.0, 0.3


class HullCompleter:
    """The simplest completion, as a baseline: the convex hull of the seen cells, less free ones."""

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        """See `ShapeCompleter`; nothing is random."""
        if num_seeds < 1:
            raise ConventionError("num_seeds", expected="1 or more", got=str(num_seeds))
        solid = shape.occupied | (hull_cells(shape.occupied) & ~shape.free)
        certainty = np.where(shape.unknown, _GUESSED, _CERTAIN).astype(np.float32)
        return (ShapeGuess(solid, certainty, 1.0, "hull"),)
