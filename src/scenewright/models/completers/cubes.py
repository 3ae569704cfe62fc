"""Completion by a network on cubes: quarter turns, mirror images, known cells, agreement.

A network that has learned shapes knows objects upright, in a cube around what was seen of them.
`CubeCompleter` asks it for each quarter turn of an object and for their mirror images, which are
all as likely, and takes the mean. What is known is kept whatever the network says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from scenewright.core import ConventionError, ShapeError
from scenewright.geometry.boxes import fit_box
from scenewright.geometry.transforms import upright_frame
from scenewright.models.partial_shapes import PartialShape, ShapeGuess

Predict = Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.float32]]
"""(N, R, R, R) occupied and free cells -> (N, R, R, R) probability that a cell is solid."""

RESOLUTION = 32
ROOM = 1.3
"""Edge of a cube, in longest sides of what was seen down to the support."""
_JITTER = 0.02
"""Standard deviation of the shift of further seeds, in edges of the cube."""
_TURNS = 4
_WRONG = 2.0
"""How much a filled free cell counts against an occupied one that is found."""


@dataclass(frozen=True, eq=False)
class Cube:
    """How the cube of an object lies in the world.

    Attributes:
        center: (3,) world, meters.
        edge: Meters.
        rotation: (3, 3) its columns are the axes of the cube in the world; the third is up.
    """

    center: NDArray[np.float64]
    edge: float
    rotation: NDArray[np.float64]

    def positions(self, points: NDArray[np.float64], resolution: int) -> NDArray[np.float64]:
        """(..., 3) positions of world points in cells of the cube."""
        local = (points - self.center) @ self.rotation / self.edge
        found: NDArray[np.float64] = (local + 0.5) * resolution
        return found

    def centers(self, resolution: int) -> NDArray[np.float64]:
        """(R, R, R, 3) centers of the cells, world."""
        cells = np.moveaxis(np.indices((resolution,) * 3), 0, -1)
        local = (cells + 0.5) / resolution - 0.5
        found: NDArray[np.float64] = self.center + self.edge * local @ self.rotation.T
        return found


class CubeCompleter:
    """Completes objects by a function on cubes.

    Args:
        predict: The network.
        name: Name of its guesses.
        resolution: Cells along each edge of a cube.
    """

    def __init__(self, predict: Predict, *, name: str, resolution: int = RESOLUTION) -> None:
        self._predict = predict
        self._name = name
        self._resolution = resolution

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        """See `ShapeCompleter`; further seeds shift the cube by chance.

        Raises:
            ShapeError: The network returns another shape than it was given.
        """
        if num_seeds < 1:
            raise ConventionError("num_seeds", expected="1 or more", got=str(num_seeds))
        if not shape.occupied.any():
            nothing = np.zeros(shape.grid.states.shape, np.bool_)
            return (ShapeGuess(nothing, nothing.astype(np.float32), 0.0, self._name),)
        cubes = _shifted(seen_cube(shape), num_seeds, seed)
        guesses = [self._guess(shape, self._share(shape, cube)) for cube in cubes]
        order = sorted(range(len(guesses)), key=lambda i: -guesses[i].score)
        return tuple(guesses[i] for i in order)

    def _share(self, shape: PartialShape, cube: Cube) -> NDArray[np.float32]:
        """Probability that each cell of the grid is solid."""
        known = known_cells(shape, cube, self._resolution)
        occupied, free = (np.stack(turned_views(cells)) for cells in known)
        views = np.asarray(self._predict(occupied, free))
        if views.shape != occupied.shape:
            raise ShapeError(
                f"cells of {self._name}", expected=f"{occupied.shape}", got=f"{views.shape}"
            )
        shares = joined_views(views)
        positions = cube.positions(shape.grid.centers(), self._resolution) - 0.5
        found: NDArray[np.float32] = map_coordinates(
            shares, np.moveaxis(positions, -1, 0), order=1, mode="constant", cval=0.0,
            output=np.float32,
        )  # fmt: skip
        return found

    def _guess(self, shape: PartialShape, share: NDArray[np.float32]) -> ShapeGuess:
        occupied, free = shape.occupied, shape.free
        unknown = share[~(occupied | free)]
        solid = share >= best_level(unknown, sure=int(occupied.sum()))
        recall = float(solid[occupied].mean())
        wrong = float((solid & free).sum() / max(int(solid.sum()), 1))
        certainty = np.where(solid, share, 1 - share)
        certainty[occupied | free] = 1
        kept = (solid & ~free) | occupied
        return ShapeGuess(kept, np.clip(certainty, 0, 1), recall - _WRONG * wrong, self._name)


def _shifted(cube: Cube, num_seeds: int, seed: int) -> list[Cube]:
    """The cube, and for each seed beyond the first one that is shifted by chance."""
    rng = np.random.default_rng(seed)
    shifts = rng.normal(0, _JITTER * cube.edge, (num_seeds - 1, 3))
    return [cube, *(Cube(cube.center + shift, cube.edge, cube.rotation) for shift in shifts)]


def turned_views(cells: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Cells in four quarter turns, and their mirror images."""
    turned = [np.rot90(cells, turn, (0, 1)) for turn in range(_TURNS)]
    return [*turned, *(each[::-1] for each in turned)]


def joined_views(views: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of what was found for `turned_views`, back in the first of them."""
    back = [np.rot90(each, -turn, (0, 1)) for turn, each in enumerate(views[:_TURNS])]
    back += [np.rot90(each[::-1], -turn, (0, 1)) for turn, each in enumerate(views[_TURNS:])]
    joined: NDArray[np.floating] = np.mean(back, axis=0)
    return joined


def seen_cube(shape: PartialShape) -> Cube:
    """The cube of a partly seen object: around what was seen, with room for what is hidden.

    Its sides are those of the smallest footprint of what was seen, down to the support.
    """
    grid = shape.grid
    points = grid.origin + grid.cell_size * (np.argwhere(shape.occupied) + 0.5)
    box = fit_box(points, up=shape.up)
    axes = upright_frame(shape.up)
    level = points @ axes
    low = float(level[:, 2].min()) if shape.support is None else shape.support
    high = max(float(level[:, 2].max()) + grid.cell_size / 2, low + grid.cell_size)
    flat = box.rotation[:, int(np.argmin(np.abs(shape.up @ box.rotation)))] @ axes
    angle = float(np.arctan2(flat[1], flat[0]))
    center = box.center @ axes
    center[2] = (low + high) / 2
    sides = box.size[np.abs(shape.up @ box.rotation) < 0.7]
    longest = max(high - low, float(sides.max(initial=0.0)) + grid.cell_size)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    return Cube(axes @ center, ROOM * longest, axes @ turn)


def best_level(probabilities: NDArray[np.floating], *, sure: int = 0) -> float:
    """The probability from which on cells belong to the best answer, at most one half.

    Where a shape is uncertain, no cell may be likelier than one half, and yet some shape has the
    largest expected overlap (IoU) with the truth: about the sum of the probabilities of its cells
    over that of all cells and of what its own lack of 1.

    Args:
        probabilities: Any shape, of cells that are not known.
        sure: Number of cells that are known to be solid.
    """
    ordered = np.sort(probabilities, axis=None)[::-1].astype(np.float64)
    if not len(ordered):
        return 0.5
    inside = np.cumsum(ordered)
    count = np.arange(1, len(ordered) + 1)
    overlaps = (sure + inside) / (sure + inside[-1] + count - inside)
    if overlaps.max() <= sure / max(sure + inside[-1], 1e-9):
        return 0.5
    return float(min(ordered[int(overlaps.argmax())], 0.5))


def known_cells(
    shape: PartialShape, cube: Cube, resolution: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(R, R, R) occupied and free cells of a cube.

    A cell is occupied if it holds the center of an occupied cell of the grid, else free if its own
    center lies in a free one; what is outside of the grid is unknown.
    """
    grid = shape.grid
    points = grid.origin + grid.cell_size * (np.argwhere(shape.occupied) + 0.5)
    cells = np.floor(cube.positions(points, resolution)).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < resolution)).all(axis=1)]
    occupied = np.zeros((resolution,) * 3, np.bool_)
    occupied[tuple(cells.T)] = True
    at = np.floor((cube.centers(resolution) - grid.origin) / grid.cell_size).astype(np.int64)
    inside = ((at >= 0) & (at < np.array(grid.states.shape))).all(axis=-1)
    at[~inside] = 0
    free = shape.free[tuple(np.moveaxis(at, -1, 0))] & inside & ~occupied
    return occupied, free
