"""Partly seen objects of synthetic worlds with their whole shapes, for completion of scans.

What is known comes from the same steps as in `completion`: evidence of a few views, the support
below the object, and the cube that `models.completers` lays around what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.core import ConventionError
from scenewright.geometry.layouts import similarity
from scenewright.models.completers.cubes import Cube, known_cells, seen_cube
from scenewright.models.partial_shapes import PartialShape
from scenewright.training.tasks.completion.seen_parts import seen_parts, seen_view
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.film import film_world
from scenewright.worlds.generation.shape_grids import RESOLUTION, shape_grid
from scenewright.worlds.kinds import make_world
from scenewright.worlds.objects.registry import FAMILIES

_VIEWS = 10
_WIDTH, _HEIGHT = 200, 150
_LEAST_PIXELS = 150
"""Objects with fewer pixels in all views are left out."""
_SUBSETS = (1, 1, 1, 2, 3, 3, 6, 10)
"""Numbers of views by which the objects of a world are seen."""
_CELLS, _MARGIN = 40, 1.3
"""Cells along each edge of the grid of evidence, and its edge in longest sides of what was seen."""
_SHIFT, _GROWTH = 0.02, (0.95, 1.12)
"""Random shift of a cube in edges, and factors of its edge."""


@dataclass(frozen=True, eq=False)
class ScanSample:
    """One partly seen object.

    Attributes:
        family: Its label.
        cameras: Number of views of its world.
        occupied: (32, 32, 32) bool voxels of its cube that hold seen surface.
        free: (32, 32, 32) bool voxels known to be empty of it.
        shape: (32, 32, 32) bool voxels that it fills, as far as evidence leaves that open: occupied
            ones are in it, free ones are not.
    """

    family: str
    cameras: int
    occupied: NDArray[np.bool_]
    free: NDArray[np.bool_]
    shape: NDArray[np.bool_]


def scan_kind(seed: int) -> str:
    """The kind of world of a seed: seven in ten are rooms."""
    return "tabletop" if seed % 10 in (2, 7) else "random" if seed % 10 == 5 else "rooms"


def scan_samples(seed: int) -> Iterator[ScanSample]:
    """The objects of one world, seen by 1 to 10 views of a camera that moves through it.

    Args:
        seed: Random seed of world, trajectory and choice of views.
    """
    rng = np.random.default_rng([seed, 11])
    try:
        world = make_world(scan_kind(seed), seed)
        film = film_world(world, num_frames=_VIEWS, width=_WIDTH, height=_HEIGHT, seed=seed)
    except ConventionError:
        return  # This seed has no composition, or no path for a camera.
    placed = {
        one.instance_id: one for one in world.objects if not one.is_stuff and one.label in FAMILIES
    }
    views = [seen_view(film, number) for number in range(_VIEWS)]
    for count in _SUBSETS:
        chosen = np.sort(rng.choice(_VIEWS, count, replace=False))
        parts = seen_parts(
            film, [views[n] for n in chosen], ids=list(placed), least_pixels=_LEAST_PIXELS,
            resolution=_CELLS, margin=_MARGIN,
        )  # fmt: skip
        for part in parts:
            yield _sample(part.shape, placed[part.instance], count, rng)


def _sample(
    shape: PartialShape, placed: PlacedObject, cameras: int, rng: np.random.Generator
) -> ScanSample:
    cube = seen_cube(shape)
    cube = Cube(
        cube.center + rng.normal(0, _SHIFT * cube.edge, 3), cube.edge * rng.uniform(*_GROWTH),
        cube.rotation,
    )  # fmt: skip
    occupied, free = known_cells(shape, cube, RESOLUTION)
    cube_from_world = similarity(
        1 / cube.edge, cube.rotation.T, -cube.rotation.T @ cube.center / cube.edge
    )
    whole = shape_grid(placed.model, cube_from_world @ placed.world_from_object)
    return ScanSample(placed.label, cameras, occupied, free, (whole & ~free) | occupied)
