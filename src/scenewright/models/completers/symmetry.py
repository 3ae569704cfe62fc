"""``complete/symmetry``: what an object hides, from its symmetries and from what encloses it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, generate_binary_structure

from scenewright.core import FREE, OCCUPIED, UNKNOWN, ConventionError
from scenewright.core.checks import check_unit_interval
from scenewright.models.completers.cells import enclosure, grid_map, hull_cells, symmetric_states
from scenewright.models.completers.hollows import seen_empty_share, vessel_cells
from scenewright.models.completers.symmetries import FoundSymmetry, SymmetrySearch
from scenewright.models.partial_shapes import PartialShape, ShapeGuess

ENCLOSED = 0.4
"""An unknown cell is inside if at least this share of its rays reach surface."""
_ENCLOSED_IN_HULL = 0.15
"""The same for a cell in the convex hull of a surface without noise. A single face, such as the
seat of a chair that was seen from above, stops 9 of 26 rays of the cells behind it; under noise,
which bends faces, hulls would be filled behind all of them."""
_HOLLOW = 0.8
"""How much more that share must be where all between the walls of the object was seen to be empty;
in proportion where it was a part."""
_BONUS = {"mirror plane": 0.0, "two mirror planes": 0.5, "axis": 0.8}
"""Added to the agreement of a symmetry, since one that explains more is seldom sound by chance."""
_MOST_PLANES = 2
_NO_SYMMETRY_SCORE = 0.2
_CERTAIN, _FROM_SYMMETRY, _GUESSED = 1.0, 0.7, 0.3


class SymmetryCompleter:
    """Completes objects without weights.

    1. Vertical mirror planes, pairs of them and a vertical axis are searched; those that send seen
       surface into free space are dropped.
    2. What is known of a cell also holds for the cells that a symmetry sends it to.
    3. Unknown cells that surface encloses, as seen from inside, are filled down to the support,
       those in its convex hull more readily where frames agree, and hollow objects less readily
       (`hollows`); free cells stay empty.

    Args:
        enclosed: Share of rays from a cell that must reach surface, in [0, 1].
    """

    def __init__(self, *, enclosed: float = ENCLOSED) -> None:
        check_unit_interval("enclosed", np.array([enclosed]))
        self._enclosed = enclosed

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        """See `ShapeCompleter`; more seeds change nothing, since little is random."""
        if num_seeds < 1:
            raise ConventionError("num_seeds", expected="1 or more", got=str(num_seeds))
        search = SymmetrySearch(shape, seed=seed)
        planes = search.planes()[:_MOST_PLANES]
        axis = search.axis()
        found = [*search.pairs(planes), *planes, *([] if axis is None else [axis])]
        # Only the best is filled, which takes as long as the whole search.
        best = max(found, key=_rank, default=None)
        if best is not None and _rank(best) < _NO_SYMMETRY_SCORE:
            best = None
        return (self._guess(shape, best),)

    def _guess(self, shape: PartialShape, symmetry: FoundSymmetry | None) -> ShapeGuess:
        states = shape.grid.states
        maps = np.zeros((0, 4, 4)) if symmetry is None else symmetry.maps
        if symmetry is not None:
            grid = shape.grid
            states = symmetric_states(states, grid_map(maps, grid.origin, grid.cell_size))
        solid = self._filled(shape, states)
        certainty = np.full(states.shape, _GUESSED, np.float32)
        certainty[states != UNKNOWN] = _FROM_SYMMETRY
        certainty[shape.grid.states != UNKNOWN] = _CERTAIN
        score = _NO_SYMMETRY_SCORE if symmetry is None else _rank(symmetry)
        name = "enclosure" if symmetry is None else symmetry.name
        return ShapeGuess(solid, certainty, score, name, maps)

    def _filled(self, shape: PartialShape, states: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """The solid cells: occupied ones, and unknown ones that these enclose."""
        ground = np.zeros(states.shape, np.bool_)
        if shape.support is not None:
            ground = shape.heights() < shape.support
        surface = states == OCCUPIED
        # A mapped surface has pinholes, where two cells fall into one.
        closed = binary_closing(np.pad(surface, 2), generate_binary_structure(3, 2))[
            2:-2, 2:-2, 2:-2
        ] & (states == UNKNOWN)
        states = np.where(closed, OCCUPIED, states).astype(np.uint8)
        share = enclosure(states, ground=ground)
        least = np.full(share.shape, self._enclosed)
        if not shape.is_noisy:
            least[hull_cells(states == OCCUPIED)] = _ENCLOSED_IN_HULL
        enclosed = (states == UNKNOWN) & (share >= least)
        vessel = vessel_cells(states, enclosed, up=shape.up)
        least += _HOLLOW * seen_empty_share(states, ground=ground)
        inside = enclosed & (share >= least) & ~vessel
        solid = (states == OCCUPIED) | inside
        known = shape.grid.states
        kept: NDArray[np.bool_] = (solid & (known != FREE)) | (known == OCCUPIED)
        return kept


def _rank(symmetry: FoundSymmetry) -> float:
    """The score of the guess that a symmetry leads to."""
    return symmetry.score + _BONUS[symmetry.name]
