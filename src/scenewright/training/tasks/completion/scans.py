"""Partly seen objects of synthetic worlds with their whole shapes, for completion of scans.

What is known comes from the same steps as in `completion`: evidence of a few views, the support
below the object, and the cube that `models.completers` lays around what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenewright.completion.evidence import sharpened
from scenewright.completion.seen_surface import SeenSurface
from scenewright.completion.support import find_support
from scenewright.core import ConventionError, StateGrid
from scenewright.geometry.layouts import similarity
from scenewright.geometry.projection import unproject_pixels
from scenewright.geometry.state_grids import StateCounts, grid_frame
from scenewright.geometry.transforms import transform_points
from scenewright.models.completers.cubes import Cube, known_cells, seen_cube
from scenewright.models.partial_shapes import PartialShape
from scenewright.worlds.composing.world import PlacedObject
from scenewright.worlds.film import SyntheticCapture, film_world
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
_UP = np.array([0.0, 0.0, 1.0])


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


@dataclass(frozen=True, eq=False)
class _Seen:
    """What one view shows, in the world."""

    surface: SeenSurface
    ids: NDArray[np.int32]


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
    views = [_seen(film, number) for number in range(_VIEWS)]
    for count in _SUBSETS:
        chosen = np.sort(rng.choice(_VIEWS, count, replace=False))
        yield from _of_views(film, views, chosen, placed, rng)


def _of_views(
    film: SyntheticCapture,
    views: Sequence[_Seen],
    chosen: NDArray[np.integer],
    placed: dict[int, PlacedObject],
    rng: np.random.Generator,
) -> Iterator[ScanSample]:
    ids = np.concatenate([views[n].ids for n in chosen])
    surface = _joined([views[n].surface for n in chosen])
    counts = np.bincount(ids)
    known = [i for i in placed if i < len(counts) and counts[i] >= _LEAST_PIXELS]
    evidence = StateCounts({
        i: grid_frame(surface.points[ids == i], margin=_MARGIN, resolution=_CELLS) for i in known
    })  # fmt: skip
    for n in chosen:
        view = film.view(int(n))
        evidence.add(
            view.depth, view.id_map, camera=film.camera,
            world_from_cam=film.true_world_from_cam[n],
        )  # fmt: skip
    for i in known:
        own = _picked(surface, ids == i)
        grid = evidence.grid(i, own.points)
        others = _picked(surface, (ids != i) & _near(surface.points, grid))
        support = find_support(own, others, up=_UP)
        grid = sharpened(grid, own, others=others.points, up=_UP, support=support)
        shape = PartialShape(grid, _UP, support)
        if shape.occupied.any():
            yield _sample(shape, placed[i], len(chosen), rng)


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


def _seen(film: SyntheticCapture, number: int) -> _Seen:
    view = film.view(number)
    rows, columns = np.nonzero(view.depth)
    points = unproject_pixels(rows, columns, view.depth[rows, columns], film.camera)
    surface = SeenSurface(
        transform_points(points, film.true_world_from_cam[number]),
        view.normals[rows, columns].astype(np.float64),
        view.image[rows, columns],
    )
    return _Seen(surface, view.id_map[rows, columns])


def _near(points: NDArray[np.float64], grid: StateGrid) -> NDArray[np.bool_]:
    """(N,) points in a grid or within half its edge around it."""
    edge = grid.cell_size * grid.states.shape[0]
    near = np.ones(len(points), np.bool_)
    for axis in range(3):
        along = points[:, axis] - grid.origin[axis]
        near &= (along > -0.5 * edge) & (along < 1.5 * edge)
    return near


def _joined(parts: Sequence[SeenSurface]) -> SeenSurface:
    return SeenSurface(
        np.concatenate([part.points for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.colors for part in parts]),
    )


def _picked(surface: SeenSurface, which: NDArray[np.bool_]) -> SeenSurface:
    rows = np.flatnonzero(which)
    return SeenSurface(surface.points[rows], surface.normals[rows], surface.colors[rows])
