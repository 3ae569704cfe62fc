"""Completion by a network on canonical cubes: yaw hypotheses, known cells, agreement.

A network that has learned shapes knows objects upright, centered in a cube, at one size, and with
their front to one side. `CubeCompleter` tries how a partly seen object may stand in such a cube,
keeps what is known whatever the network says, and judges each try by how well the network agrees
with what is known.
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
"""(N, R, R, R) occupied and free cells -> (N, R, R, R) logits that a cell is solid."""

RESOLUTION = 32
FILL = 0.96
"""Longest edge of the object in the cube, whose edge is 1."""
_YAWS = 4
"""Fronts that are tried: quarter turns from the sides of the footprint."""
_GROWTH = (1.0, 1.12)
"""Extents that are tried, relative to what was seen down to the support."""
_JITTER = 0.04
"""Standard deviation of the shift of further seeds, in edges of the cube."""
_WRONG = 2.0
"""How much a filled free cell counts against an occupied one that is found."""


@dataclass(frozen=True, eq=False)
class Cube:
    """How a canonical cube lies in the world.

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
    """Completes objects by a function on canonical cubes.

    Args:
        predict: The network.
        name: Name of its guesses.
        resolution: Cells along each edge of a cube.
        batch: Cubes that are predicted at once.
    """

    def __init__(
        self, predict: Predict, *, name: str, resolution: int = RESOLUTION, batch: int = 16
    ) -> None:
        self._predict = predict
        self._name = name
        self._resolution = resolution
        self._batch = batch

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
        cubes = candidate_cubes(shape, num_seeds=num_seeds, seed=seed)
        shares = []
        for first in range(0, len(cubes), self._batch):
            shares += self._shares(shape, cubes[first : first + self._batch])
        guesses = [self._guess(shape, share) for share in shares]
        order = sorted(range(len(guesses)), key=lambda i: -guesses[i].score)
        return tuple(guesses[i] for i in order)

    def _shares(self, shape: PartialShape, cubes: list[Cube]) -> list[NDArray[np.float32]]:
        """Probability that each cell of the grid is solid, under each cube."""
        known = [known_cells(shape, cube, self._resolution) for cube in cubes]
        occupied, free = (np.stack([one[k] for one in known]) for k in (0, 1))
        logits = np.asarray(self._predict(occupied, free))
        if logits.shape != occupied.shape:
            raise ShapeError(
                f"logits of {self._name}", expected=f"{occupied.shape}", got=f"{logits.shape}"
            )
        probabilities = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        centers = shape.grid.centers()
        return [
            map_coordinates(
                one,
                np.moveaxis(cube.positions(centers, self._resolution) - 0.5, -1, 0),
                order=1, mode="constant", cval=0.0, output=np.float32,
            )
            for one, cube in zip(probabilities, cubes, strict=True)
        ]  # fmt: skip

    def _guess(self, shape: PartialShape, share: NDArray[np.float32]) -> ShapeGuess:
        solid = share > 0.5
        occupied, free = shape.occupied, shape.free
        recall = float(solid[occupied].mean())
        wrong = float((solid & free).sum() / max(int(solid.sum()), 1))
        certainty = np.abs(2 * share - 1)
        certainty[occupied | free] = 1
        kept = (solid & ~free) | occupied
        return ShapeGuess(kept, np.clip(certainty, 0, 1), recall - _WRONG * wrong, self._name)


def candidate_cubes(shape: PartialShape, *, num_seeds: int = 1, seed: int = 0) -> list[Cube]:
    """The ways in which an object may stand in a canonical cube.

    The cube is centered on what was seen, down to the support; its sides are those of the smallest
    footprint, in four quarter turns, and its size is that of what was seen or a little larger. Each
    seed beyond the first shifts all of them.
    """
    grid = shape.grid
    points = grid.origin + grid.cell_size * (np.argwhere(shape.occupied) + 0.5)
    box = fit_box(points, up=shape.up)
    axes = upright_frame(shape.up)
    level = points @ axes
    low = float(level[:, 2].min()) if shape.support is None else shape.support
    high = max(float(level[:, 2].max()) + grid.cell_size / 2, low + grid.cell_size)
    flat = box.rotation[:, int(np.argmin(np.abs(shape.up @ box.rotation)))] @ axes
    first = float(np.arctan2(flat[1], flat[0]))
    center = box.center @ axes
    center[2] = (low + high) / 2
    upright = np.abs(shape.up @ box.rotation)
    sides = box.size[upright < 0.7]
    longest = max(high - low, float(sides.max(initial=0.0)) + grid.cell_size)
    rng = np.random.default_rng(seed)
    cubes = []
    for number in range(num_seeds):
        for growth in _GROWTH:
            edge = growth * longest / FILL
            shift = np.zeros(3) if number == 0 else rng.normal(0, _JITTER * edge, 3)
            for quarter in range(_YAWS):
                angle = first + quarter * np.pi / 2
                c, s = np.cos(angle), np.sin(angle)
                turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
                cubes.append(Cube(axes @ (center + shift), edge, axes @ turn))
    return cubes


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
